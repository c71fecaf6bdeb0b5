"""The second step in the browser: set up, taken, confirmed again, removed; required of staff."""

import html
import json
import re
from dataclasses import replace

import pytest

from oer.accounts.models import Role
from oer.accounts.queries import account_with_email, has_second_factor, second_factors_of
from oer.accounts.second_factor_models import SecondStep
from oer.accounts.services.administration import disable_account
from oer.accounts.services.second_factors import renew_recovery_codes
from oer.accounts.services.throttling import SECOND_STEP, SECOND_STEP_WRONG
from oer.accounts.views import confirmation
from oer.app import build_app
from tests.accounts.browsing import Browser
from tests.accounts.factories import PASSWORD
from tests.accounts.software_authenticator import SoftwareAuthenticator

STEP = "/sign-in/second-step"
ACCOUNT = "/account/second-step"


@pytest.fixture
def protected(people, installation, settings, phone):
    """Makes somebody who signs in with the phone; returns their e-mail address."""

    def make(*roles, **fields):
        email = people(*roles, **fields)
        with installation.database.transaction() as session:
            phone.add_to(session, settings, account_with_email(session, email))
        return email

    return make


@pytest.fixture
def codes_of(installation, settings):
    """Makes recovery codes for an e-mail address."""

    def make(email):
        with installation.database.transaction() as session:
            return renew_recovery_codes(session, settings, account_with_email(session, email))

    return make


@pytest.fixture
def strict(installation):
    """A browser of an installation that requires a second step of its staff."""
    required = replace(installation.settings, staff_second_factor="required")
    return Browser(build_app(replace(installation, settings=required)).test_client())


def has_factor(installation, email):
    with installation.database.reading() as session:
        return has_second_factor(session, account_with_email(session, email).id)


def is_signed_in(browser):
    return browser.get("/account").status_code == 200


def shown_codes(answer):
    return re.findall(r"<li><code>([\w-]+)</code></li>", answer.text)


def options(browser, path, page):
    answer = browser.client.post(path, data={"csrf_token": browser.token(page)}, environ_overrides=browser.address)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.text


def test_the_password_alone_signs_nobody_in_who_has_a_second_step(browser, protected, phone):
    email = protected()
    answer = browser.sign_in(email, next="/account/privacy?a=1")
    assert (answer.status_code, answer.location) == (303, STEP)
    assert not is_signed_in(browser)
    assert browser.send(STEP, code=phone.code(5)).status_code == 401
    assert not is_signed_in(browser)
    answer = browser.send(STEP, code=phone.code())
    assert (answer.status_code, answer.location) == (303, "/account/privacy?a=1")
    assert is_signed_in(browser)


def test_a_code_used_again_within_its_time_is_401(browser, protected, phone, app):
    email, code = protected(), phone.code()
    browser.sign_in(email)
    assert browser.send(STEP, code=code).status_code == 303
    thief = Browser(app.test_client())
    thief.sign_in(email)
    assert thief.send(STEP, code=code).status_code == 401
    assert not is_signed_in(thief)


def test_an_address_of_another_site_is_not_gone_to_after_the_second_step(browser, protected, phone):
    browser.sign_in(protected(), next="//evil.example")
    assert browser.send(STEP, code=phone.code()).location == "/account"


def test_a_wrong_app_code_and_a_wrong_recovery_code_look_the_same(browser, protected, codes_of, phone):
    email = protected()
    codes_of(email)
    browser.sign_in(email)
    answers = [browser.send(STEP, code=code) for code in (phone.code(9), "aaaa-bbbb-cccc", "")]
    assert {answer.status_code for answer in answers} == {401}
    assert len({re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}) == 1


def test_guessing_codes_is_stopped_and_the_right_one_is_then_refused_too(browser, protected, phone, app):
    email = protected()
    browser.sign_in(email)
    statuses = [browser.send(STEP, code="000000").status_code for _ in range(SECOND_STEP.most)]
    assert set(statuses) == {401}
    answer = browser.send(STEP, code=phone.code())
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    elsewhere = Browser(app.test_client(), "198.51.100.9")
    elsewhere.sign_in(email)
    assert elsewhere.send(STEP, code=phone.code()).status_code == 429


def test_who_types_wrong_codes_after_the_right_password_is_told_of_to_the_owner_once(browser, protected, posted, app):
    email = protected()
    posted()
    thieves = [Browser(app.test_client(), f"198.51.100.{number}") for number in range(2)]
    for thief in thieves:
        thief.sign_in(email)
        for _ in range(SECOND_STEP_WRONG.most - 1):
            assert thief.send(STEP, code="000000").status_code == 401
    assert posted() == [(email, "second_factor_guessed", {"count": SECOND_STEP_WRONG.most})]


