"""The audit log: who did what to whom, written in the same transaction as the action itself."""

import secrets
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from oer.core.clock import now
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


def forget_account(session: Session, account_id: int) -> int:
    """Give the records by and about an account a number that is nobody's, and return it.

    What was done stays together and in its order, but no id, also of a backup or a log, leads to it any more.
    """
    nobody = -1 - secrets.randbelow(2**31 - 1)
    session.execute(sa.update(AuditRecord).where(AuditRecord.actor_id == account_id).values(actor_id=nobody))
    about = (AuditRecord.subject_type == "account", AuditRecord.subject_id == str(account_id))
    session.execute(sa.update(AuditRecord).where(*about).values(subject_id=str(nobody)))
    return nobody
