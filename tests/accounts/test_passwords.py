"""Which passwords are taken, and how they are kept."""

import threading
import unicodedata

import pytest

from oer.accounts.services import passwords
from oer.accounts.services.passwords import check_password, hash_is_outdated, hash_password, verify_password
from oer.core.errors import Invalid, Unavailable
from tests.accounts.factories import PASSWORD, password_hash


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "password_short"),
        ("ngan qua", "password_short"),
        ("x" * 5000, "password_long"),
        ("x" * 1_000_000, "password_long"),
        ("mot hai\0ba bon nam sau", "password_not_text"),
        ("mot hai \ud800 ba bon nam sau", "password_not_text"),
        ("matkhau123456", "password_common"),
        ("thanhphohochiminh", "password_common"),
    ],
)
def test_a_password_is_refused_with_the_reason(password, code):
    with pytest.raises(Invalid) as refused:
        check_password(password)
    assert refused.value.code == code
    assert refused.value.status == 400
    assert str(refused.value)


@pytest.mark.parametrize("password", [PASSWORD, "một hai ba con ngựa vằn " * 170, "🐘🦒🦓🦛🐆🐊🦩🦚🐢🦔"])
def test_long_and_unusual_passwords_are_welcome(password):
    check_password(password)
    assert verify_password(hash_password(password), password)


def test_past_72_characters_every_character_counts():
    long = "sông Sài Gòn chảy qua " * 6
    assert not verify_password(hash_password(long + "a"), long + "b")


def test_composed_and_decomposed_letters_are_the_same_password():
    typed = "mèo trèo cây cau hỏi thăm"
    kept = hash_password(unicodedata.normalize("NFD", typed))
    assert verify_password(kept, unicodedata.normalize("NFC", typed))


def test_a_hash_is_argon2id_and_holds_nothing_of_the_password():
    kept = hash_password(PASSWORD)
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PASSWORD not in kept
    assert kept != hash_password(PASSWORD)
    assert not hash_is_outdated(kept)
    assert hash_is_outdated(kept.replace("t=2", "t=1"))


def test_where_there_is_no_password_a_dummy_is_hashed_all_the_same(monkeypatch):
    verified = []
    real = passwords._hasher.verify
    monkeypatch.setattr(
        type(passwords._hasher), "verify", lambda self, kept, given: verified.append(kept) or real(kept, given)
    )
    assert not verify_password(None, PASSWORD)
    assert len(verified) == 1
    assert verified[0].startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_damaged_hash_lets_nobody_in():
    assert not verify_password("no hash at all", PASSWORD)
    assert not verify_password(password_hash(), "x" * 1_000_000)


def test_only_two_are_hashed_at_the_same_time_and_whoever_waits_too_long_is_told(monkeypatch):
    monkeypatch.setattr(passwords, "PATIENCE_SECONDS", 0.01)
    with passwords._Slot(), passwords._Slot(), pytest.raises(Unavailable):
        hash_password(PASSWORD)
    assert hash_password(PASSWORD)


def test_many_at_once_are_all_served():
    done = []
    threads = [
        threading.Thread(target=lambda: done.append(verify_password(password_hash(), PASSWORD))) for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [True] * 12
