"""A sign-in that ends in the middle of a form costs nobody what they had typed."""

import re
from datetime import timedelta
from html import unescape
from io import BytesIO

import pytest
import sqlalchemy as sa
from wtforms import PasswordField

import oer.accounts.forms as account_forms
from oer.accounts import jobs, queries
from oer.accounts.models import KeptForm, Role, SignIn
from oer.accounts.services.administration import disable_account, grant_role
from oer.accounts.services.kept_forms import MAX_BYTES, TypedForm, find_kept_form, keep_form
from oer.accounts.services.sign_ins import end_sign_ins
from oer.accounts.views.kept_forms import SECRET_FIELDS
from oer.core.clock import now
from oer.web.forms import Form
from tests.accounts.browsing import Browser
from tests.accounts.factories import PASSWORD, make_account, make_unit

REASON = 'Tôi dạy toán <ở> "đây" & kia,\nhai mươi năm.\n\nCảm ơn.'


@pytest.fixture
def lan(people, installation):
    with installation.database.transaction() as session:
        make_unit(session, code="thpt-lhp")
    return people(email="lan@example.com")


def end(installation, email):
    """End every sign-in, as another browser or an administrator may."""
    with installation.database.transaction() as session:
        end_sign_ins(session, queries.account_with_email(session, email).id)


def expire(installation, email):
    with installation.database.transaction() as session:
        session.execute(sa.update(SignIn).values(expires_at=now() - timedelta(hours=1)))


def hidden_fields(page):
    """The fields of the form that leads back."""
    form = page.partition('<div class="actions">')[2].partition("</form>")[0]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    return [(unescape(name), unescape(value)) for name, value in found]


def type_and_send(browser, path="/account/educator", **fields):
    """Send a form that was opened before; the browser's answer."""
    data = {"csrf_token": browser.opened_token, "unit": "thpt-lhp", "reason": REASON, **fields}
    return browser.client.post(path, data=data, environ_overrides=browser.address)


def open_form(browser, email, path="/account/educator"):
    assert browser.sign_in(email).status_code == 303
    browser.opened_token = browser.token(path)


@pytest.mark.parametrize("deed", [end, expire])
@pytest.mark.parametrize("root", ["", "/en"])
def test_a_form_comes_back_with_all_that_was_typed(browser, lan, installation, deed, root):
    open_form(browser, lan, f"{root}/account/educator")
    deed(installation, lan)
    answer = type_and_send(browser, f"{root}/account/educator?from=help")
    assert answer.status_code == 303
    assert answer.location.startswith(f"{root}/sign-in?next=")
    assert ("is lost" if root else "không mất") in browser.get(answer.location).text
    assert browser.sign_in(lan, next=f"{root}/account/kept-form").location == f"{root}/account/kept-form"
    page = browser.get(f"{root}/account/kept-form").text
    assert f'action="{root}/account/educator?from=help"' in page
    back = browser.client.post(f"{root}/account/educator?from=help", data=dict(hidden_fields(page)))
    assert back.status_code == 400  # not sent: shown again, to be looked at and sent
    assert REASON in unescape(back.text)
    assert 'value="thpt-lhp" selected' in back.text or 'selected value="thpt-lhp"' in back.text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', back.text)[1]
    browser.opened_token = token
    assert type_and_send(browser).status_code == 303
    with installation.database.reading() as session:
        [request] = queries.role_requests_of(session, queries.account_with_email(session, lan).id)
        assert request.reason.replace("\r\n", "\n") == REASON


def test_what_has_no_form_to_come_back_to_is_sent_by_a_button(browser, people, installation):
    admin, person = people(Role.ADMIN), people()
    open_form(browser, admin, "/account")
    with installation.database.reading() as session:
        number = queries.account_with_email(session, person).id
    end(installation, admin)
    path = f"/admin/accounts/{number}/disable"
    data = {"csrf_token": browser.opened_token, "why": "no more needed"}
    assert browser.client.post(path, data=data).status_code == 303
    browser.sign_in(admin)
    page = browser.get("/account/kept-form").text
    assert f'action="{path}"' in page
    fields = hidden_fields(page)
    assert ("why", "no more needed") in fields
    assert browser.client.post(path, data=dict(fields)).status_code == 303
    with installation.database.reading() as session:
        assert queries.account_with_email(session, person).state == "disabled"


def test_a_role_that_came_meanwhile_is_used_after_signing_in_again(browser, people, installation):
    email = people()
    open_form(browser, email, "/account")
    with installation.database.transaction() as session:
        grant_role(session, None, queries.account_with_email(session, email).id, Role.ADMIN)
    data = {"csrf_token": browser.opened_token, "code": "moi", "name_vi": "Trường mới", "kind": "school"}
    answer = browser.client.post("/admin/units/new", data=data)
    assert answer.location == "/sign-in?next=/account/kept-form"
    browser.sign_in(email)
    fields = dict(hidden_fields(browser.get("/account/kept-form").text))
    assert "Trường mới" in browser.client.post("/admin/units/new", data=fields).text


def kept_count(installation):
    with installation.database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(KeptForm))


