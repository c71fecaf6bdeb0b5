"""Signing in with an identity of the city or the country: the round trip, linking, new accounts, and what is forged."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
import urllib3
from flask import Flask
from sqlalchemy.orm import Session

from oer.accounts.models import Account, AccountState, Consent, ExternalIdentity, Role, SignIn
from oer.accounts.second_factor_models import AuthenticatorApp
from oer.accounts.services import identity_provider
from oer.accounts.services.identity_provider import IdentityProvider, is_of_issuer
from oer.accounts.services.personal_data import erase_account, export_personal_data
from oer.app import build_app
from oer.core.installation import Installation
from oer.core.mail import OutgoingMail
from oer.operations.config_check import find_config_faults
from tests.accounts.browsing import Browser
from tests.accounts.factories import PASSWORD, make_account
from tests.accounts.hostile_provider import CLIENT_ID, SECRET, HostileProvider
from tests.serving import free_port

BACK = "/sign-in/identity/back"


@pytest.fixture(scope="module")
def hostile() -> Iterator[HostileProvider]:
    with HostileProvider() as provider:
        yield provider


@pytest.fixture
def provider(hostile: HostileProvider) -> HostileProvider:
    hostile.claims, hostile.about, hostile.user_info, hostile.raw = {}, {}, None, None
    hostile.algorithm, hostile.asked = "ES256", []
    return hostile


def site_with(installation: Installation, issuer: str, **more) -> Flask:
    values = {"oidc_issuer": issuer, "oidc_client_id": CLIENT_ID, "oidc_client_secret": SECRET, **more}
    return build_app(replace(installation, settings=replace(installation.settings, **values)))


@pytest.fixture
def site(installation: Installation, provider: HostileProvider) -> Flask:
    return site_with(installation, provider.issuer)


def come_back(browser: Browser, provider: HostileProvider, **changed):
    """Begin, sign in there, and press the button of the page that one is sent back to."""
    begun = browser.get("/en/sign-in/identity", query_string={"next": "/help"})
    assert begun.status_code == 302
    given = provider.begin(begun.headers["Location"]) | changed
    page = browser.get(f"/en{BACK}", query_string=given)
    if page.status_code != 200:
        return page
    return browser.send(f"/en{BACK}", page=f"/en{BACK}?" + "&".join(f"{k}={v}" for k, v in given.items()), **given)


def refused(browser: Browser, answer) -> str:
    """What the sign-in page says to somebody who was sent there."""
    assert answer.headers["Location"].endswith("/sign-in")
    return browser.get("/en/sign-in").text


def rows(session: Session, table: type) -> list:
    """All rows of a table, loose: the test's own session must not hold the database while the application writes."""
    session.rollback()
    found = list(session.scalars(sa.select(table)))
    session.expunge_all()
    session.rollback()
    return found


def accounts(session: Session) -> list[Account]:
    return [each for each in rows(session, Account) if each.state is not AccountState.SYSTEM]


def change(session: Session, **values) -> None:
    """Change the one account that there is."""
    session.rollback()
    session.execute(sa.update(Account).where(Account.state != AccountState.SYSTEM).values(**values))
    session.commit()


def register(browser: Browser, name: str = "Lan"):
    path = "/en/sign-in/identity/account"
    return browser.send(path, name=name, old_enough="y", agreed="y")


# The round trip, with a provider that is not ours.


@pytest.fixture(scope="module")
def real_provider() -> Iterator[str]:
    port = free_port()
    user = json.dumps({"sub": "hoa", "email": "hoa@example.com", "email_verified": True, "name": "Hoa"})
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--user-claims", user]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    issuer = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib3.request("GET", f"{issuer}/.well-known/openid-configuration", retries=False, timeout=1)
                break
            except urllib3.exceptions.HTTPError:
                time.sleep(0.1)
        yield issuer
    finally:
        process.terminate()
        process.wait(20)


