"""Passkeys against a device in software: added, asked to sign, and everything that is refused."""

import json
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from oer.accounts.models import Role
from oer.accounts.queries import second_factors_of
from oer.accounts.second_factor_models import PasskeyPurpose
from oer.accounts.services import passkeys
from oer.accounts.services.passkeys import (
    MOST_PASSKEYS,
    add_passkey,
    options_to_add,
    options_to_sign,
    passkey_that_signed,
    relying_party,
)
from oer.accounts.services.second_factors import add_key, remove_key
from oer.core.errors import Conflict, Invalid, NotFound
from tests.accounts.factories import make_account
from tests.accounts.software_authenticator import SoftwareAuthenticator

BROWSER = "the secret of one browser"


@pytest.fixture
def site(settings):
    return relying_party(settings)


@pytest.fixture
def lan(session):
    return make_account(session, Role.REVIEWER)


@pytest.fixture
def add(session, settings, site):
    def add(account, device, **changed):
        options = options_to_add(session, settings, site, account, BROWSER)
        answer = changed.get("answer") or device.make(options)
        bound_to = changed.get("bound_to", BROWSER)
        return add_passkey(session, site, account, name="Điện thoại", answer=answer, bound_to=bound_to)

    return add


@pytest.fixture
def device(add, lan):
    made = SoftwareAuthenticator()
    add(lan, made)
    return made


@pytest.fixture
def signed(session, site, lan):
    """Asks and gives the passkey that signed, or None."""

    def signed(device, account_id=lan.id, *, purpose=PasskeyPurpose.SECOND_STEP, bound_to=BROWSER, **changed):
        options = options_to_sign(session, site, account_id, PasskeyPurpose.SECOND_STEP, BROWSER)
        answer = device.sign(options, **changed)
        return passkey_that_signed(
            session, site, account_id=account_id, answer=answer, purpose=purpose, bound_to=bound_to
        )

    return signed


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("https://hoclieu.example", ("hoclieu.example", "https://hoclieu.example")),
        ("https://Hoclieu.example:443/", ("hoclieu.example", "https://hoclieu.example")),
        ("https://hoclieu.example:8443", ("hoclieu.example", "https://hoclieu.example:8443")),
        ("http://localhost:8000", ("localhost", "http://localhost:8000")),
        ("http://hoclieu.example", None),
        ("http://127.0.0.1:8000", None),
        ("https://[::1]", None),
    ],
)
def test_passkeys_are_for_the_host_of_the_base_address(settings, base_url, expected):
    found = relying_party(replace(settings, base_url=base_url))
    assert (found and (found.id, found.origin)) == expected


def test_a_passkey_that_was_added_signs(session, lan, device, signed):
    [kept] = second_factors_of(session, lan.id).passkeys
    assert (kept.name, kept.transports, kept.used_at) == ("Điện thoại", ["internal"], None)
    assert signed(device).id == kept.id
    assert kept.used_at is not None
    assert kept.sign_count == 1
    assert signed(device) is kept


def test_what_a_device_is_told_names_the_site_and_what_it_has_already(session, settings, site, lan, device):
    told = json.loads(options_to_add(session, settings, site, lan, BROWSER))
    assert told["rp"] == {"id": "localhost", "name": settings.site_name}
    assert told["user"]["name"] == lan.email
    assert len(base64url_to_bytes(told["user"]["id"])) == 32  # a keyed hash: it says nothing of the account
    assert len(told["excludeCredentials"]) == 1
    asked = json.loads(options_to_sign(session, site, lan.id, PasskeyPurpose.SECOND_STEP, BROWSER))
    assert [each["id"] for each in asked["allowCredentials"]] == [each["id"] for each in told["excludeCredentials"]]
    anybody = json.loads(options_to_sign(session, site, None, PasskeyPurpose.SIGN_IN, BROWSER))
    assert anybody["userVerification"] == "required"
    assert not anybody["allowCredentials"]


def test_a_challenge_is_signed_once_in_one_browser_for_one_purpose(session, site, lan, device, signed):
    options = options_to_sign(session, site, lan.id, PasskeyPurpose.SECOND_STEP, BROWSER)
    device.count += 10
    answer = device.sign(options)
    ask = {"account_id": lan.id, "answer": answer, "purpose": PasskeyPurpose.SECOND_STEP, "bound_to": BROWSER}
    assert passkey_that_signed(session, site, **{**ask, "bound_to": "another browser"}) is None
    assert passkey_that_signed(session, site, **{**ask, "purpose": PasskeyPurpose.CONFIRM}) is None
    [kept] = second_factors_of(session, lan.id).passkeys
    assert passkey_that_signed(session, site, **ask) is kept
    kept.sign_count = 0  # so that it is not the counter that refuses
    assert passkey_that_signed(session, site, **ask) is None


def test_a_challenge_that_was_never_sent_or_is_too_old_is_refused(lan, device, signed, monkeypatch, session, site):
    assert signed(device, challenge="bmV2ZXIgc2VudA") is None
    options = options_to_sign(session, site, lan.id, PasskeyPurpose.SECOND_STEP, BROWSER)
    answer = device.sign(options)
    moment = passkeys.now() + passkeys.CHALLENGE_LIFETIME
    monkeypatch.setattr(passkeys, "now", lambda: moment)
    ask = {"account_id": lan.id, "purpose": PasskeyPurpose.SECOND_STEP, "bound_to": BROWSER}
    assert passkey_that_signed(session, site, answer=answer, **ask) is None


