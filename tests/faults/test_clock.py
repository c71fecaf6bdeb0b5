"""A clock set forward or back by a year: nobody waits a year, nothing is lost, and nothing comes to life again.

The clock of this process is set, as its libraries ask it too (misuse 65).
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from oer.accounts.models import Role, TokenPurpose
from oer.accounts.queries import find_sign_in, usable_token
from oer.accounts.services.registration import issue_token
from oer.accounts.services.sign_ins import start_sign_in
from oer.config import Settings
from oer.core.backup_runs import BackupRun
from oer.core.clock import now
from oer.core.errors import Invalid
from oer.core.installation import Installation
from oer.core.mail import OutgoingMail
from oer.core.watching import Level, glance
from oer.files.jobs import LEASE, check_fixity, collect, extract_due
from oer.files.models import Blob, Rendition, RenditionState
from oer.files.queries import FIXITY_INTERVAL, due_for_fixity
from oer.files.services.renditions import claim
from oer.jobs.mail import send_due, send_later
from oer.jobs.pulse import Pulse
from oer.jobs.queries import last_success, worker_state
from oer.monitoring.jobs import look_around
from oer.monitoring.models import Alarm
from oer.operations.backup import backup_is_due
from oer.operations.doctor import find_integrity_issues
from oer.usage.jobs import do_nightly_work
from tests.accounts.factories import make_account
from tests.files.factories import keep_file

YEAR = timedelta(days=365)
SetClock = Callable[[timedelta], None]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Sets the clock of this process so far from the right time."""
    real, real_ns = time.time, time.time_ns

    def to(ahead: timedelta) -> None:
        seconds = ahead.total_seconds()
        monkeypatch.setattr(time, "time", lambda: real() + seconds)
        monkeypatch.setattr(time, "time_ns", lambda: real_ns() + int(seconds) * 1_000_000_000)

    return to


@pytest.fixture
def ahead(set_clock: SetClock) -> None:
    """The clock is a year ahead when the test begins."""
    set_clock(YEAR)


def test_a_file_whose_reader_died_is_read_although_its_lease_ends_in_a_year(
    session: Session, installation: Installation, ahead: None, set_clock: SetClock
) -> None:
    blob = keep_file(session, installation.storage)
    assert claim(session, blob.sha256, LEASE)
    session.commit()
    set_clock(timedelta(0))
    extract_due(installation)
    assert session.scalar(sa.select(Rendition.state)) is RenditionState.OK
    assert find_integrity_issues(installation) == []


def test_a_mail_of_a_wrong_year_is_sent_today(
    session: Session, installation: Installation, ahead: None, set_clock: SetClock
) -> None:
    send_later(session, to="ban-doc@example.org", template="test", language="vi", values={"name": "A"})
    session.commit()
    set_clock(timedelta(0))
    send_due(installation)
    assert session.scalar(sa.select(sa.func.count()).select_from(OutgoingMail)) == 0


def test_a_backup_of_a_wrong_year_puts_off_no_other(
    session: Session, settings: Settings, ahead: None, set_clock: SetClock
) -> None:
    settings = replace(settings, backup_folder="/backups")
    for wrong in (YEAR, timedelta(0)):
        set_clock(wrong)
        assert backup_is_due(session, settings, now())
        session.add(BackupRun(started_at=now(), finished_at=now()))
        session.flush()
        assert not backup_is_due(session, settings, now())


def test_a_file_that_was_checked_in_a_wrong_year_is_checked_again(
    session: Session, installation: Installation, set_clock: SetClock
) -> None:
    keep_file(session, installation.storage)
    session.commit()
    set_clock(YEAR)
    check_fixity(installation)
    set_clock(timedelta(0))
    assert len(due_for_fixity(session, now(), FIXITY_INTERVAL, 10)) == 1
    session.rollback()
    check_fixity(installation)
    assert due_for_fixity(session, now(), FIXITY_INTERVAL, 10) == []


def test_a_worker_that_died_in_a_wrong_year_is_not_alive_and_its_jobs_were_not_done(
    session: Session, installation: Installation, ahead: None, set_clock: SetClock
) -> None:
    dead = Pulse(installation)
    with dead.running("catalogue.index"):
        pass
    dead.beat()
    assert len(worker_state(session, now(), 60).alive) == 1
    session.rollback()
    set_clock(timedelta(0))
    assert worker_state(session, now(), 60).alive == []
    assert last_success(session, "catalogue.index") is None
    session.rollback()
    Pulse(installation).beat()
    state = worker_state(session, now(), 60)
    assert state.last is not None
    assert state.last in state.alive


def test_an_alarm_that_was_told_in_a_wrong_year_is_told_again(
    session: Session, installation: Installation, ahead: None, set_clock: SetClock
) -> None:
    make_account(session, Role.ADMIN)
    session.commit()
    look_around(installation)
    told = sa.select(sa.func.count()).select_from(Alarm).where(Alarm.told_at > now() - YEAR / 2)
    assert session.scalar(told), "no worker lives: that is an alarm"
    session.rollback()
    set_clock(timedelta(0))
    look_around(installation)
    assert session.scalar(sa.select(sa.func.max(Alarm.told_at))) <= now()


def test_what_nothing_points_to_is_not_thrown_away_because_the_clock_was_set(
    session: Session, installation: Installation, set_clock: SetClock
) -> None:
    """It is removed after 24 hours and never sooner, and hours are those that pass, not those that a clock jumps."""
    keep_file(session, installation.storage)
    session.commit()
    do_nightly_work(installation)
    collect(installation)
    set_clock(YEAR)
    collect(installation)
    assert session.scalar(sa.select(sa.func.count()).select_from(Blob)) == 1
    assert find_integrity_issues(installation) == []
    session.rollback()
    for hours in range(22):
        set_clock(YEAR + timedelta(hours=hours))
        do_nightly_work(installation)
    collect(installation)
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(Blob)) == 0


def test_a_link_that_expired_is_not_valid_again_after_the_clock_was_set_back(
    session: Session, set_clock: SetClock
) -> None:
    account = make_account(session)
    token = issue_token(session, account, TokenPurpose.RESET, email=account.email)
    assert usable_token(session, token, TokenPurpose.RESET)
    for wrong in (YEAR, -YEAR):
        set_clock(wrong)
        with pytest.raises(Invalid):
            usable_token(session, token, TokenPurpose.RESET)


def test_a_sign_in_lasts_its_days_and_not_a_year_longer(session: Session, set_clock: SetClock) -> None:
    token = start_sign_in(session, make_account(session), user_agent="", days=30)
    for wrong, valid in ((YEAR, False), (-YEAR, False), (timedelta(0), True)):
        set_clock(wrong)
        assert (find_sign_in(session, token) is not None) is valid


@pytest.mark.parametrize("wrong", [YEAR, -YEAR], ids=["forward", "back"])
def test_pages_and_forms_work_in_a_wrong_year_and_after_it(
    app: Flask, installation: Installation, session: Session, set_clock: SetClock, wrong: timedelta
) -> None:
    make_account(session, email="a@example.com", password="con meo treo cay cau")
    session.commit()
    for ahead in (timedelta(0), wrong, timedelta(0)):
        set_clock(ahead)
        client = app.test_client()
        page = client.get("/sign-in").text
        token = page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]
        form = {"email": "a@example.com", "password": "con meo treo cay cau", "csrf_token": token}
        assert client.post("/sign-in", data=form).status_code == 303
        assert client.get("/account").status_code == 200
        session.rollback()
    assert not [each for each in glance(installation).parts["usage"] if each.level is Level.TROUBLE]
    assert find_integrity_issues(installation) == []
