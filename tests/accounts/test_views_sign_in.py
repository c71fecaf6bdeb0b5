"""Signing in and out in the browser."""

import re
import socket
import time

import pytest

from oer.accounts.models import AccountState, Role
from oer.accounts.queries import account_with_email
from oer.accounts.services import passwords
from oer.accounts.services.administration import disable_account, grant_role, revoke_role
from oer.accounts.views.blueprint import next_address
from tests.accounts.browsing import Browser
from tests.accounts.factories import PASSWORD
from tests.accounts.serving import served


def body_without_token(response, email):
    text = re.sub(r'value="[^"]+"', "", response.text)
    return text.replace(email, "")


def test_signing_in_and_out(browser, people):
    email = people()
    assert browser.get("/account").status_code == 302
    answer = browser.sign_in(f" {email.upper()} ")
    assert (answer.status_code, answer.location) == (303, "/account")
    assert email in browser.get("/account").text
    answer = browser.send("/sign-out", page="/account")
    assert answer.status_code == 303
    assert browser.get("/account").status_code == 302


def test_one_comes_back_to_where_one_wanted_to_go(browser, people):
    wanted = browser.get("/account/privacy?a=1").location
    assert wanted.startswith("/sign-in?next=")
    page = browser.get(wanted)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)[1]
    fields = {"csrf_token": token, "email": people(), "password": PASSWORD, "next": "/account/privacy?a=1"}
    assert browser.client.post(wanted, data=fields).location == "/account/privacy?a=1"


@pytest.mark.parametrize(
    "vector",
    [
        "https://evil.example", "http:evil.example", "//evil.example", "///evil.example", "/\\evil.example",
        "\\\\evil.example", "/\t/evil.example", "/..//evil.example", "/.//evil.example", "javascript:alert(1)",
        "data:text/html,x", "https:evil.example", "/\n//evil.example", "/%0d%0a\r\nSet-Cookie: a=b", "evil.example",
        "/a//evil.example", " //evil.example", "/\u2028/evil.example",
    ],
)  # fmt: skip
def test_no_address_leads_off_the_site_after_signing_in(browser, people, vector):
    answer = browser.sign_in(people(), next=vector)
    assert answer.status_code == 303
    assert answer.location == "/account"


def test_plain_paths_of_the_site_are_followed():
    assert next_address("/materials/abcde-fghij?page=2", "/x") == "/materials/abcde-fghij?page=2"
    assert next_address("/search?q=https://a.example//b", "/x") == "/search?q=https://a.example//b"
    assert next_address(None, "/x") == next_address("", "/x") == "/x"


def test_unknown_address_and_wrong_password_look_the_same(browser, people):
    email = people()
    wrong = browser.sign_in(email, "khong phai mat khau nay")
    unknown = browser.sign_in("nobody@example.com", "khong phai mat khau nay")
    assert wrong.status_code == unknown.status_code == 422
    assert body_without_token(wrong, email) == body_without_token(unknown, "nobody@example.com")
    assert email in wrong.text  # what was typed is kept


def test_for_an_unknown_address_a_password_is_hashed_too(browser, monkeypatch):
    verified = []
    real = type(passwords._hasher).verify
    monkeypatch.setattr(
        type(passwords._hasher), "verify", lambda self, kept, given: verified.append(kept) or real(self, kept, given)
    )
    browser.sign_in("nobody@example.com")
    assert len(verified) == 1


def test_a_cookie_from_before_signing_in_is_another_one_afterwards(browser, people):
    browser.get("/sign-in")
    before = browser.client.get_cookie("oer").value
    browser.sign_in(people())
    after = browser.client.get_cookie("oer").value
    assert before != after
    browser.client.set_cookie("oer", before)
    assert browser.get("/account").status_code == 302


def test_nothing_that_a_session_held_before_signing_in_is_in_it_afterwards(browser, people):
    email = people()
    page = browser.token("/sign-in")
    with browser.client.session_transaction() as session:
        session["planted"] = "by somebody who had this browser before"
    fields = {"email": email, "password": PASSWORD, "csrf_token": page}
    assert browser.client.post("/sign-in", data=fields).status_code == 303
    with browser.client.session_transaction() as session:
        assert "planted" not in session