def test_the_whole_round_trip_with_another_makers_provider(
    installation: Installation, session: Session, real_provider: str
) -> None:
    browser = Browser(site_with(installation, real_provider).test_client())
    assert "Sign in with the city" in browser.get("/en/sign-in").text
    for expected in ("/sign-in/identity/account", "/account"):
        there = browser.get("/en/sign-in/identity").headers["Location"]
        pressed = (
            urllib3.request_encode_url
            if False
            else urllib3.PoolManager().request_encode_body(
                "POST", there, fields={"sub": "hoa"}, encode_multipart=False, redirect=False
            )
        )
        back = urlsplit(pressed.headers["Location"])
        assert back.path == BACK
        shown = browser.get(f"{back.path}?{back.query}")
        assert shown.headers["Location"] == f"/en{back.path}?{back.query}"  # in the language that one came in
        given = {name: values[0] for name, values in parse_qs(back.query).items()}
        answer = browser.send(f"/en{BACK}", page=f"/en{back.path}?{back.query}", **given)
        assert answer.headers["Location"].endswith(expected)
        if expected.endswith("/identity/account"):
            assert register(browser, "Cô Hoa").status_code == 303
            browser.send("/sign-out", page="/account")
    [account] = accounts(session)
    assert (account.email, account.name, account.state) == ("hoa@example.com", "Cô Hoa", AccountState.ACTIVE)


# Who somebody is here.


def test_a_first_comer_gets_an_account_after_the_same_questions_as_by_registering(
    site: Flask, session: Session, provider: HostileProvider
) -> None:
    browser = Browser(site.test_client())
    assert come_back(browser, provider).headers["Location"].endswith("/sign-in/identity/account")
    assert accounts(session) == []
    path = "/en/sign-in/identity/account"
    assert "16 and over" in browser.send(path, name="Lan", agreed="y").text
    made = register(browser)
    assert made.headers["Location"].endswith("/help")  # where they wanted to go
    [account] = accounts(session)
    assert (account.password_hash, account.grants) == (None, [])
    assert [each.method for each in rows(session, Consent)] == ["identity"]
    assert len(rows(session, SignIn)) == 1
    own = browser.get("/en/account").text
    assert "Linked since" in own
    assert 'href="/en/reset"' in own  # where a password is set for the first time


def test_the_same_identity_comes_back_to_its_account_whatever_its_address_is_now(
    site: Flask, session: Session, provider: HostileProvider
) -> None:
    browser = Browser(site.test_client())
    come_back(browser, provider)
    register(browser)
    provider.claims = {"email": "moi@example.com"}
    other = Browser(site.test_client())
    assert come_back(other, provider).headers["Location"].endswith("/help")
    assert [each.email for each in accounts(session)] == ["lan@example.com"]
    assert len(rows(session, SignIn)) == 2


def test_an_account_with_the_address_is_linked_only_once_its_password_was_typed(
    site: Flask, session: Session, provider: HostileProvider, people
) -> None:
    people(email="lan@example.com")
    browser, path = Browser(site.test_client()), "/en/sign-in/identity/account"
    come_back(browser, provider)
    assert "There is an account with the address lan@example.com" in browser.get(path).text
    assert "not correct" in browser.send(path, email="other@example.com", password="sai mat khau").text
    assert rows(session, ExternalIdentity) == []
    assert browser.send(path, email="lan@example.com", password=PASSWORD).headers["Location"].endswith("/help")
    [row] = rows(session, ExternalIdentity)
    assert (row.subject, row.account.email) == ("1", "lan@example.com")
    assert [each.template for each in rows(session, OutgoingMail)] == ["identity_linked"]


def test_the_form_cannot_link_another_account_than_that_of_the_address(
    site: Flask, session: Session, provider: HostileProvider, people
) -> None:
    people(email="lan@example.com", password="mat khau cua lan that dai")
    mine = people(email="toi@example.com")
    browser = Browser(site.test_client())
    come_back(browser, provider)
    browser.send("/en/sign-in/identity/account", email=mine, password=PASSWORD)
    assert rows(session, ExternalIdentity) == []


def test_who_is_signed_in_links_their_own_whatever_the_address(
    site: Flask, session: Session, provider: HostileProvider, people
) -> None:
    browser = Browser(site.test_client())
    browser.sign_in(people(email="hoa@example.com"))
    come_back(browser, provider)
    assert rows(session, ExternalIdentity) == []  # not without a yes
    browser.send("/en/sign-in/identity/account")
    [row] = rows(session, ExternalIdentity)
    assert row.account.email == "hoa@example.com"