def test_a_slip_of_the_finger_is_told_to_nobody(browser, protected, posted, phone):
    email = protected()
    posted()
    browser.sign_in(email)
    for _ in range(SECOND_STEP_WRONG.most - 1):
        assert browser.send(STEP, code="000000").status_code == 401
    assert browser.send(STEP, code=phone.code()).status_code == 303
    assert posted() == []


def test_who_has_stolen_the_password_does_not_shut_out_a_browser_that_signed_in_before(browser, protected, phone, app):
    email = protected()
    browser.sign_in(email)
    assert browser.send(STEP, code=phone.code()).status_code == 303
    thief = Browser(app.test_client(), "198.51.100.9")
    thief.sign_in(email)
    assert [thief.send(STEP, code="000000").status_code for _ in range(11)][-1] == 429
    phone.wait()
    browser.sign_in(email)
    assert browser.send(STEP, code=phone.code()).status_code == 303


def test_right_codes_are_not_counted(browser, protected, phone):
    email = protected()
    for _ in range(SECOND_STEP.most + 2):
        browser.sign_in(email)
        assert browser.send(STEP, code=phone.code()).status_code == 303
        phone.wait()


def test_a_recovery_code_signs_in_once_and_its_owner_is_told(browser, protected, codes_of, posted):
    email = protected()
    [code, *_] = codes_of(email)
    posted()
    browser.sign_in(email)
    assert browser.send(STEP, code=code).status_code == 303
    [mail] = posted()
    assert (mail[0], mail[1], mail[2]["change"], mail[2]["left"]) == (email, "second_factor_changed", "code_used", 9)
    browser.sign_in(email)
    assert browser.send(STEP, code=code).status_code == 401


def test_the_second_step_belongs_to_one_browser_and_is_over_when_it_is_taken(browser, protected, phone, app):
    email = protected()
    browser.sign_in(email)
    other = Browser(app.test_client())
    other.get("/sign-in")
    assert other.get(STEP).status_code == 303
    token = other.token("/sign-in")
    answer = other.client.post(STEP, data={"csrf_token": token, "code": phone.code()})
    assert answer.location.startswith("/sign-in")
    before = browser.client.get_cookie("oer").value
    assert browser.send(STEP, code=phone.code()).status_code == 303
    assert browser.client.get_cookie("oer").value != before
    phone.wait()
    thief = Browser(app.test_client())
    thief.client.set_cookie("oer", before)
    assert thief.get(STEP).status_code == 303
    assert not is_signed_in(thief)


@pytest.mark.parametrize("change", ["close", "new password", "time"])
def test_the_second_step_ends_when_the_account_changes_and_after_minutes(
    change, browser, protected, phone, installation, monkeypatch
):
    email = protected()
    browser.sign_in(email)
    with installation.database.transaction() as session:
        account = account_with_email(session, email)
        if change == "close":
            disable_account(session, None, account.id)
        if change == "new password":
            account.password_hash = "another"
        if change == "time":
            step = session.query(SecondStep).one()
            step.expires_at = step.began_at
    assert browser.get(STEP).status_code == 303
    token = browser.token("/sign-in")
    answer = browser.client.post(STEP, data={"csrf_token": token, "code": phone.code()})
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert not is_signed_in(browser)


def test_a_form_without_its_token_signs_nobody_in(browser, protected, phone):
    browser.sign_in(protected())
    assert browser.client.post(STEP, data={"code": phone.code()}).status_code == 400
    assert not is_signed_in(browser)


def test_an_app_is_set_up_without_scripts_and_ten_codes_are_shown_once(browser, people, phone, app, installation):
    email = people()
    old = Browser(app.test_client())
    old.sign_in(email)
    browser.sign_in(email)
    page = browser.get(f"{ACCOUNT}/app")
    assert "<svg" in page.text
    phone.secret = "".join(re.findall(r"<code>(\w{4})</code>", page.text))
    assert f"secret={phone.secret}" in html.unescape(page.text)
    sealed = re.search(r'name="sealed"[^>]*value="([^"]+)"', page.text)[1]
    wrong = browser.send(f"{ACCOUNT}/app", sealed=sealed, code="000000")
    assert wrong.status_code == 422
    assert f"secret={phone.secret}" in html.unescape(wrong.text)  # the same picture, for it was scanned already
    answer = browser.send(f"{ACCOUNT}/app", sealed=sealed, code=phone.code())
    assert answer.status_code == 200
    codes = shown_codes(answer)
    assert len(codes) == 10
    assert not any(code in browser.get(ACCOUNT).text for code in codes)
    assert is_signed_in(browser)
    assert not is_signed_in(old)  # it had given the password alone
    browser.sign_in(email)
    assert browser.send(STEP, code=codes[3]).status_code == 303


