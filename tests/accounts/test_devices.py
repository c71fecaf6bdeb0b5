"""A browser that signed in before is not shut out by what others do behind the same IP address."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from oer.accounts import jobs, queries
from oer.accounts.models import KnownDevice, TokenPurpose
from oer.accounts.services import devices, throttling
from oer.accounts.services.devices import forget_devices, known_device, remember_device
from oer.accounts.services.registration import issue_token
from oer.accounts.services.throttling import SIGN_IN_DEVICE
from oer.core.clock import now
from tests.accounts.browsing import Browser
from tests.accounts.factories import PASSWORD, make_account

SCHOOL = "203.0.113.7"
WRONG = "khong phai mat khau nay"
NEW = "ngua van chay qua cau"


@pytest.fixture(autouse=True)
def _one_window(monkeypatch):
    noon = now().replace(minute=1, second=0)
    monkeypatch.setattr(throttling, "now", lambda: noon)


@pytest.fixture
def school(app):
    """Makes browsers behind the school's one address."""
    return lambda: Browser(app.test_client(), SCHOOL)


def guess_at_everybody(browser):
    """Use up what the address has: twenty wrong passwords."""
    for number in range(20):
        browser.sign_in(f"nobody{number}@example.com", WRONG)
    assert browser.sign_in("nobody@example.com", WRONG).status_code == 429


def sign_out(browser):
    assert browser.send("/sign-out", page="/account").status_code == 303


def test_twenty_wrong_passwords_behind_one_address_shut_out_no_browser_that_is_known(school, people):
    email, other = people(), people()
    known, stranger = school(), school()
    assert known.sign_in(email).status_code == 303
    sign_out(known)
    guess_at_everybody(stranger)
    assert known.sign_in(email).status_code == 303
    assert stranger.sign_in(email).status_code == 429
    assert known.sign_in(other).status_code == 429  # it is known to one account


def test_guessing_at_one_account_behind_the_address_does_not_shut_out_its_owner(school, people):
    email, known, stranger = people(), school(), school()
    known.sign_in(email)
    sign_out(known)
    for _ in range(25):
        stranger.sign_in(email, WRONG)
    assert known.sign_in(email).status_code == 303


def test_the_cookie_of_another_account_gives_nothing(school, people):
    email, thief = people(), school()
    thief.sign_in(people())
    sign_out(thief)
    assert [thief.sign_in(email, WRONG).status_code for _ in range(12)] == [422] * 10 + [429] * 2


def test_a_stolen_cookie_has_its_own_small_budget_and_no_more(school, people, app):
    email, owner = people(), school()
    owner.sign_in(email)
    guess_at_everybody(school())
    thieves = [Browser(app.test_client(), SCHOOL) for _ in range(3)]
    for thief in thieves:
        thief.client.set_cookie("oer_device", owner.client.get_cookie("oer_device").value)
    statuses = [thieves[number % 3].sign_in(email, WRONG).status_code for number in range(SIGN_IN_DEVICE.most + 5)]
    assert statuses == [422] * SIGN_IN_DEVICE.most + [429] * 5
    assert thieves[0].sign_in(email).status_code == 429  # not even with the right one


def test_a_budget_that_is_used_up_is_no_worse_than_no_cookie(school, people, app):
    email, owner = people(), school()
    owner.sign_in(email)
    sign_out(owner)
    elsewhere = Browser(owner.client, "198.51.100.9")
    for _ in range(SIGN_IN_DEVICE.most):
        assert elsewhere.sign_in(email, WRONG).status_code == 422
    assert elsewhere.sign_in(email).status_code == 303


def test_wrong_passwords_of_a_known_browser_do_not_count_for_its_address(school, people):
    for _ in range(3):
        email, known = people(), school()
        known.sign_in(email)
        sign_out(known)
        assert {known.sign_in(email, WRONG).status_code for _ in range(SIGN_IN_DEVICE.most)} == {422}
    assert school().sign_in(people()).status_code == 303


def test_the_cookie_is_for_the_server_alone_and_signs_nobody_in(school, people, app):
    known = school()
    answer = known.sign_in(people())
    [cookie] = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("oer_device=")]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Secure" not in cookie  # this site's address is http
    alone = app.test_client()
    alone.set_cookie("oer_device", known.client.get_cookie("oer_device").value)
    assert alone.get("/account").status_code == 302


def test_the_token_itself_is_not_kept(session):
    [token] = remember_device(session, make_account(session).id, [])
    assert token not in {str(value) for value in session.execute(sa.select(KnownDevice.__table__)).one()}


def test_a_browser_keeps_a_token_for_each_of_its_last_five_accounts(session):
    tokens, accounts = [], [make_account(session).id for _ in range(7)]
    for account_id in [*accounts, accounts[-1]]:
        tokens = remember_device(session, account_id, tokens)
    assert len(tokens) == 5
    assert [bool(known_device(session, account_id, tokens)) for account_id in accounts] == [False] * 2 + [True] * 5
    assert known_device(session, None, tokens) == ""


