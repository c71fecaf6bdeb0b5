"""How much is wrong, in two short statements: for the line that administrators see on every page."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.clock import now
from oer.jobs.queries import worker_state
from oer.monitoring.models import Alarm


def count_troubles(session: Session, silence_seconds: float) -> int:
    """Return how much is wrong: open alarms, and a worker that is dead, for it is the worker that notes alarms."""
    alarms = session.scalar(sa.select(sa.func.count()).where(Alarm.over_at.is_(None), Alarm.key != "worker")) or 0
    return alarms + (not worker_state(session, now(), silence_seconds).alive)
