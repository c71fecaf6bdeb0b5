"""Reports to send: requested, built by the worker, stored as files; and the text boxes written for them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from oer.accounts.models import Unit
from oer.core.clock import now
from oer.core.db import Base, enum_type
from oer.core.leases import Leased
from oer.indicators.models.rounds import Round

FORM = "form"  # in the facts of a build: what was given for the form of an administrative report


class BuildState(StrEnum):
    """The state of a report build."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ReportBuild(Leased, Base):
    """A requested report, built by the worker in both languages and all formats; `done` of `total` files are ready."""

    __tablename__ = "report_build"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("reporting_round.id", ondelete="CASCADE"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[BuildState] = mapped_column(enum_type(BuildState, "state"), default=BuildState.WAITING, index=True)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(Text, default="")
    asked_at: Mapped[datetime] = mapped_column(default=now)
    asked_by_id: Mapped[int | None]
    finished_at: Mapped[datetime | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)

    round: Mapped[Round] = relationship(lazy="joined", innerjoin=True)
    unit: Mapped[Unit | None] = relationship(lazy="joined")
    files: Mapped[list["ReportFile"]] = relationship(cascade="all, delete-orphan", order_by="ReportFile.id")

    @property
    def is_unfinished(self) -> bool:
        """Whether the worker still has to build it."""
        return self.state in {BuildState.WAITING, BuildState.RUNNING}


class ReportFile(Base):
    """One finished file of a report."""

    __tablename__ = "report_file"
    __table_args__ = (UniqueConstraint("build_id", "language", "format"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    build_id: Mapped[int] = mapped_column(ForeignKey("report_build.id", ondelete="CASCADE"), index=True)
    language: Mapped[str] = mapped_column(String(2))
    format: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(120))
    blob_sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"), index=True)
    size: Mapped[int]


class ReportText(Base):
    """The text box of a chapter, in the report of the city or of a unit: at most 150 words in each language."""

    __tablename__ = "report_text"
    __table_args__ = (UniqueConstraint("round_id", "unit_id", "kind", "chapter"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("reporting_round.id", ondelete="CASCADE"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[str] = mapped_column(String(20))
    chapter: Mapped[str] = mapped_column(String(40))
    text: Mapped[dict[str, str]] = mapped_column(default=dict)
    revision: Mapped[int] = mapped_column(default=1)