def test_an_account_knows_its_last_twenty_browsers(session):
    account_id = make_account(session).id
    first, *rest = [remember_device(session, account_id, []) for _ in range(devices.MOST_OF_AN_ACCOUNT + 1)]
    assert not known_device(session, account_id, first)
    assert all(known_device(session, account_id, tokens) for tokens in rest)


def test_what_expired_or_was_forgotten_is_known_no_more(session, installation):
    account_id = make_account(session).id
    tokens = remember_device(session, account_id, [])
    session.execute(sa.update(KnownDevice).values(expires_at=now() - timedelta(seconds=1)))
    assert not known_device(session, account_id, tokens)
    tokens = remember_device(session, account_id, [])
    session.commit()
    jobs.tidy(installation)
    assert session.scalar(sa.select(sa.func.count()).select_from(KnownDevice)) == 1
    assert known_device(session, account_id, tokens)
    forget_devices(session, account_id)
    assert not known_device(session, account_id, tokens)


@pytest.mark.parametrize("cookie", ["x", "." * 500, "a.b.c.d.e.f.g.h", "\x7f\u00e9", "x" * 4000, "%00", "\"'--"])
def test_no_cookie_breaks_the_page(school, people, cookie):
    browser = school()
    browser.client.set_cookie("oer_device", cookie)
    assert browser.sign_in(people()).status_code == 303


@pytest.mark.parametrize("deed", ["password", "everywhere"])
def test_after_a_new_password_or_signing_out_everywhere_other_browsers_are_strangers(school, people, deed):
    email, mine, other = people(), school(), school()
    other.sign_in(email)
    mine.sign_in(email)
    if deed == "password":
        mine.send("/account/password", current=PASSWORD, password=NEW)
        sign_out(mine)
    else:
        mine.send("/account/sign-ins/end", page="/account")
    guess_at_everybody(school())
    password = NEW if deed == "password" else PASSWORD
    assert other.sign_in(email, password).status_code == 429
    assert mine.sign_in(email, password).status_code == (303 if deed == "password" else 429)


def test_a_mailed_link_lets_in_a_new_browser_behind_an_address_that_is_shut(school, people, installation):
    email, new = people(), school()
    guess_at_everybody(school())
    assert new.sign_in(email).status_code == 429
    with installation.database.transaction() as session:
        token = issue_token(session, queries.account_with_email(session, email), TokenPurpose.RESET, email=email)
    assert new.send(f"/reset/{token}", password=NEW).status_code == 303
    assert new.sign_in(email, NEW).status_code == 303


def test_forms_of_strangers_do_not_shut_a_reset(school, people, posted, app):
    email, owner = people(), school()
    links = []
    for number in range(9):
        stranger = Browser(app.test_client(), f"198.51.100.{number}")
        assert stranger.send("/reset", email=email).status_code == 200
        links += [mail[2]["path"] for mail in posted()]
    assert len(links) == 5
    page = owner.send("/reset", email=email)
    assert page.status_code == 200
    assert "trong một giờ" in page.text.lower()
    assert posted() == []
    assert owner.send(links[0], password=NEW).status_code == 303  # any of the mails will do
    assert owner.sign_in(email, NEW).status_code == 303
    assert Browser(app.test_client(), "192.0.2.77").send("/reset", email=email).status_code == 200
    assert [mail[1] for mail in posted() if mail[1] == "reset_password"] == ["reset_password"]  # counted anew


def test_the_page_does_not_tell_whether_the_address_has_an_account(school, people, app):
    pages = []
    for email in (people(email="known@example.com"), "wrong@example.com"):
        told = [Browser(app.test_client(), "198.51.100.1").send("/reset", email=email).text for _ in range(7)]
        pages.append([text.replace(email, "") for text in told])
    assert pages[0] == pages[1]
    assert pages[0][0] != pages[0][-1]


def test_a_known_browser_gets_its_reset_mail_whatever_strangers_asked_for(school, people, posted, app):
    email, known, stranger = people(), school(), school()
    known.sign_in(email)
    sign_out(known)
    for number in range(61):
        stranger.send("/reset", email=f"nobody{number}@example.com")
    for number in range(6):
        Browser(app.test_client(), f"198.51.100.{number}").send("/reset", email=email)
    posted()
    assert stranger.send("/reset", email=email).status_code == 429
    assert known.send("/reset", email=email).status_code == 200
    assert [mail[:2] for mail in posted()] == [(email, "reset_password")]


def test_registering_in_somebodys_name_does_not_shut_a_reset(school, people, posted, app):
    email = people()
    for number in range(7):
        stranger = Browser(app.test_client(), f"198.51.100.{number}")
        fields = {"name": "X", "email": email, "password": NEW, "old_enough": "y", "agreed": "y"}
        stranger.send("/register", **fields)
    posted()
    assert school().send("/reset", email=email).status_code == 200
    assert [mail[1] for mail in posted()] == ["reset_password"]
