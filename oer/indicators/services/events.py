"""The calendar of learning events, whose reach LC-18 measures."""

from datetime import date

from sqlalchemy.orm import Session

from oer.core.audit import record
from oer.core.errors import Invalid, NotFound
from oer.core.i18n import N_
from oer.core.vietnamese import fold
from oer.indicators.models import LearningEvent

WRONG_ORDER = N_("The last day cannot lie before the first.")
TOO_LONG = N_("An event lasts 92 days at most.")
NOT_THERE = N_("There is no such event.")
MOST_DAYS = 92


def add_event(
    session: Session, actor_id: int | None, *, name: dict[str, str], starts_on: date, ends_on: date
) -> LearningEvent:
    """Put an event into the calendar; one of the same name that begins on the same day is replaced. Raises Invalid."""
    if ends_on < starts_on:
        raise Invalid(WRONG_ORDER, field="ends_on")
    if (ends_on - starts_on).days >= MOST_DAYS:
        raise Invalid(TOO_LONG, field="ends_on")
    words = "-".join(fold(name["vi"]).split())
    code = f"{starts_on.isoformat()}-{''.join(letter for letter in words if letter.isalnum() or letter == '-')}"[:60]
    made = session.merge(LearningEvent(code=code, name=name, starts_on=starts_on, ends_on=ends_on))
    session.flush()
    record(session, actor_id, "event.added", "learning_event", code, starts_on=str(starts_on), ends_on=str(ends_on))
    return made


def remove_event(session: Session, actor_id: int | None, code: str) -> None:
    """Take an event out of the calendar. Raises NotFound."""
    found = session.get(LearningEvent, code)
    if found is None:
        raise NotFound(NOT_THERE)
    session.delete(found)
    session.flush()
    record(session, actor_id, "event.removed", "learning_event", code)
