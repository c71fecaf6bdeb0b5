"""The administrators' pages."""

import re

import pytest
import sqlalchemy as sa

from oer.accounts import queries
from oer.accounts.models import Account, AccountState, Role, RoleRequestState, Unit
from oer.accounts.permissions import roles_of
from oer.accounts.services.administration import request_educator_role
from oer.core.clock import now
from tests.accounts.browsing import Browser
from tests.accounts.factories import make_account, make_unit

PAGES = ["/admin/accounts", "/admin/units", "/admin/units/new", "/admin/role-requests"]


@pytest.fixture
def admin(browser, people):
    browser.sign_in(people(Role.ADMIN, email="admin@example.com"))
    return browser


def account(installation, email):
    with installation.database.reading() as session:
        found = queries.account_with_email(session, email)
        session.expunge_all()
        return found


@pytest.mark.parametrize("role", [None, Role.EDUCATOR, Role.REVIEWER, Role.REPORTER])
def test_nobody_but_administrators_sees_or_does_anything_there(browser, people, installation, role):
    other = account(installation, people(Role.EDUCATOR))
    assert all(browser.get(path).status_code == 302 for path in PAGES)
    browser.sign_in(people(*([role] if role else [])))
    token = browser.token("/account")
    grant = other.grants[0].id
    deeds = [
        f"/admin/accounts/{other.id}", f"/admin/accounts/{other.id}/disable", f"/admin/accounts/{other.id}/enable",
        f"/admin/accounts/{other.id}/roles/{grant}/revoke", "/admin/units/new", "/admin/role-requests/1",
    ]  # fmt: skip
    for path in [*PAGES, f"/admin/accounts/{other.id}", "/admin/accounts/999999"]:
        assert browser.get(path).status_code == 403
    for path in deeds:
        assert browser.client.post(path, data={"csrf_token": token, "role": "admin"}).status_code == 403
    assert roles_of(account(installation, other.email)) == {Role.LEARNER, Role.EDUCATOR}


def test_accounts_are_found_filtered_and_paged(admin, people):
    for number in range(25):
        people(name=f"Học viên {number:02}", email=f"hv{number}@example.com")
    people(Role.REVIEWER, name="Đặng Duyệt", state=AccountState.DISABLED)
    first = admin.get("/admin/accounts").text
    assert "Học viên 24" in first
    assert "Học viên 01<" not in first
    assert "Học viên 01" in admin.get("/admin/accounts?page=2").text
    assert "Đặng Duyệt" in admin.get("/admin/accounts?q=dang+duyet").text
    assert "Học viên" not in admin.get("/admin/accounts?role=reviewer").text
    assert "Đặng Duyệt" in admin.get("/admin/accounts?state=disabled&role=reviewer").text
    assert "Đặng Duyệt" not in admin.get("/admin/accounts?state=active&q=dang").text


@pytest.mark.parametrize(
    "query", ["page=0", "page=-1", "page=abc", "page=1000000000000000000000", "page=9999999", "role=x&state=y"]
)
def test_no_question_breaks_the_list(admin, query):
    assert admin.get(f"/admin/accounts?{query}").status_code == 200
    assert admin.get(f"/admin/units?{query}").status_code == 200
    assert admin.get(f"/admin/role-requests?{query}").status_code == 200


def test_a_role_is_granted_for_a_unit_and_taken_away(admin, people, installation, app):
    with installation.database.transaction() as session:
        make_unit(session, code="thpt-lhp")
    email = people()
    person = Browser(app.test_client())
    person.sign_in(email)
    page = f"/admin/accounts/{account(installation, email).id}"
    assert admin.send(page, role="educator", unit="thpt-lhp").status_code == 303
    changed = account(installation, email)
    assert roles_of(changed) == {Role.LEARNER, Role.EDUCATOR}
    assert person.get("/account").status_code == 200  # goes on, and has the new rights from the next sign-in
    assert admin.send(f"{page}/roles/{changed.grants[0].id}/revoke", page=page).status_code == 303
    assert roles_of(account(installation, email)) == {Role.LEARNER}


