"""Who may know of a material: five roles, six states, and a page of each kind for what they may not know."""

import pytest

from oer.accounts.models import Account, Role
from oer.catalogue.models import Material
from oer.catalogue.services.drafts import new_version
from oer.catalogue.services.review import submit_for_review
from oer.catalogue.services.withdrawal import withdraw
from tests.accounts.factories import make_account, make_unit
from tests.catalogue.factories import make_educator, make_material, make_published, make_reviewer, make_submitted

STATES = ["draft", "in_review", "published", "new_draft", "new_in_review", "withdrawn"]
HIDDEN = {"draft", "in_review"}
OWN = ("/my/materials/{id}", "/my/materials/{id}/files", "/my/materials/{id}/describe", "/my/materials/{id}/delete")


@pytest.fixture
def world(session):
    """One material of an educator in each state, and one account of each kind: (public ids, account numbers)."""
    unit = make_unit(session)
    owner = make_educator(session, unit)
    materials = {
        "draft": make_material(session, owner),
        "in_review": make_submitted(session, owner),
        **{state: make_published(session, owner) for state in STATES[2:]},
    }
    for state in ("new_draft", "new_in_review"):
        new_version(session, owner, materials[state])
    submit_for_review(session, owner, materials["new_in_review"])
    withdraw(session, make_reviewer(session), materials["withdrawn"], "wrong", "Sai số liệu")
    accounts = {
        "owner": owner,
        "learner": make_account(session),
        "colleague": make_educator(session, unit),
        "other_educator": make_educator(session),
        "reporter": make_account(session, Role.REPORTER, unit=unit),
        "reviewer": make_account(session, Role.REVIEWER, unit=unit),
        "other_reviewer": make_account(session, Role.REVIEWER, unit=make_unit(session)),
        "admin": make_account(session, Role.ADMIN),
    }
    session.flush()
    ids = {state: material.public_id for state, material in materials.items()}
    numbers = {name: account.id for name, account in accounts.items()}
    session.commit()
    return ids, numbers


def statuses(browser, ids, address: str) -> dict[str, int]:
    return {state: browser.get(address.format(id=public_id)).status_code for state, public_id in ids.items()}


def of(status: int, **others: int) -> dict[str, int]:
    return {state: others.get(state, status) for state in STATES}


@pytest.mark.parametrize("name", ["learner", "colleague", "other_educator", "reporter", "other_reviewer"])
def test_others_know_what_is_in_service_and_nothing_else(session, world, as_account, name):
    ids, numbers = world
    browser = as_account(session.get(Account, numbers[name]))
    shown = of(200, draft=404, in_review=404, withdrawn=410)
    assert statuses(browser, ids, "/materials/{id}") == shown
    assert statuses(browser, ids, "/api/v1/materials/{id}") == shown
    for address in ("/materials/{id}/files/1/download", "/materials/{id}/files/1/read"):
        assert all(status in {404, 410} for state, status in statuses(browser, ids, address).items() if state in HIDDEN)
    for number in (1, 2):
        found = statuses(browser, ids, "/materials/{id}?version=" + str(number))
        assert {found[state] for state in ("draft", "in_review")} == {404}
        if number == 2:
            assert {found[state] for state in STATES} <= {404, 410}
    for address in OWN:
        assert statuses(browser, ids, address) == of(403, draft=404, in_review=404, withdrawn=404)


def test_nobody_signed_in_knows_no_more(app, world):
    browser = app.test_client()
    ids, _ = world
    shown = of(200, draft=404, in_review=404, withdrawn=410)
    for address in ("/materials/{id}", "/api/v1/materials/{id}"):
        assert statuses(browser, ids, address) == shown
    assert set(statuses(browser, ids, OWN[0]).values()) == {302}
    assert set(statuses(browser, ids, "/review/{id}").values()) == {302}


def test_an_unknown_address_and_a_hidden_one_are_one_page(app, world):
    browser, (ids, _) = app.test_client(), world
    for address in ("/materials/{id}", "/api/v1/materials/{id}"):
        unknown, hidden = (browser.get(address.format(id=each)).text for each in ("00000-00000", ids["draft"]))
        assert hidden.replace(ids["draft"], "") == unknown.replace("00000-00000", "")


def test_the_owner_sees_all_of_their_own(session, world, as_account):
    ids, numbers = world
    browser = as_account(session.get(Account, numbers["owner"]))
    for address in OWN[:2]:
        assert statuses(browser, ids, address) == of(200)
    changeable = of(409, draft=200, new_draft=200)
    assert statuses(browser, ids, OWN[2]) == changeable
    assert statuses(browser, ids, OWN[3]) == changeable
    assert set(statuses(browser, ids, "/review/{id}").values()) == {403}


def test_a_reviewer_of_the_unit_knows_what_was_submitted(session, world, as_account):
    ids, numbers = world
    browser = as_account(session.get(Account, numbers["reviewer"]))
    assert statuses(browser, ids, "/review/{id}") == of(200, draft=404)
    assert statuses(browser, ids, "/materials/{id}?version=1") == of(200, draft=404)
    assert statuses(browser, ids, "/materials/{id}?version=2") == of(404, new_in_review=200)
    assert statuses(browser, ids, OWN[0]) == of(403, draft=404)


def test_a_reviewer_of_another_unit_decides_on_nothing_here(session, world, as_account):
    ids, numbers = world
    browser = as_account(session.get(Account, numbers["other_reviewer"]))
    assert statuses(browser, ids, "/review/{id}") == of(403, draft=404, in_review=404, withdrawn=404, new_in_review=404)


def test_an_administrator_sees_everything(session, world, as_account):
    ids, numbers = world
    browser = as_account(session.get(Account, numbers["admin"]))
    assert statuses(browser, ids, OWN[0]) == of(200)
    assert statuses(browser, ids, "/review/{id}") == of(200, draft=404)


def test_a_role_that_is_taken_away_is_gone_at_once(session, world, as_account):
    ids, numbers = world
    owner = session.get(Account, numbers["owner"])
    browser = as_account(owner)
    owner.grants.clear()
    session.commit()
    assert browser.get(f"/my/materials/{ids['draft']}").status_code in {302, 403}
    assert browser.get("/my/materials").status_code in {302, 403}


def test_a_material_without_a_unit_is_reviewed_by_those_of_all_units(session, as_account):
    material = make_submitted(session, make_account(session, Role.EDUCATOR))
    public_id = material.public_id
    here, everywhere = make_account(session, Role.REVIEWER, unit=make_unit(session)), make_reviewer(session)
    assert session.get(Material, material.id).unit_id is None
    pair = here.id, everywhere.id
    session.commit()
    seen = [as_account(session.get(Account, number)).get(f"/review/{public_id}").status_code for number in pair]
    assert seen == [404, 200]
