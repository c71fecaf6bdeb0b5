"""The audit log: who did what to whom, written in the same transaction as the action itself."""

from datetime import datetime
from typing import Any

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