@pytest.mark.parametrize(
    "fields", [{"role": "learner"}, {"role": "emperor"}, {"role": "educator", "unit": "nowhere"}, {"unit": ""}]
)
def test_no_other_role_is_granted(admin, people, installation, fields):
    email = people()
    page = f"/admin/accounts/{account(installation, email).id}"
    assert admin.send(page, **{"unit": "", **fields}).status_code == 422
    assert roles_of(account(installation, email)) == {Role.LEARNER}


def test_the_last_administrator_cannot_be_demoted_or_closed(admin, installation):
    own = account(installation, "admin@example.com")
    page = f"/admin/accounts/{own.id}"
    assert admin.send(f"{page}/roles/{own.grants[0].id}/revoke", page=page).status_code == 409
    assert admin.send(f"{page}/disable", page=page).status_code == 409
    assert admin.get(page).status_code == 200


def test_an_administrator_among_several_may_step_down(admin, people, installation):
    people(Role.ADMIN)
    own = account(installation, "admin@example.com")
    page = f"/admin/accounts/{own.id}"
    assert admin.send(f"{page}/roles/{own.grants[0].id}/revoke", page=page).location == "/account"
    assert admin.get("/account").status_code == 200
    assert admin.get("/admin/accounts").status_code == 403


def test_an_account_is_closed_and_opened(admin, people, installation, app):
    email = people(confirmed_at=now())
    person = Browser(app.test_client())
    person.sign_in(email)
    page = f"/admin/accounts/{account(installation, email).id}"
    assert admin.send(f"{page}/disable", page=page).status_code == 303
    assert person.get("/account").status_code == 302
    assert admin.send(f"{page}/enable", page=page).status_code == 303
    assert person.get("/account").status_code == 302  # the old cookie stays dead
    assert person.sign_in(email).status_code == 303


def test_an_unknown_account_or_unit_is_not_found(admin):
    assert admin.get("/admin/accounts/999999").status_code == 404
    assert admin.get("/admin/accounts/99999999999999999999").status_code == 404
    for code in ("nowhere", "%00", "%ff", "x" * 5000):
        assert admin.get(f"/admin/units/{code}").status_code == 404


def test_a_unit_is_made_and_changed(admin, installation):
    fields = {"name_vi": "Thư viện Khoa học", "name_en": "Science Library", "kind": "library", "ward_code": "26740"}
    assert admin.send("/admin/units/new", code="tv-khoa-hoc", **fields).status_code == 303
    assert "Thư viện Khoa học" in admin.get("/admin/units?q=thu+vien").text
    assert admin.send("/admin/units/tv-khoa-hoc", **{**fields, "name_vi": "Thư viện mới"}).status_code == 303
    with installation.database.reading() as session:
        unit = session.scalars(sa.select(Unit)).one()
        assert (unit.name["vi"], unit.revision, unit.code) == ("Thư viện mới", 2, "tv-khoa-hoc")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"code": "Không được"}, "code"),
        ({"code": "taken"}, "code"),
        ({"name_vi": ""}, "name_vi"),
        ({"kind": "x"}, "kind"),
    ],
)
def test_a_faulty_unit_is_told_at_its_field_and_kept_as_typed(admin, installation, changed, field):
    with installation.database.transaction() as session:
        make_unit(session, code="taken")
    fields = {"code": "new-one", "name_vi": "Tên", "name_en": "Some name", "kind": "school", "ward_code": ""}
    answer = admin.send("/admin/units/new", **{**fields, **changed})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert "Some name" in answer.text


