"""Guessing is slowed down without shutting the owner out."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from oer.accounts.models import ThrottleCount
from oer.accounts.services import throttling
from oer.accounts.services.throttling import (
    count_mail_request,
    count_password_prompt,
    count_sign_in_attempt,
    count_wrong_password,
    uncount_sign_in_attempt,
)
from oer.core.errors import TooMany

SECRET = "key of this test"
NOON = datetime(2026, 12, 1, 5, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _one_window(monkeypatch):
    """The clock stands still, so that no window ends in the middle of a test."""
    monkeypatch.setattr(throttling, "now", lambda: NOON)


def tries(session, number, email="lan@example.com", address="203.0.113.7"):
    """Try with a wrong password; return after how many tries it was refused."""
    for done in range(number):
        try:
            count_sign_in_attempt(session, SECRET, email, address)
        except TooMany as refused:
            assert 0 < refused.retry_after <= 15 * 60 + 1
            return done
        count_wrong_password(session, SECRET, address)
    return number


def test_one_address_has_ten_tries_at_one_account(session):
    assert tries(session, 20) == 10


def test_one_address_has_twenty_tries_at_all_accounts(session):
    done = sum(tries(session, 1, email=f"person{number}@example.com") for number in range(30))
    assert done == 20


def test_an_account_guessed_at_from_everywhere_stays_open_to_its_owner(session):
    assert sum(tries(session, 1, address=f"198.51.100.{number}") for number in range(40)) == 40
    assert tries(session, 10, address="192.0.2.1") == throttling.TRIES_UNDER_ATTACK


def test_a_right_password_gives_its_try_back(session):
    for _ in range(30):
        count_sign_in_attempt(session, SECRET, "lan@example.com", "203.0.113.7")
        uncount_sign_in_attempt(session, SECRET, "lan@example.com", "203.0.113.7")
    assert tries(session, 20) == 10


def test_a_whole_school_signs_in_from_one_address_at_the_same_moment(session):
    pupils = [f"pupil{number}@example.com" for number in range(200)]
    for pupil in pupils:
        count_sign_in_attempt(session, SECRET, pupil, "203.0.113.7")
    for pupil in pupils:
        uncount_sign_in_attempt(session, SECRET, pupil, "203.0.113.7")


def test_a_burst_of_guesses_gains_nothing_by_a_right_one_behind_too_many_wrong_ones(session):
    guessed = [f"person{number}@example.com" for number in range(200)]
    for email in guessed:  # all of them come in before the first is answered
        count_sign_in_attempt(session, SECRET, email, "203.0.113.7")
    for _ in range(20):
        count_wrong_password(session, SECRET, "203.0.113.7")
    with pytest.raises(TooMany):
        uncount_sign_in_attempt(session, SECRET, guessed[-1], "203.0.113.7")


def test_another_spelling_of_the_address_is_the_same_account(session):
    assert tries(session, 6, email="LAN@example.com") == 6
    assert tries(session, 6, email=" lan@EXAMPLE.com ") == 4


def test_a_household_has_one_ipv6_network(session):
    assert sum(tries(session, 1, address=f"2001:db8::{number:x}") for number in range(20)) == 10
    assert tries(session, 1, address="2001:db8:0:1::1") == 1


def test_the_same_ipv4_address_written_as_ipv6_is_the_same(session):
    assert tries(session, 10) == 10
    assert tries(session, 1, address="::ffff:203.0.113.7") == 0


def test_the_window_ends(session, monkeypatch):
    assert tries(session, 20) == 10
    monkeypatch.setattr(throttling, "now", lambda: NOON + timedelta(minutes=15))
    assert tries(session, 1) == 1


def test_no_address_is_kept(session):
    tries(session, 2)
    kept = {row.key for row in session.scalars(sa.select(ThrottleCount))}
    assert len(kept) == 3
    assert all(len(key) == 64 and key[:3] != "203" and "lan" not in key for key in kept)


def test_counts_are_gone_a_day_after_their_window(session):
    tries(session, 1)
    session.execute(sa.update(ThrottleCount).values(ends_at=NOON - timedelta(hours=25)))
    tries(session, 1)
    throttling.delete_old_counts(session)
    assert session.scalar(sa.select(sa.func.count()).select_from(ThrottleCount)) == 3


def test_mails_to_one_address_and_from_one_address_are_counted(session):
    for _ in range(5):
        count_mail_request(session, SECRET, "lan@example.com", "203.0.113.7")
    with pytest.raises(TooMany):
        count_mail_request(session, SECRET, "lan@example.com", "203.0.113.8")
    session.rollback()
    for number in range(60):
        count_mail_request(session, SECRET, f"p{number}@example.com", "203.0.113.7")
    with pytest.raises(TooMany):
        count_mail_request(session, SECRET, "other@example.com", "203.0.113.7")


def test_asking_for_the_password_once_more_is_counted(session):
    for _ in range(10):
        count_password_prompt(session, SECRET, 1)
    count_password_prompt(session, SECRET, 2)
    with pytest.raises(TooMany):
        count_password_prompt(session, SECRET, 1)
