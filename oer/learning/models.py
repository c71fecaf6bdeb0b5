"""Tables of problem reports and of saved searches."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from oer.catalogue.models import Material
from oer.core.clock import now
from oer.core.db import Base, JsonValue, enum_type


class ProblemKind(StrEnum):
    """What a problem is about, as a reader sees it."""

    CONTENT = "content"
    OPENING = "opening"
    LINK = "link"
    ACCESSIBILITY = "accessibility"
    RIGHTS = "rights"
    PRIVACY = "privacy"
    HARM = "harm"
    OTHER = "other"


class ProblemState(StrEnum):
    """What has become of a report."""

    OPEN = "open"
    ACCEPTED = "accepted"
    SOLVED = "solved"
    DECLINED = "declined"


class ProblemReport(Base):
    """A problem that somebody found in a material, and its answer. `reporter_id` is set if they were signed in."""

    __tablename__ = "problem_report"

    id: Mapped[int] = mapped_column(primary_key=True)
    material_id: Mapped[int] = mapped_column(ForeignKey("material.id", ondelete="CASCADE"), index=True)
    version_number: Mapped[int]
    kind: Mapped[ProblemKind] = mapped_column(enum_type(ProblemKind, "kind", length=16))
    place: Mapped[str] = mapped_column(String(200), default="")
    words: Mapped[str] = mapped_column(sa.Text)
    language: Mapped[str] = mapped_column(String(2), default="vi")
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    reported_at: Mapped[datetime] = mapped_column(default=now, index=True)
    state: Mapped[ProblemState] = mapped_column(
        enum_type(ProblemState, "state", length=16), default=ProblemState.OPEN, index=True
    )
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None]

    material: Mapped[Material] = relationship(lazy="joined", innerjoin=True)


class SavedSearch(Base):
    """A search that a person saved under a name: the arguments of its address, without those of paging."""

    __tablename__ = "saved_search"
    __table_args__ = (sa.UniqueConstraint("account_id", "digest"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    arguments: Mapped[dict[str, list[str]]] = mapped_column(JsonValue)
    digest: Mapped[str] = mapped_column(String(64))
    """Of the arguments, so that the same search is saved once."""
    saved_at: Mapped[datetime] = mapped_column(default=now)
