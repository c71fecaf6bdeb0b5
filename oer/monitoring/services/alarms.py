"""Alarms: noted as long as the trouble lasts, told to administrators once and then ever more rarely."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Role
from oer.accounts.queries import accounts_with_role
from oer.core.clock import LEEWAY
from oer.core.watching import Glance
from oer.jobs.mail import send_later
from oer.monitoring.models import Alarm

FIRST_PAUSE = timedelta(days=1)
LONGEST_PAUSE = timedelta(days=8)
# What comes back within a day was never mended: it is not told as news.
FORGIVEN = timedelta(days=1)
KEPT = timedelta(days=30)


def note_alarms(session: Session, seen: Glance) -> None:
    """Open an alarm for each trouble of a glance, and close those that are over."""
    known = {alarm.key: alarm for alarm in session.scalars(sa.select(Alarm))}
    troubles = {each.key: (part, each) for part, each in seen.troubles if each.key}
    for key, (part, each) in troubles.items():
        alarm = known.get(key)
        if alarm is None:
            alarm = Alarm(key=key, since=each.since or seen.at)
            session.add(alarm)
        elif alarm.over_at is not None:
            if alarm.over_at < seen.at - FORGIVEN:
                alarm.told, alarm.told_at = 0, None
            alarm.since, alarm.over_at = each.since or seen.at, None
        alarm.part, alarm.message, alarm.values = part, each.message, dict(each.values)
        alarm.path, alarm.seen_at = each.path, seen.at
    for key, alarm in known.items():
        if key not in troubles and alarm.over_at is None:
            alarm.over_at = seen.at
    session.flush()
    session.execute(sa.delete(Alarm).where(Alarm.over_at < seen.at - KEPT))


def tell_administrators(session: Session, moment: datetime) -> int:
    """Mail the alarms that are due to all administrators, in one mail to each; return how many alarms these are."""
    opened = session.scalars(sa.select(Alarm).where(Alarm.over_at.is_(None)).order_by(Alarm.part, Alarm.key)).all()
    due = [alarm for alarm in opened if _is_due(alarm, moment)]
    if not due:
        return 0
    listed = [_listed(alarm) for alarm in due]
    for account in accounts_with_role(session, Role.ADMIN):
        values = {"name": account.name, "alarms": listed}
        send_later(session, to=account.email, template="alarms", language=account.language, values=values)
    for alarm in due:
        alarm.told, alarm.told_at = alarm.told + 1, moment
    session.flush()
    return len(due)


def _is_due(alarm: Alarm, moment: datetime) -> bool:
    if alarm.told_at is None:
        return True
    pause: timedelta = min(FIRST_PAUSE * 2 ** min(alarm.told - 1, 10), LONGEST_PAUSE)
    return not alarm.told_at - LEEWAY <= moment < alarm.told_at + pause  # or it was told by a clock that was ahead


def _listed(alarm: Alarm) -> dict[str, Any]:
    return {"message": alarm.message, "values": alarm.values, "path": alarm.path}