def test_an_address_that_is_not_verified_links_and_makes_nothing(
    site: Flask, session: Session, provider: HostileProvider, people
) -> None:
    people(email="lan@example.com")
    for claims in ({"email_verified": False}, {"email_verified": None}, {"email": None}, {"email_verified": 1}):
        provider.claims = claims
        browser = Browser(site.test_client())
        come_back(browser, provider)
        assert "does not vouch" in refused(browser, browser.get("/en/sign-in/identity/account")), claims
    assert len(accounts(session)) == 1
    assert rows(session, ExternalIdentity) == []


def test_what_a_stranger_registered_with_the_address_and_never_confirmed_gets_no_way_in(
    site: Flask, session: Session, provider: HostileProvider, people
) -> None:
    people(email="lan@example.com", state=AccountState.UNCONFIRMED, name="Kẻ lạ")
    browser = Browser(site.test_client())
    come_back(browser, provider)
    register(browser)
    [account] = accounts(session)
    assert (account.name, account.password_hash, account.state) == ("Lan", None, AccountState.ACTIVE)
    stranger = Browser(site.test_client())
    assert stranger.sign_in("lan@example.com").status_code == 422


def test_a_closed_account_stays_closed(site: Flask, session: Session, provider: HostileProvider, people) -> None:
    browser = Browser(site.test_client())
    come_back(browser, provider)
    register(browser)
    change(session, state=AccountState.DISABLED)
    other = Browser(site.test_client())
    assert "closed" in refused(other, come_back(other, provider))


def test_the_second_step_is_asked_as_after_a_password_and_required_of_staff(
    installation: Installation, session: Session, provider: HostileProvider
) -> None:
    site = site_with(installation, provider.issuer, staff_second_factor="required")
    reviewer = make_account(session, Role.REVIEWER, email="lan@example.com")
    reviewer_id = reviewer.id
    session.add(ExternalIdentity(account_id=reviewer_id, issuer=provider.issuer, subject="1"))
    session.commit()
    browser = Browser(site.test_client())
    assert come_back(browser, provider).headers["Location"].endswith("/account/second-step")
    session.add(AuthenticatorApp(account_id=reviewer_id, sealed_secret=b"x", last_step=0))
    session.commit()
    other = Browser(site.test_client())
    assert come_back(other, provider).headers["Location"].endswith("/sign-in/second-step")
    assert other.get("/account").status_code == 302


def test_roles_are_never_taken_from_the_provider(site: Flask, session: Session, provider: HostileProvider) -> None:
    provider.claims = {"roles": ["admin"], "groups": ["admin"], "role": "admin", "realm_access": {"roles": ["admin"]}}
    browser = Browser(site.test_client())
    come_back(browser, provider)
    register(browser)
    [account] = accounts(session)
    assert account.grants == []


def test_an_identity_is_removed_by_who_has_a_password_and_is_gone_with_the_account(
    site: Flask, session: Session, provider: HostileProvider, people
) -> None:
    browser = Browser(site.test_client())
    come_back(browser, provider)
    register(browser)
    browser.send("/en/account/identity/remove", page="/en/account")
    assert "only way to sign in" in browser.get("/en/account").text
    account = session.scalars(sa.select(Account)).one()
    told = export_personal_data(session, account)["accounts"]["external_identity"]
    assert [(each["issuer"], each["subject"]) for each in told] == [(provider.issuer, "1")]
    change(session, password_hash="x")
    browser.send("/en/account/identity/remove", page="/en/account")
    assert rows(session, ExternalIdentity) == []
    [account] = accounts(session)
    session.add(ExternalIdentity(account_id=account.id, issuer=provider.issuer, subject="1"))
    session.commit()
    erase_account(session, account.id, account.id)
    session.commit()
    assert rows(session, ExternalIdentity) == []


# What is forged.


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"iss": "http://127.0.0.1:1"},
        {"aud": "another-client"},
        {"aud": [CLIENT_ID, "another"], "azp": "another"},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"iat": int(time.time()) + 3600},
        {"sub": ""},
        {"sub": None},
        {"sub": 7},
        {"sub": "x" * 256},
    ],
)
def test_a_token_that_is_not_for_this_sign_in_is_refused(
    site: Flask, session: Session, provider: HostileProvider, claims: dict
) -> None:
    provider.claims = claims
    browser = Browser(site.test_client())
    assert "did not confirm who you are" in refused(browser, come_back(browser, provider))
    assert accounts(session) == []


