"""Wake-ups wait for the commit: a worker must never look for a row that is not there yet."""

import logging
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

log = logging.getLogger(__name__)
_WAITING = "wakes_waiting"


def wake(session: Session, name: str, identifier: Any = "") -> None:
    """Ask for the job `name` to be run for `identifier` once this session's transaction is committed.

    Wake-ups of one transaction are sent in order and each once. One may be lost: the job's own sweep finds its row.
    """
    waiting: dict[tuple[str, str], None] = session.info.setdefault(_WAITING, {})
    waiting[name, str(identifier)] = None


@event.listens_for(Session, "after_commit")
def _send(session: Session) -> None:
    # Releasing a savepoint fires this event too; the outer transaction may still be rolled back.
    if session.in_nested_transaction():
        return
    queue = session.info.get("wakes_go_to")
    for name, identifier in session.info.pop(_WAITING, {}):
        if queue is None:
            continue
        try:
            queue.send(name, identifier)
        except Exception:  # what was committed stays committed; the sweep will find it
            log.warning("wake-up %s %s was not sent", name, identifier, exc_info=True)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, previous: SessionTransaction) -> None:
    if not previous.nested:
        session.info.pop(_WAITING, None)
