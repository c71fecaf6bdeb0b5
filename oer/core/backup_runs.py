"""Backups that were tried: when, how large, what went wrong. Pages and alarms tell from them how old the last is."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from oer.core.clock import latest, now
from oer.core.db import Base


class BackupRun(Base):
    """One attempt. Without `finished_at` it is running, or its process died; with `error` there is no such backup."""

    __tablename__ = "backup_run"

    id: Mapped[int] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(default=now, index=True)
    finished_at: Mapped[datetime | None]
    name: Mapped[str] = mapped_column(sa.String(100), default="")
    files: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    damaged: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(sa.String(500), default="")


def last_backup(session: Session) -> BackupRun | None:
    """Return the last backup that was finished; None if there is none."""
    finished = _until_now().where(BackupRun.finished_at.is_not(None), BackupRun.error == "")
    return session.scalars(finished.order_by(BackupRun.started_at.desc()).limit(1)).first()


def last_attempt(session: Session) -> BackupRun | None:
    """Return the last attempt, however it went; None if there was none."""
    return session.scalars(_until_now().order_by(BackupRun.started_at.desc()).limit(1)).first()


def _until_now() -> sa.Select[BackupRun]:
    # One that a clock dated which was ahead would put off all others until then.
    return sa.select(BackupRun).where(BackupRun.started_at <= latest())