def test_another_origin_another_site_another_key_and_a_lower_counter_are_refused(device, signed):
    for wrong in (
        replace(device, origin="http://evil.example"),
        replace(device, rp_id="evil.example"),
        SoftwareAuthenticator(credential_id=device.credential_id),
        SoftwareAuthenticator(),
    ):
        assert signed(wrong) is None
    device.count = 7
    assert signed(device)
    assert signed(replace(device, count=3)) is None  # a copy of the key


def test_somebody_elses_passkey_is_refused(session, add, device, signed):
    other = make_account(session)
    assert signed(device, account_id=other.id) is None


def test_without_an_account_the_device_must_have_verified_its_holder(lan, device, signed):
    assert signed(replace(device, verifies=False), account_id=None) is None
    device.count = 5
    assert signed(device, account_id=None).account_id == lan.id


def test_a_device_without_verification_is_good_as_second_step(lan, add, signed):
    simple = SoftwareAuthenticator(verifies=False)
    add(lan, simple)
    assert signed(simple)


def test_what_is_added_must_answer_this_browsers_challenge(session, lan, add):
    for wrong in (SoftwareAuthenticator(origin="http://evil.example"), SoftwareAuthenticator(rp_id="evil.example")):
        with pytest.raises(Invalid):
            add(lan, wrong)
    with pytest.raises(Invalid):
        add(lan, SoftwareAuthenticator(), bound_to="another browser")
    assert not second_factors_of(session, lan.id).passkeys


def test_one_key_is_added_once_and_ten_are_enough(session, lan, add, device):
    with pytest.raises(Conflict):
        add(make_account(session), device)
    for _ in range(MOST_PASSKEYS - 1):
        add(lan, SoftwareAuthenticator())
    with pytest.raises(Conflict):
        add(lan, SoftwareAuthenticator())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary().map(bytes_to_base64url),
    lambda each: st.lists(each, max_size=3),
)
PARTS = ("id", "rawId", "type", "clientDataJSON", "attestationObject", "authenticatorData", "signature", "transports")
CHANGES = st.dictionaries(st.sampled_from(PARTS), JSON, min_size=1, max_size=3)
BENT = st.tuples(st.sampled_from(PARTS), st.integers(0, 150), st.integers(1, 255))


@example(changes={"id": "\0"}, bent=("id", 0, 1), whole=None)
@example(changes={"id": "\ud800"}, bent=("id", 0, 1), whole=None)
@example(changes={}, bent=("id", 0, 1), whole="[" * 10_000)
@given(changes=CHANGES, bent=BENT, whole=st.none() | st.text() | JSON.map(json.dumps))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_whatever_a_browser_sends_is_refused_and_breaks_nothing(session, settings, site, lan, changes, bent, whole):
    def changed(answer):
        sent = json.loads(answer)
        for name, value in changes.items():
            (sent if name in sent else sent["response"])[name] = value
        name, place, bits = bent
        parts = sent if name in sent else sent["response"]
        if name not in changes and name in parts and name not in ("type", "transports"):
            data = bytearray(base64url_to_bytes(parts[name]))
            data[place % len(data)] ^= bits
            parts[name] = bytes_to_base64url(bytes(data))
        return whole if whole is not None else json.dumps(sent)

    device = SoftwareAuthenticator()
    answer = changed(device.make(options_to_add(session, settings, site, lan, BROWSER)))
    with suppress(Invalid):  # it may be good: where a device is reached is of no importance
        session.delete(add_passkey(session, site, lan, name="x", answer=answer, bound_to=BROWSER))
        session.flush()
    options = options_to_add(session, settings, site, lan, BROWSER)
    kept = add_passkey(session, site, lan, name="x", answer=device.make(options), bound_to=BROWSER)
    ask = {"account_id": lan.id, "purpose": PasskeyPurpose.SECOND_STEP, "bound_to": BROWSER}
    asked = options_to_sign(session, site, lan.id, ask["purpose"], BROWSER)
    assert passkey_that_signed(session, site, answer=changed(device.sign(asked)), **ask) in (None, kept)
    session.delete(kept)
    session.flush()


def test_adding_and_removing_is_audited_and_told(session, settings, site, lan, audited, mails):
    device = SoftwareAuthenticator()
    options = options_to_add(session, settings, site, lan, BROWSER)
    add_key(session, site, lan, name="Khóa USB", answer=device.make(options), bound_to=BROWSER)
    [kept] = second_factors_of(session, lan.id).passkeys
    with pytest.raises(NotFound):
        remove_key(session, settings, make_account(session), kept.id)
    with pytest.raises(Conflict):
        remove_key(session, replace(settings, staff_second_factor="required"), lan, kept.id)
    remove_key(session, settings, lan, kept.id)
    assert not second_factors_of(session, lan.id).passkeys
    assert audited() == ["second_factor.passkey_added", "second_factor.passkey_removed"]
    assert [(values["change"], values["name"]) for _, _, values in mails()] == [
        ("passkey_added", "Khóa USB"),
        ("passkey_removed", "Khóa USB"),
    ]