def test_a_request_is_read_and_answered(admin, installation, posted):
    with installation.database.transaction() as session:
        learner, unit = make_account(session, name="Cô Lan", email="lan@example.com"), make_unit(session)
        request_id = request_educator_role(session, learner, unit, "Tôi dạy <b>Tin</b>.").id
    page = admin.get("/admin/role-requests").text
    assert "Cô Lan" in page
    assert "&lt;b&gt;Tin" in page
    path = f"/admin/role-requests/{request_id}"
    assert admin.send(path, page="/admin/role-requests", decision="maybe").status_code == 400
    assert admin.send(path, page="/admin/role-requests", decision="grant", answer="x" * 1001).status_code == 400
    assert admin.send(path, page="/admin/role-requests", decision="grant", answer="Chào cô!").status_code == 303
    assert roles_of(account(installation, "lan@example.com")) == {Role.LEARNER, Role.EDUCATOR}
    assert [mail[1] for mail in posted()] == ["role_request_decided"]
    assert "Cô Lan" not in admin.get("/admin/role-requests").text
    assert "Chào cô!" in admin.get(f"/admin/role-requests?state={RoleRequestState.GRANTED}").text
    assert (
        admin.client.post(path, data={"csrf_token": admin.token("/account"), "decision": "refuse"}).status_code == 409
    )


def seen_on(admin, page):
    return re.search(r'name="seen" value="([^"]*)"', admin.get(page).text)[1]


def test_a_request_whose_reason_was_changed_is_not_granted_unread(admin, installation):
    with installation.database.transaction() as session:
        learner, unit = make_account(session, email="lan@example.com"), make_unit(session)
        request_id = request_educator_role(session, learner, unit, "Tôi dạy Tin.").id
        learner_id, unit_id = learner.id, unit.id
    seen = seen_on(admin, "/admin/role-requests")
    with installation.database.transaction() as session:
        learner, unit = session.get_one(Account, learner_id), session.get_one(Unit, unit_id)
        request_educator_role(session, learner, unit, "Tôi bán hàng.")
    sent = {"decision": "grant", "seen": seen}
    answer = admin.send(f"/admin/role-requests/{request_id}", page="/admin/role-requests", **sent)
    assert answer.status_code == 409
    assert "Tôi bán hàng." in answer.text
    assert roles_of(account(installation, "lan@example.com")) == {Role.LEARNER}


def test_two_administrators_do_not_overwrite_each_others_unit(admin, installation):
    with installation.database.transaction() as session:
        make_unit(session, code="thu-vien", name={"vi": "Thư viện"}, kind="library")
    page = "/admin/units/thu-vien"
    seen = seen_on(admin, page)
    fields = {"name_en": "", "kind": "library", "ward_code": ""}
    assert admin.send(page, name_vi="Thư viện Khoa học", **fields).status_code == 303
    answer = admin.send(page, name_vi="Thư viện Trẻ em", **fields, seen=seen)
    assert answer.status_code == 409
    assert "Thư viện Khoa học" in answer.text
    assert 'value="Thư viện Trẻ em"' in answer.text
    seen = re.search(r'name="seen" value="([^"]*)"', answer.text)[1]
    assert admin.send(page, name_vi="Thư viện Trẻ em", **fields, seen=seen).status_code == 303


@pytest.mark.parametrize("seen", ["", "x:y", "::: __class__:x", "a:b " * 1000])
def test_a_form_that_has_seen_what_there_is_not_changes_no_unit(admin, installation, seen):
    with installation.database.transaction() as session:
        make_unit(session, code="thu-vien", name={"vi": "Thư viện"}, kind="library")
    fields = {"name_vi": "Tên khác", "name_en": "", "kind": "library", "ward_code": ""}
    answer = admin.send("/admin/units/thu-vien", **fields, seen=seen)
    assert answer.status_code == 409
    assert "<dd>Thư viện</dd>" in answer.text


def test_changing_the_language_in_the_middle_of_a_form_takes_along_what_was_typed(admin, installation):
    with installation.database.transaction() as session:
        make_unit(session, code="thu-vien", name={"vi": "Thư viện"}, kind="library")
    for path in ("/admin/units/thu-vien", "/admin/units/new"):
        assert f'formaction="/en{path}"' in admin.get(path).text
        answer = admin.send(f"/en{path}", page=path, name_vi="Đang gõ dở", kind="school", in_language="en")
        assert answer.status_code == 200
        assert 'value="Đang gõ dở"' in answer.text
        assert "Name in Vietnamese" in answer.text
    with installation.database.reading() as session:
        assert session.scalars(sa.select(Unit)).one().name == {"vi": "Thư viện"}