def test_signing_in_again_ends_the_sign_in_of_before(browser, people, app):
    email = people()
    browser.sign_in(email)
    first = browser.client.get_cookie("oer").value
    assert browser.send("/sign-in", email=email, password=PASSWORD).status_code == 303
    thief = app.test_client()
    thief.set_cookie("oer", first)
    assert thief.get("/account").status_code == 302


@pytest.mark.parametrize("deed", ["sign out", "sign out everywhere", "change password", "close", "drop role"])
def test_a_copied_cookie_is_dead_at_once_after(deed, browser, people, app, installation):
    email = people(Role.ADMIN)
    people(Role.ADMIN)
    browser.sign_in(email)
    thief = app.test_client()
    thief.set_cookie("oer", browser.client.get_cookie("oer").value)
    assert thief.get("/admin/accounts").status_code == 200
    with installation.database.transaction() as session:
        account = account_with_email(session, email)
        if deed == "close":
            disable_account(session, None, account.id)
        if deed == "drop role":
            revoke_role(session, None, account.grants[0].id)
    if deed == "sign out":
        browser.send("/sign-out", page="/account")
    if deed == "sign out everywhere":
        browser.send("/account/sign-ins/end", page="/account")
    if deed == "change password":
        fields = {"current": PASSWORD, "password": "ngua van chay qua cau"}
        assert browser.send("/account/password", **fields).status_code == 303
        assert browser.get("/account").status_code == 200  # the owner goes on, with a new cookie
    refusal = thief.get("/admin/accounts", headers={"Accept": "application/json"}).status_code
    if deed == "drop role":  # the person goes on with what is left
        assert refusal == 403
        return
    assert thief.get("/account").status_code == 302
    assert refusal == 401


def test_after_too_many_tries_one_waits_and_from_elsewhere_the_right_password_works(browser, people, app):
    email = people()
    statuses = [browser.sign_in(email, "khong phai mat khau nay").status_code for _ in range(20)]
    assert statuses[:10] == [422] * 10
    assert set(statuses[10:]) == {429}
    refused = browser.sign_in(email)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 901
    assert Browser(app.test_client(), "198.51.100.9").sign_in(email).status_code == 303


def test_the_right_password_of_an_unconfirmed_account_has_the_link_sent_again(browser, people, posted):
    email = people(state=AccountState.UNCONFIRMED)
    answer = browser.sign_in(email)
    assert answer.status_code == 403
    [mail] = posted()
    assert mail[:2] == (email, "confirm_email")
    assert browser.send(mail[2]["path"]).status_code == 303
    assert browser.sign_in(email).status_code == 303


def test_a_closed_account_does_not_sign_in(browser, people):
    assert browser.sign_in(people(state=AccountState.DISABLED)).status_code == 403
    assert browser.get("/account").status_code == 302


def test_an_outdated_hash_is_made_anew_at_the_next_sign_in(browser, people, installation):
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD.encode())
    email = people()
    with installation.database.transaction() as session:
        account_with_email(session, email).password_hash = weak
    assert browser.sign_in(email).status_code == 303
    with installation.database.reading() as session:
        kept = account_with_email(session, email).password_hash
    assert not passwords.hash_is_outdated(kept)
    assert passwords.verify_password(kept, PASSWORD)


def test_a_form_without_its_token_changes_nothing_and_keeps_what_was_typed(browser, people):
    email = people()
    answer = browser.client.post("/sign-in", data={"email": email, "password": PASSWORD})
    assert answer.status_code == 400
    assert email in answer.text
    assert browser.get("/account").status_code == 302
    browser.sign_in(email)
    for path in ("/sign-out", "/account/sign-ins/end", "/account/sign-ins/1/end"):
        assert browser.client.post(path).status_code == 400
    assert browser.get("/account").status_code == 200