def test_a_secret_that_was_not_shown_by_this_site_is_refused(browser, people, phone, installation):
    email = people()
    browser.sign_in(email)
    for sealed in ("", phone.secret, "x" * 900):
        assert browser.send(f"{ACCOUNT}/app", sealed=sealed, code=phone.code()).status_code == 422
    assert not has_factor(installation, email)


CHANGING = [f"{ACCOUNT}/app", f"{ACCOUNT}/app/remove", f"{ACCOUNT}/passkeys/new", f"{ACCOUNT}/codes"]


def test_nothing_is_changed_without_proving_it_all_again(browser, protected, phone, monkeypatch, installation):
    email = protected()
    browser.sign_in(email)
    browser.send(STEP, code=phone.code())
    moment = confirmation.time.time() + confirmation.CONFIRMED_SECONDS + 1
    monkeypatch.setattr(confirmation.time, "time", lambda: moment)
    asked = f"{ACCOUNT}/confirm"
    for path in CHANGING:
        answer = browser.send(path, page=ACCOUNT)
        assert (answer.status_code, answer.location.partition("?")[0]) == (303, asked)
    assert browser.get(f"{ACCOUNT}/app").location.startswith(asked)
    phone.wait()
    for wrong in ({"current": "sai", "code": phone.code()}, {"current": PASSWORD, "code": "1"}, {"current": PASSWORD}):
        assert browser.send(asked, **wrong).status_code == 422
    assert has_factor(installation, email)
    answer = browser.send(asked, current=PASSWORD, code=phone.code(), next=f"{ACCOUNT}/app")
    assert (answer.status_code, answer.location) == (303, f"{ACCOUNT}/app")
    assert browser.send(f"{ACCOUNT}/app/remove", page=ACCOUNT).status_code == 303
    assert not has_factor(installation, email)


def test_codes_are_guessed_no_faster_where_one_confirms(browser, protected, phone, monkeypatch):
    browser.sign_in(protected())
    browser.send(STEP, code=phone.code())
    statuses = [browser.send(f"{ACCOUNT}/confirm", current=PASSWORD, code="000000").status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]


def test_a_passkey_is_added_signs_in_confirms_and_is_removed(browser, people, installation, monkeypatch):
    email, device = people(), SoftwareAuthenticator()
    browser.sign_in(email)
    asked = options(browser, f"{ACCOUNT}/passkeys/options", f"{ACCOUNT}/passkeys/new")
    answer = browser.send(f"{ACCOUNT}/passkeys/new", name="Khóa xanh", answer=device.make(asked))
    assert len(shown_codes(answer)) == 10
    assert "Khóa xanh" in browser.get(ACCOUNT).text
    assert browser.sign_in(email).location == STEP
    asked = options(browser, f"{STEP}/passkey", STEP)
    assert browser.send(STEP, answer=device.sign(asked, challenge="bmV2ZXIgc2VudA")).status_code == 401
    answer = device.sign(asked)
    assert browser.send(STEP, answer=answer).status_code == 303
    assert is_signed_in(browser)
    browser.sign_in(email)
    assert browser.send(STEP, answer=answer).status_code == 401  # its challenge was used up
    assert browser.send(STEP, answer=device.sign(options(browser, f"{STEP}/passkey", STEP))).status_code == 303
    moment = confirmation.time.time() + confirmation.CONFIRMED_SECONDS + 1
    monkeypatch.setattr(confirmation.time, "time", lambda: moment)
    asked = options(browser, f"{ACCOUNT}/confirm/passkey", f"{ACCOUNT}/confirm")
    sent = {"current": PASSWORD, "answer": device.sign(asked)}
    assert browser.send(f"{ACCOUNT}/confirm", **sent).location == ACCOUNT
    with installation.database.reading() as session:
        [passkey] = second_factors_of(session, account_with_email(session, email).id).passkeys
    assert browser.send(f"{ACCOUNT}/passkeys/{passkey.id}/remove", page=ACCOUNT).status_code == 303
    assert not has_factor(installation, email)


