"""Events as they came from the spool, and how far it has been read."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from oer.core.clock import now
from oer.core.db import Base

# SQLite numbers rows by itself only where the key is its own INTEGER.
_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


class UserAgent(Base):
    """The text of a user agent (cut at 512 characters) and whether it is a robot by the lists of `list_version`.

    No person's key is kept beside it, so that it can stay for as long as events do and be judged again.
    """

    __tablename__ = "user_agent"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    text: Mapped[str] = mapped_column(String(512))
    is_robot: Mapped[bool]
    list_version: Mapped[str] = mapped_column(String(60))


class UsageEvent(Base):
    """One event, kept for 13 months under keys that lead to nobody: `visitor` ends with its day.

    `person` is a pseudonym, and there only with that person's consent. `words` of a search go after 30 days.
    """

    __tablename__ = "usage_event"
    __table_args__ = (
        Index("ix_usage_event_day", "day", "at"),
        Index(
            "ix_usage_event_person",
            "person",
            sqlite_where=sa.text("person IS NOT NULL"),
            postgresql_where=sa.text("person IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(_ROW_NUMBER, primary_key=True)
    at: Mapped[datetime]
    day: Mapped[date]
    kind: Mapped[str] = mapped_column(String(10))
    item: Mapped[str] = mapped_column(String(100), default="")
    format: Mapped[str] = mapped_column(String(100), default="")
    access_method: Mapped[str] = mapped_column(String(10), default="Regular")
    url: Mapped[str] = mapped_column(String(300), default="")
    visitor: Mapped[str] = mapped_column(String(100), default="")
    visitor_before: Mapped[str | None] = mapped_column(String(100))
    session: Mapped[str | None] = mapped_column(String(100))
    person: Mapped[str | None] = mapped_column(String(100))
    user_agent_id: Mapped[int] = mapped_column(ForeignKey("user_agent.id"), index=True)
    via: Mapped[str] = mapped_column(String(10), default="")
    words: Mapped[str | None] = mapped_column(String(200))
    hits: Mapped[int | None] = mapped_column(sa.BigInteger)
    language: Mapped[str] = mapped_column(String(10), default="")


class SpoolProgress(Base):
    """How far one file of the spool is in the database: written in the same transaction as its events."""

    __tablename__ = "spool_progress"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    offset: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    events: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    lost: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    """Events that could not be written, as the writer told afterwards."""
    finished_at: Mapped[datetime | None]


class SetAsideLine(Base):
    """A line of the spool that says no event. It counts nowhere; an admin sees how many there were, and why."""

    __tablename__ = "set_aside_line"
    __table_args__ = (sa.UniqueConstraint("file", "offset"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    file: Mapped[str] = mapped_column(String(100))
    offset: Mapped[int] = mapped_column(sa.BigInteger)
    reason: Mapped[str] = mapped_column(String(100))
    text: Mapped[str] = mapped_column(String(300))