@pytest.mark.parametrize("password", ["x" * 5000, "x" * 1_000_000, "a\0b", "\ud800".encode("utf-16", "surrogatepass")])
def test_no_password_breaks_the_page(browser, people, password):
    assert browser.sign_in(people(), password).status_code in {400, 413, 422}


@pytest.mark.parametrize("email", ["x" * 100_000, "a\0@b.vn", "%", "' OR 1=1 --", "a@b.vn\r\nX: y"])
def test_no_address_breaks_the_page(browser, email):
    assert browser.sign_in(email).status_code in {400, 422}


def test_a_foreign_host_name_is_refused_and_mails_use_the_sites_own(browser, people, posted, settings):
    from oer.core.mail import render_mail

    answer = browser.get("/sign-in", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    token = browser.token("/reset")
    data = {"csrf_token": token, "email": people()}
    headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "192.0.2.66"}
    assert browser.client.post("/reset", data=data, headers=headers).status_code == 200
    [mail] = posted()
    body = render_mail(settings, mail[1], "vi", mail[2]).body
    assert "http://localhost/reset/" in body
    assert "evil" not in body


@pytest.mark.parametrize("path", ["/account/profile", "/account/delete", "/admin/units/new", "/sign-out"])
def test_a_form_that_comes_slowly_keeps_nobody_from_writing(browser, people, app, path):
    email = people(Role.ADMIN)
    browser.sign_in(email)
    cookie = browser.client.get_cookie("oer").value
    with served(app) as port, socket.create_connection(("127.0.0.1", port)) as slow:
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: oer={cookie}\r\nContent-Length: 100\r\n"
        slow.sendall(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\nhalf".encode())
        time.sleep(0.3)  # long enough for the server to come as far as it can
        began = time.monotonic()
        assert Browser(app.test_client()).sign_in(email).status_code == 303
        assert time.monotonic() - began < 5  # it would be SQLite's 6 s otherwise


def test_pages_about_people_are_kept_by_nobody_else(browser, people):
    browser.sign_in(people())
    for path in ("/account", "/account/privacy", "/account/data.json", "/admin/accounts"):
        assert browser.get(path).headers["Cache-Control"].startswith("private")


def test_a_role_given_in_the_middle_of_the_work_stops_nobody_and_needs_a_new_sign_in(
    browser, people, app, installation
):
    email = people(Role.EDUCATOR)
    browser.sign_in(email)
    token = browser.token("/account")
    thief = app.test_client()
    thief.set_cookie("oer", browser.client.get_cookie("oer").value)
    with installation.database.transaction() as session:
        grant_role(session, None, account_with_email(session, email).id, Role.ADMIN)
    data = {"csrf_token": token, "name": "Cô Lan", "language": "vi"}
    assert browser.client.post("/account/profile", data=data).status_code == 303  # what was typed is saved
    assert "Vai trò có hiệu lực từ lần đăng nhập tới" in browser.get("/account").text
    for client in (browser.client, thief):
        answer = client.get("/admin/accounts")
        assert (answer.status_code, answer.location) == (302, "/sign-in?next=%2Fadmin%2Faccounts")
    assert "Hãy đăng nhập lại để dùng vai trò đó" in browser.get("/sign-in?next=/admin/accounts").text
    assert browser.sign_in(email, next="/admin/accounts").location == "/admin/accounts"
    assert browser.get("/admin/accounts").status_code == 200
    assert thief.get("/account").status_code == 302  # the older sign-in ended with the new one


def test_all_other_browsers_are_signed_out_and_this_one_goes_on(browser, people, app):
    email, other = people(), Browser(app.test_client())
    other.sign_in(email)
    browser.sign_in(email)
    page = browser.get("/account").text
    assert page.count("/account/sign-ins/") == 3  # the other one, all others, all
    assert browser.send("/account/sign-ins/end-others", page="/account").status_code == 303
    assert other.get("/account").status_code == 302
    after = browser.get("/account")
    assert after.status_code == 200
    assert "end-others" not in after.text
