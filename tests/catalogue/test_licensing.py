"""Licences found by questions, sources that are named and checked, drafts made of somebody else's material."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from oer.accounts.models import Role
from oer.catalogue.models import Material
from oer.catalogue.queries.licensing import IN_COPYRIGHT, PUBLIC_DOMAIN, ZERO, Answers, Source
from oer.catalogue.services.withdrawal import withdraw
from oer.vocabularies import vocabularies
from tests.accounts.factories import make_account
from tests.catalogue.factories import (
    BY,
    make_educator,
    make_material,
    make_published,
    make_reviewer,
    make_submitted,
)

CC = "https://creativecommons.org/licenses/{}/4.0/"
BY_SA, BY_NC, BY_NC_SA, BY_ND, BY_NC_ND = (
    CC.format(name) for name in ("by-sa", "by-nc", "by-nc-sa", "by-nd", "by-nc-nd")
)
OWN = {"holder": "own", "named": "yes"}


@pytest.mark.parametrize(
    ("answers", "licence"),
    [
        ({}, ""),
        ({"holder": "own"}, ""),
        ({**OWN, "changes": "yes"}, ""),
        ({**OWN, "changes": "made up", "sold": "yes"}, ""),
        ({"holder": "nobody"}, PUBLIC_DOMAIN),
        ({"holder": "others", "named": "no"}, IN_COPYRIGHT),
        ({"holder": "own", "named": "no"}, ZERO),
        ({**OWN, "changes": "yes", "sold": "yes"}, BY),
        ({**OWN, "changes": "alike", "sold": "yes"}, BY_SA),
        ({**OWN, "changes": "yes", "sold": "no"}, BY_NC),
        ({**OWN, "changes": "alike", "sold": "no"}, BY_NC_SA),
        ({**OWN, "changes": "no", "sold": "yes"}, BY_ND),
        ({**OWN, "changes": "no", "sold": "no"}, BY_NC_ND),
    ],
)
def test_answers_lead_to_the_licence_that_says_the_same(answers, licence):
    assert Answers.read(answers).licence == licence
    assert not licence or licence in vocabularies().licences


@pytest.mark.parametrize(
    ("source", "goes", "goes_not"),
    [
        (BY, {BY, BY_SA, BY_NC, BY_NC_SA, BY_ND, BY_NC_ND}, {ZERO}),
        (BY_SA, {BY_SA}, {BY, BY_NC, BY_NC_SA, BY_ND, BY_NC_ND, ZERO}),
        (BY_NC, {BY_NC, BY_NC_SA, BY_NC_ND}, {BY, BY_SA, BY_ND, ZERO}),
        (BY_NC_SA, {BY_NC_SA}, {BY_SA, BY_NC, BY}),
        (BY_ND, set(), {BY_ND, BY}),
        (BY_NC_ND, set(), {BY_NC_ND}),
        (ZERO, {ZERO, BY, BY_SA, BY_NC, BY_NC_SA, BY_ND, BY_NC_ND}, set()),
        (IN_COPYRIGHT, set(), {BY, IN_COPYRIGHT}),
    ],
)
def test_what_may_be_made_of_a_source_is_as_creative_commons_says(source, goes, goes_not):
    work = Source("https://example.org", {}, "", source)
    assert not any(map(work.refuses, goes))
    assert all(map(work.refuses, goes_not))
    assert work.may_be_changed is bool(goes)


def test_a_source_without_a_known_licence_is_not_judged():
    assert not Source("https://example.org", {}, "", "").refuses(BY)


def where(material) -> str:
    return f"/my/materials/{material.public_id}/licence"


def kept(session, public_id):
    session.rollback()
    values = session.scalar(sa.select(Material).where(Material.public_id == public_id)).newest_version.record
    session.rollback()
    return values


def test_the_licence_that_fits_is_filled_in_by_a_press(session, as_account):
    educator = make_educator(session)
    material = make_material(session, educator, licence=None)
    public_id, page, browser = material.public_id, where(material), as_account(educator)
    shown = browser.get(f"{page}?holder=own&named=yes&changes=alike&sold=yes").text
    assert "CC BY-SA 4.0" in shown[shown.index('id="fits"') :]
    answer = browser.send(page, action="choose", licence=BY_SA)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/my/materials/{public_id}/describe")
    assert kept(session, public_id)["licence"] == BY_SA


def test_what_is_no_licence_is_not_filled_in(session, as_account):
    educator = make_educator(session)
    material = make_material(session, educator, licence=None)
    public_id, page = material.public_id, where(material)
    assert as_account(educator).send(page, action="choose", licence="free").status_code == 422
    assert "licence" not in kept(session, public_id)


def test_a_source_here_is_named_by_its_address_and_checked(session, as_account):
    educator = make_educator(session)
    there = make_published(session, title={"vi": "Bài gốc"}, licence=BY_SA)
    material = make_material(session, educator, licence=BY)
    there_id, public_id, page = there.public_id, material.public_id, where(material)
    browser = as_account(educator)
    browser.send(page, action="add", target=f"http://localhost/en/materials/{there_id}?a=1#b")
    assert kept(session, public_id)["relations"] == [{"type": "isBasedOn", "target": there_id}]
    shown = browser.get(page).text
    assert "“Bài gốc”, Kho học liệu mở Thành phố Hồ Chí Minh." in shown
    for other in ("", "/describe", "/licence"):
        assert 'id="refusing"' in browser.get(f"/my/materials/{public_id}{other}").text
    browser.send(page, action="choose", licence=BY_SA)
    assert 'id="refusing"' not in browser.get(f"/my/materials/{public_id}").text
    browser.send(page, action="remove", target=there_id)
    assert "relations" not in kept(session, public_id)


def test_the_reviewer_sees_that_a_licence_does_not_go_with_a_source(session, as_account):
    there = make_published(session, licence=BY_NC_SA)
    relations = [{"type": "isBasedOn", "target": there.public_id}]
    waiting = make_submitted(session, licence=BY, relations=relations)
    page = as_account(make_reviewer(session)).get(f"/review/{waiting.public_id}").text
    assert 'id="refusing"' in page


def test_a_source_elsewhere_is_named_with_what_was_typed(session, as_account):
    educator = make_educator(session)
    material = make_material(session, educator)
    given = {"target": "https://example.org/bai", "title": "Bài xa", "author": "Lan", "licence": BY_ND}
    public_id, page = material.public_id, where(material)
    browser = as_account(educator)
    browser.send(page, action="add", **given)
    assert kept(session, public_id)["relations"] == [{"type": "isBasedOn", **given}]
    assert "“Bài xa” by Lan. Source: https://example.org/bai. Licence: CC BY-ND 4.0" in browser.get(page).text


@pytest.mark.parametrize("target", ["", "javascript:alert(1)", "zzzzz-zzzzz", "own", "hidden", "withdrawn"])
def test_what_is_no_source_is_refused_and_hidden_ones_are_as_if_not_there(session, as_account, target):
    educator = make_educator(session)
    material = make_material(session, educator)
    hidden, gone = make_material(session), make_published(session)
    withdraw(session, make_reviewer(session), gone, "outdated", "Cũ.")
    ids = {"own": material.public_id, "hidden": hidden.public_id, "withdrawn": gone.public_id}
    public_id, page = material.public_id, where(material)
    answer = as_account(educator).send(page, action="add", target=ids.get(target, target), title="<b>Giữ lại</b>")
    assert answer.status_code in {404, 410, 422}
    assert "relations" not in kept(session, public_id)
    assert "<b>Giữ lại" not in answer.text


def test_a_source_that_is_withdrawn_later_is_told_of_no_more(session, as_account):
    educator = make_educator(session)
    there = make_published(session, title={"vi": "Bài sẽ thu hồi"})
    material = make_material(session, educator, relations=[{"type": "isBasedOn", "target": there.public_id}])
    withdraw(session, make_reviewer(session), there, "outdated", "Cũ.")
    assert "Bài sẽ thu hồi" not in as_account(educator).get(where(material)).text


def remix_page(material) -> str:
    return f"/my/materials/remix/{material.public_id}"


def test_a_draft_is_made_of_anothers_material_with_its_source_filled_in(session, as_account):
    there = make_published(session, title={"vi": "Bài gốc"}, licence=BY_SA, keywords=["điện"], published_on="2020")
    educator = make_educator(session)
    source_id, owner, page = there.public_id, educator.name, remix_page(there)
    browser = as_account(educator)
    assert "CC BY-SA 4.0" in browser.get(page).text
    answer = browser.send(page, key="a")
    assert answer.status_code == 303
    public_id = answer.headers["Location"].rpartition("/")[2]
    values = kept(session, public_id)
    assert values["relations"] == [{"type": "isBasedOn", "target": source_id}]
    assert values["creators"] == [{"name": owner, "role": "author"}]
    assert (values["licence"], values["keywords"], "published_on" in values) == (BY_SA, ["điện"], False)
    material = session.scalar(sa.select(Material).where(Material.public_id == public_id))
    assert [(file.number, file.name) for file in material.draft.files] == [(1, "bai.pdf")]
    assert material.new_file_number() == 2
    session.rollback()
    assert browser.send(page, key="a").headers["Location"] == answer.headers["Location"], "pressed twice: one draft"


@pytest.mark.parametrize("licence", [BY_ND, IN_COPYRIGHT])
def test_no_draft_is_made_of_what_may_not_be_changed(session, as_account, licence):
    page = remix_page(make_published(session, licence=licence))
    browser = as_account(make_educator(session))
    assert "Tạo bản nháp" not in browser.get(page).text
    count = len(session.scalars(sa.select(Material.id)).all())
    session.rollback()
    assert browser.send(page, page="/my/materials/new", key="a").status_code == 409
    assert len(session.scalars(sa.select(Material.id)).all()) == count


def test_a_remix_takes_no_more_room_than_there_is(session, as_account, app, installation, monkeypatch):
    page = remix_page(make_published(session))
    browser = as_account(make_educator(session))
    browser.get(page)
    little = replace(installation.settings, account_quota_bytes=1)
    monkeypatch.setitem(app.extensions, "oer", replace(installation, settings=little))
    assert browser.send(page, key="a").status_code == 413


def test_who_may_make_drafts_finds_the_way_on_the_page_for_sharing(session, as_account, client):
    there = make_published(session, title={"vi": "Bài gốc"})
    public_id, share = there.public_id, f"/materials/{there.public_id}/share"
    browser, learner = as_account(make_educator(session)), as_account(make_account(session, Role.LEARNER))
    shown = browser.get(share).text
    assert f"/my/materials/remix/{public_id}" in shown
    assert "“Bài gốc” by Kho học liệu mở Thành phố Hồ Chí Minh. Source: http://localhost/en/materials/" in shown
    for other in (learner.get(share).text, client.get(share).text):
        assert "/my/materials/remix/" not in other
