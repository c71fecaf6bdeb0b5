"""What is wrong becomes an alarm: shown to administrators, mailed once, and over when it is mended."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Role
from oer.core.clock import now
from oer.core.installation import Installation
from oer.core.mail import OutgoingMail, render_mail
from oer.files.models import Blob, Condition
from oer.files.services.fixity import record_condition
from oer.jobs.pulse import Pulse
from oer.monitoring.jobs import look_around
from oer.monitoring.models import Alarm
from oer.monitoring.services.alarms import tell_administrators
from tests.accounts.factories import make_account
from tests.reading.factories import publish_files


@pytest.fixture
def look(installation: Installation, session: Session) -> Callable[[], list[OutgoingMail]]:
    """Goes the round, and returns the mails about files since the last one."""

    def go() -> list[OutgoingMail]:
        session.commit()
        look_around(installation)
        mails = [each for each in session.scalars(sa.select(OutgoingMail)) if each.template == "alarms"]
        session.execute(sa.delete(OutgoingMail))
        session.commit()
        return mails

    return go


@pytest.fixture
def lost(installation: Installation, session: Session) -> str:
    """A published file that is gone from the store: its hash."""
    publish_files(session, installation, ("bài.txt", b"Ngat cau dao"))
    sha256 = session.scalars(sa.select(Blob.sha256)).one()
    session.commit()
    installation.storage.delete(sha256)
    return sha256


def blob_alarms(session: Session) -> dict[str, bool]:
    """The alarms of files: whether each is open."""
    session.rollback()
    query = sa.select(Alarm.key, Alarm.over_at).where(Alarm.key.startswith("blob:"))
    return {key.removeprefix("blob:"): over is None for key, over in session.execute(query)}


def test_a_file_that_a_reader_finds_missing_becomes_an_alarm_and_one_mail(
    client, session: Session, installation: Installation, lost: str, look, run_jobs: Callable[[], int]
) -> None:
    account = make_account(session, Role.ADMIN, language="en")
    look()
    assert blob_alarms(session) == {}
    public_id = session.scalars(sa.text("SELECT public_id FROM material")).one()
    session.commit()
    run_jobs()
    for _ in range(3):
        answer = client.get(f"/materials/{public_id}/files/1/download")
        assert answer.status_code == 500
        assert "hỏng" in answer.text
    assert run_jobs() == 1
    (mail,) = look()
    assert blob_alarms(session) == {lost: True}
    assert mail.recipient == account.email
    body = render_mail(installation.settings, mail.template, "en", mail.values).body
    assert f"The file bài.txt ({lost[:12]}) is missing from the store." in body
    assert f"/materials/{public_id}" in body
    assert look() == []
    assert client.get("/readyz").json["troubles"]["integrity"] == ["Files that are damaged or missing: 1."]


def test_an_alarm_is_told_again_after_a_day_and_then_more_rarely(session: Session, lost: str, look) -> None:
    make_account(session, Role.ADMIN)
    record_condition(session, lost, Condition.MISSING)
    look()
    moment = now()
    told_after = []
    for hours in range(0, 24 * 20, 6):
        if tell_administrators(session, moment + timedelta(hours=hours)):
            told_after.append(hours)
    assert told_after == [24, 72, 168, 360]


def test_an_alarm_is_over_once_the_file_is_whole_and_not_news_when_it_comes_back(
    session: Session, lost: str, look
) -> None:
    make_account(session, Role.ADMIN)
    record_condition(session, lost, Condition.MISSING)
    assert len(look()) == 1
    record_condition(session, lost, Condition.WHOLE)
    assert look() == []
    assert blob_alarms(session) == {lost: False}
    record_condition(session, lost, Condition.DAMAGED)
    assert look() == []
    assert blob_alarms(session) == {lost: True}


def test_only_administrators_see_operations_and_they_see_what_is_wrong(
    session: Session, lost: str, as_account, client, look
) -> None:
    record_condition(session, lost, Condition.MISSING)
    look()
    admin = as_account(make_account(session, Role.ADMIN))
    page = admin.client.get("/admin/operations")
    assert page.status_code == 200
    assert f"bài.txt ({lost[:12]}) không còn trong kho" in page.text
    assert "OER_SMTP_URL" in page.text
    assert "Số tệp trong kho: 1, 12 B." in page.text
    assert "catalogue.index" not in page.text
    assert as_account(make_account(session, Role.REVIEWER)).client.get("/admin/operations").status_code == 403
    assert client.get("/admin/operations").status_code == 302


def test_operations_do_not_say_that_all_is_well_above_a_part_that_should_be_looked_at(
    session: Session, installation: Installation, as_account
) -> None:
    Pulse(installation).beat()
    page = as_account(make_account(session, Role.ADMIN)).get("/en/admin/operations").text
    marked = page.count("To look at")
    assert marked > 0
    assert f"Nothing is wrong; {marked} parts should be looked at." in page
    assert "All parts are well." not in page