def test_a_token_signed_by_our_own_secret_or_by_nobody_is_refused(
    site: Flask, session: Session, provider: HostileProvider
) -> None:
    browser = Browser(site.test_client())
    provider.algorithm = "HS256"
    assert "did not confirm" in refused(browser, come_back(browser, provider))


def test_a_changed_state_a_missing_code_and_another_issuer_stop_at_the_door(
    site: Flask, session: Session, provider: HostileProvider
) -> None:
    browser = Browser(site.test_client())
    assert "did not confirm" in refused(browser, come_back(browser, provider, state="another"))
    assert "did not confirm" in refused(browser, come_back(browser, provider, iss="https://evil.example"))
    assert "did not sign in there" in refused(browser, come_back(browser, provider, code=""))
    assert "/token_endpoint" not in provider.asked


def test_a_code_is_good_once_and_in_its_own_browser_alone(
    site: Flask, session: Session, provider: HostileProvider
) -> None:
    browser = Browser(site.test_client())
    come_back(browser, provider)
    given = {"state": provider.begun["state"], "code": "a-code"}
    again = browser.client.post(f"/en{BACK}", data={"csrf_token": browser.token("/en/sign-in"), **given})
    assert "took too long" in refused(browser, again)
    stolen = Browser(site.test_client())
    there = stolen.get("/en/sign-in/identity").headers["Location"]
    own_state = parse_qs(urlsplit(there).query)["state"][0]
    sent = stolen.send(f"/en{BACK}", page=f"/en{BACK}?state={own_state}&code=a-code", state=own_state, code="a-code")
    assert "did not confirm" in refused(stolen, sent)  # the verifier is that of the other browser, and the code is used
    assert accounts(session) == []


def test_nobody_comes_back_who_has_not_begun(site: Flask, session: Session) -> None:
    browser = Browser(site.test_client())
    assert "took too long" in refused(browser, browser.get(f"/en{BACK}?state=a&code=b"))
    assert "took too long" in refused(browser, browser.get("/en/sign-in/identity/account"))


def test_while_the_provider_is_away_a_sentence_says_so_and_passwords_go_on(installation: Installation, people) -> None:
    browser = Browser(site_with(installation, f"http://127.0.0.1:{free_port()}").test_client())
    for _ in range(2):  # the second time without asking
        assert "does not answer at the moment" in refused(browser, browser.get("/en/sign-in/identity"))
    assert browser.sign_in(people()).status_code == 303


@pytest.mark.parametrize(
    "about",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://169.254.169.254/token"},
        {"authorization_endpoint": "https://evil.example/"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": None},
    ],
)
def test_nobody_but_the_issuers_host_is_asked(
    installation: Installation, session: Session, provider: HostileProvider, about: dict
) -> None:
    provider.about = about
    browser = Browser(site_with(installation, provider.issuer).test_client())
    begun = browser.get("/en/sign-in/identity")
    answer = begun if begun.headers["Location"].endswith("/sign-in") else come_back(browser, provider)
    assert "does not answer at the moment" in refused(browser, answer)
    assert accounts(session) == []


@pytest.mark.parametrize("raw", [b"", b"<html>", b"[]", b'"x"', b"{" * 100_000, b'{"a": "' + b"x" * 300_000 + b'"}'])
def test_an_answer_that_makes_no_sense_is_as_if_nobody_answered(
    installation: Installation, provider: HostileProvider, raw: bytes
) -> None:
    provider.raw = raw
    browser = Browser(site_with(installation, provider.issuer).test_client())
    assert "does not answer at the moment" in refused(browser, browser.get("/en/sign-in/identity"))