def test_a_passkey_alone_signs_in_whoever_it_verified(browser, people, app):
    email, device = people(), SoftwareAuthenticator()
    browser.sign_in(email)
    asked = options(browser, f"{ACCOUNT}/passkeys/options", f"{ACCOUNT}/passkeys/new")
    browser.send(f"{ACCOUNT}/passkeys/new", name="Điện thoại", answer=device.make(asked))
    new = Browser(app.test_client())
    asked = options(new, "/sign-in/passkey/options", "/sign-in")
    unverified = replace(device, verifies=False).sign(asked)
    answer = new.send("/sign-in/passkey", page="/sign-in", answer=unverified)
    assert answer.location == "/sign-in"
    assert not is_signed_in(new)
    asked = options(new, "/sign-in/passkey/options", "/sign-in")  # a challenge that was answered is used up
    sent = {"answer": device.sign(asked), "next": "/account/privacy"}
    thief = Browser(app.test_client())
    assert thief.send("/sign-in/passkey", page="/sign-in", **sent).location.startswith("/sign-in")  # another browser
    answer = new.send("/sign-in/passkey", page="/sign-in", **sent)
    assert (answer.status_code, answer.location) == (303, "/account/privacy")
    assert is_signed_in(new)


def test_at_an_address_without_a_name_there_are_no_passkeys(installation, people):
    settings = replace(installation.settings, base_url="http://127.0.0.1:8000", trusted_hosts="*")
    browser = Browser(build_app(replace(installation, settings=settings)).test_client())
    assert "passkeys.js" not in browser.get("/sign-in").text
    browser.sign_in(people())
    assert browser.get(f"{ACCOUNT}/passkeys/new").status_code == 404
    assert f"{ACCOUNT}/passkeys/new" not in browser.get(ACCOUNT).text


def test_staff_see_no_page_of_their_role_before_they_have_set_it_up(strict, people, phone):
    email = people(Role.ADMIN)
    answer = strict.sign_in(email, next="/admin/accounts")
    assert answer.location == ACCOUNT
    refused = strict.get("/admin/accounts")
    assert (refused.status_code, refused.location) == (302, f"{ACCOUNT}?next=%2Fadmin%2Faccounts")
    assert strict.get("/admin").location == f"{ACCOUNT}?next=%2Fadmin"
    assert strict.get("/admin/accounts", headers={"Accept": "application/json"}).status_code == 403
    assert strict.send("/admin/units/new", page="/account", code="x").status_code == 403
    assert "/admin" not in strict.get("/account").text
    assert strict.get("/account/privacy").status_code == 200
    strict.get(refused.location)
    page = strict.get(f"{ACCOUNT}/app").text
    phone.secret = "".join(re.findall(r"<code>(\w{4})</code>", page))
    sealed = re.search(r'name="sealed"[^>]*value="([^"]+)"', page)[1]
    answer = strict.send(f"{ACCOUNT}/app", sealed=sealed, code=phone.code())
    assert 'href="/admin/accounts"' in answer.text  # on with what was wanted
    assert strict.get("/admin/accounts").status_code == 200
    refused = strict.send(f"{ACCOUNT}/app/remove", page=ACCOUNT)
    assert refused.status_code == 409
    assert strict.get("/admin/accounts").status_code == 200


def test_staff_who_were_signed_in_when_it_became_required_are_led_to_it_too(strict, browser, people, app):
    email = people(Role.REVIEWER)
    browser.sign_in(email)
    assert browser.get("/review").status_code == 200
    strict.client.set_cookie("oer", browser.client.get_cookie("oer").value)
    assert strict.get("/review").location == f"{ACCOUNT}?next=%2Freview"


@pytest.mark.parametrize("roles", [(), (Role.EDUCATOR,)])
def test_nobody_else_is_asked_for_it(strict, people, roles):
    assert strict.sign_in(people(*roles)).location == "/account"


def test_an_administrator_resets_somebodys_second_step(browser, people, protected, posted, installation, app):
    lan, admin = protected(), people(Role.ADMIN)
    with installation.database.reading() as session:
        ids = {email: account_with_email(session, email).id for email in (lan, admin)}
    browser.sign_in(admin)
    page = f"/admin/accounts/{ids[lan]}"
    answer = browser.send(f"{page}/second-step/reset", page=page)
    assert answer.status_code == 303
    assert not has_factor(installation, lan)
    assert posted()[-1][:2] == (lan, "second_factor_changed")
    assert Browser(app.test_client()).sign_in(lan).location == "/account"
    own = f"/admin/accounts/{ids[admin]}"
    assert browser.send(f"{own}/second-step/reset", page=own).status_code == 409
    other = Browser(app.test_client())
    other.sign_in(lan)
    assert other.send(f"{own}/second-step/reset", page="/account").status_code == 403


def test_what_is_not_a_passkeys_answer_is_refused(browser, protected):
    browser.sign_in(protected())
    for answer in ("{}", "[[[", json.dumps({"id": "\0", "response": {}}), "5", "null"):
        assert browser.send(STEP, answer=answer).status_code == 401
    assert browser.send(STEP, answer="x" * 20_000).status_code == 422