def test_somebody_else_in_the_same_browser_does_not_see_it(browser, lan, people, installation):
    open_form(browser, lan)
    end(installation, lan)
    type_and_send(browser)
    browser.sign_in(people())
    assert browser.get("/account/kept-form").location == "/account"
    browser.sign_in(lan)
    assert "hai mươi năm" in browser.get("/account/kept-form").text


def test_another_browser_of_the_person_does_not_see_it(browser, lan, app, installation):
    open_form(browser, lan)
    end(installation, lan)
    type_and_send(browser)
    other = Browser(app.test_client())
    other.sign_in(lan)
    assert other.get("/account/kept-form").location == "/account"
    other.client.set_cookie("oer_kept", "x" * 43)
    assert other.get("/account/kept-form").location == "/account"


def foreign_token(browser, app):
    browser.opened_token = Browser(app.test_client()).token("/sign-in")


def no_token(browser, app):
    browser.opened_token = ""


def a_script(browser, app):
    browser.client.environ_base["HTTP_SEC_FETCH_MODE"] = "cors"


def a_program(browser, app):
    browser.client.environ_base["HTTP_ACCEPT"] = "application/json"


@pytest.mark.parametrize("deed", [foreign_token, no_token, a_script, a_program])
def test_what_did_not_come_from_a_page_of_ours_in_this_browser_is_not_kept(browser, lan, app, installation, deed):
    open_form(browser, lan)
    end(installation, lan)
    deed(browser, app)
    assert type_and_send(browser).status_code == 401
    assert kept_count(installation) == 0


def test_nothing_is_kept_for_strangers_and_closed_accounts(browser, lan, installation):
    browser.opened_token = browser.token("/sign-in")
    assert type_and_send(browser).status_code == 401
    open_form(browser, lan)
    with installation.database.transaction() as session:
        disable_account(session, None, queries.account_with_email(session, lan).id)
    assert type_and_send(browser).status_code == 401
    assert kept_count(installation) == 0


def test_after_signing_out_nothing_is_kept(browser, lan, installation):
    open_form(browser, lan)
    end(installation, lan)
    type_and_send(browser)
    browser.sign_in(lan)
    browser.send("/sign-out", page="/account")
    assert kept_count(installation) == 0
    assert type_and_send(browser).status_code == 401
    assert kept_count(installation) == 0


def test_passwords_and_files_are_not_kept(browser, lan, installation):
    open_form(browser, lan)
    end(installation, lan)
    typed = {"current": PASSWORD, "password": PASSWORD, "reason": "lý do", "file": (BytesIO(b"x"), "a.txt")}
    data = {"csrf_token": browser.opened_token, **typed}
    assert browser.client.post("/account/educator", data=data).status_code == 303
    browser.sign_in(lan)
    page = browser.get("/account/kept-form").text
    assert hidden_fields(page) == [("reason", "lý do")]
    assert "Tệp không được giữ lại" in page


def test_every_field_for_a_password_is_among_those_that_are_never_kept(app):
    kinds = [kind for kind in vars(account_forms).values() if isinstance(kind, type) and issubclass(kind, Form)]
    with app.test_request_context():
        fields = {field.name for kind in kinds for field in kind() if isinstance(field, PasswordField)}
    assert {"password", "current"} <= fields
    assert fields <= SECRET_FIELDS


def test_too_much_is_not_kept(browser, lan, installation):
    open_form(browser, lan)
    end(installation, lan)
    assert type_and_send(browser, reason="x" * (MAX_BYTES + 1)).status_code == 401
    assert kept_count(installation) == 0


def test_the_database_does_not_tell_what_was_typed(session):
    account_id = make_account(session).id
    token = keep_form(session, account_id, TypedForm("/a", "a", [("reason", "mot bi mat")]))
    row = session.execute(sa.select(KeptForm.__table__)).one()
    assert "mot bi mat" not in repr(row)
    assert token not in repr(row)
    session.execute(sa.update(KeptForm).values(sealed=b"damaged"))
    assert find_kept_form(session, account_id, token) is None


def test_it_is_kept_for_two_hours_and_three_of_a_person(session, installation):
    account_id, other = make_account(session).id, make_account(session).id
    tokens = [keep_form(session, account_id, TypedForm(f"/{number}", "a", [("b", "c")])) for number in range(5)]
    keep_form(session, other, TypedForm("/a", "a", [("b", "c")]))
    found = [find_kept_form(session, account_id, token) for token in tokens]
    assert [form and form.address for form in found] == [None, None, "/2", "/3", "/4"]
    session.execute(sa.update(KeptForm).values(expires_at=now() - timedelta(seconds=1)))
    assert find_kept_form(session, account_id, tokens[-1]) is None
    session.commit()
    jobs.tidy(installation)
    assert kept_count(installation) == 0


def test_one_may_delete_what_was_kept(browser, lan, installation):
    open_form(browser, lan)
    end(installation, lan)
    type_and_send(browser)
    browser.sign_in(lan)
    assert browser.send("/account/kept-form/discard", page="/account").status_code == 303
    assert kept_count(installation) == 0
    assert browser.get("/account/kept-form").location == "/account"