def test_the_provider_may_change_its_keys(
    site: Flask, session: Session, provider: HostileProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser(site.test_client())
    come_back(browser, provider)
    register(browser)
    before, provider.key = provider.key, type(provider.key).generate_key("P-256", {"kid": "one"})
    other = Browser(site.test_client())
    assert "did not confirm" in refused(other, come_back(other, provider))  # asked for anew once a minute at most
    monkeypatch.setattr(identity_provider, "KEYS_SECONDS", 0.0)
    assert come_back(other, provider).headers["Location"].endswith("/help")
    provider.key = before


def test_a_key_that_the_provider_took_back_signs_nobody_in_for_longer_than_an_hour(
    site: Flask, session: Session, provider: HostileProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser(site.test_client())
    come_back(browser, provider)
    register(browser)
    monkeypatch.setattr(provider, "signs_with", provider.key)
    monkeypatch.setattr(provider, "key", type(provider.key).generate_key("P-256", {"kid": "two"}))
    other = Browser(site.test_client())
    assert come_back(other, provider).headers["Location"].endswith("/help")
    monkeypatch.setattr(identity_provider, "KNOWN_SECONDS", 0.0)
    another = Browser(site.test_client())
    assert "did not confirm" in refused(another, come_back(another, provider))


def test_a_name_with_half_a_letter_is_shown_without_it_and_no_such_address_counts(
    site: Flask, session: Session, provider: HostileProvider
) -> None:
    """Programs that cut texts by units of UTF-16 leave half of an emoji."""
    provider.claims = {"name": "Lan \ud83d\x00"}
    browser = Browser(site.test_client())
    come_back(browser, provider)
    assert 'value="Lan"' in browser.get("/en/sign-in/identity/account").text
    provider.claims = {"email": "lan\ud83d@example.com"}
    other = Browser(site.test_client())
    come_back(other, provider)
    assert "does not vouch" in refused(other, other.get("/en/sign-in/identity/account"))
    provider.claims = {"sub": "\ud83d"}
    another = Browser(site.test_client())
    assert "did not confirm" in refused(another, come_back(another, provider))


def test_user_info_counts_only_for_the_same_subject(site: Flask, session: Session, provider: HostileProvider) -> None:
    provider.claims = {"email": None, "email_verified": None, "name": None}
    provider.user_info = {"sub": "2", "email": "lan@example.com", "email_verified": True}
    browser = Browser(site.test_client())
    assert "did not confirm" in refused(browser, come_back(browser, provider))
    provider.user_info = {"sub": "1", "email": "lan@example.com", "email_verified": True, "nonce": "x"}
    assert come_back(browser, provider).headers["Location"].endswith("/identity/account")
    assert "lan@example.com" in browser.get("/en/sign-in/identity/account").text


@pytest.mark.parametrize(
    ("address", "is_its"),
    [
        ("https://a.example/token", True),
        ("https://A.example/token", True),
        ("https://a.example:8443/token", False),
        ("http://a.example/token", False),
        ("https://a.example@evil.example/", False),
        ("https://user@a.example/", False),
        ("https://b.a.example/", False),
        ("//a.example/", False),
        ("", False),
        ("https://[", False),
    ],
)
def test_an_address_is_the_issuers_by_scheme_host_and_port(address: str, is_its: bool) -> None:
    assert is_of_issuer(address, "https://a.example") is is_its


def test_the_settings_are_checked_with_the_provider(installation: Installation, provider: HostileProvider) -> None:
    def fault(**values: str) -> str:
        return dict(find_config_faults(replace(installation.settings, **values)))["identity"]

    assert fault() == ""
    assert "OER_OIDC_CLIENT_ID is not" in fault(oidc_issuer=provider.issuer)
    assert fault(oidc_issuer=provider.issuer, oidc_client_id="x") == ""
    assert "mend OER_OIDC_ISSUER" in fault(oidc_issuer=f"{provider.issuer}/other", oidc_client_id="x")


def test_without_a_provider_there_is_no_button_and_no_page(browser: Browser) -> None:
    assert "Sign in with the city" not in browser.get("/en/sign-in").text
    assert browser.get("/sign-in/identity").status_code == 404
    assert browser.get(BACK).status_code == 404


def test_attempts_at_the_provider_are_counted(
    site: Flask, provider: HostileProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = replace(identity_provider_limit(), most=2)
    monkeypatch.setattr("oer.accounts.services.throttling.IDENTITY_ASKED", limit)
    browser = Browser(site.test_client())
    assert [come_back(browser, provider).status_code for _ in range(3)] == [303, 303, 429]


def identity_provider_limit():
    from oer.accounts.services.throttling import IDENTITY_ASKED

    return IDENTITY_ASKED


def test_time_outs_are_short(provider: HostileProvider, installation: Installation) -> None:
    made = IdentityProvider(replace(installation.settings, oidc_issuer=provider.issuer))
    timeout = made._http.connection_pool_kw["timeout"]
    assert timedelta(seconds=timeout.connect_timeout + timeout.read_timeout) <= timedelta(seconds=10)
