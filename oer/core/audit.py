"""The audit log: who did what to whom, written in the same transaction as the action itself."""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from oer.core.clock import CITY_TIME_ZONE, now
from oer.core.db import Base


class AuditRecord(Base):
    """One action. `actor_id` is not a foreign key, because the record outlives the account."""

    __tablename__ = "audit_record"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    actor_id: Mapped[int | None] = mapped_column(index=True)
    action: Mapped[str] = mapped_column(index=True)
    subject_type: Mapped[str]
    subject_id: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


def record(
    session: Session, actor_id: int | None, action: str, subject_type: str, subject_id: Any, **details: Any
) -> None:
    """Add an audit record; `actor_id` None is the system itself. Details must be JSON values."""
    session.add(
        AuditRecord(
            actor_id=actor_id, action=action, subject_type=subject_type, subject_id=str(subject_id), details=details
        )
    )


@dataclass(frozen=True)
class AuditFilters:
    """Which records are asked for; what is empty does not matter. Days are the city's, both included."""

    action: str = ""
    """An action, or its beginning: `round` are all of rounds."""
    subject_type: str = ""
    subject_id: str = ""
    actor_id: int | None = None
    since: date | None = None
    until: date | None = None


def audit_records(asked: AuditFilters) -> sa.Select[Any]:
    """Return the query of the records that fit, the latest first."""
    row = AuditRecord
    query = sa.select(row).order_by(row.id.desc())
    if asked.action:
        query = query.where(row.action.startswith(asked.action, autoescape=True))
    if asked.subject_type:
        query = query.where(row.subject_type == asked.subject_type)
    if asked.subject_id:
        query = query.where(row.subject_id == asked.subject_id)
    if asked.actor_id is not None:
        query = query.where(row.actor_id == asked.actor_id)
    if asked.since is not None:
        query = query.where(row.at >= _midnight(asked.since))
    if asked.until is not None:
        query = query.where(row.at < _midnight(asked.until + timedelta(days=1)))
    return query


def audit_words(session: Session) -> tuple[list[str], list[str]]:
    """Return every action and every kind of subject that there are records of."""
    row = AuditRecord
    actions = session.scalars(sa.select(row.action).distinct().order_by(row.action))
    subjects = session.scalars(sa.select(row.subject_type).distinct().order_by(row.subject_type))
    return list(actions), list(subjects)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), CITY_TIME_ZONE)


def forget_account(session: Session, account_id: int) -> int:
    """Give the records by and about an account a number that is nobody's, and return it.

    What was done stays together and in its order, but no id, also of a backup or a log, leads to it any more.
    """
    nobody = -1 - secrets.randbelow(2**31 - 1)
    session.execute(sa.update(AuditRecord).where(AuditRecord.actor_id == account_id).values(actor_id=nobody))
    about = (AuditRecord.subject_type == "account", AuditRecord.subject_id == str(account_id))
    session.execute(sa.update(AuditRecord).where(*about).values(subject_id=str(nobody)))
    return nobody
