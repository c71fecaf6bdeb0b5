"""Wanted materials, people's needs, and keys for COUNTER's API."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from oer.core.clock import now
from oer.core.db import Base, enum_type


class WantedState(StrEnum):
    """The state of a wanted material: open, taken on by an educator, closed by a material, or dropped with a reason."""

    OPEN = "open"
    TAKEN = "taken"
    CLOSED = "closed"
    DROPPED = "dropped"


class WantedMaterial(Base):
    """A material that people look for and do not find. `folded` is its query, the same for all spellings."""

    __tablename__ = "wanted_material"
    # Only one open or taken row per query: two administrators who see the same gap ask once.
    __table_args__ = (
        Index(
            "ix_wanted_material_standing",
            "folded",
            unique=True,
            sqlite_where=text("state IN ('open', 'taken')"),
            postgresql_where=text("state IN ('open', 'taken')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[str] = mapped_column(String(200))
    folded: Mapped[str] = mapped_column(String(200))
    remark: Mapped[str] = mapped_column(String(1000), default="")
    state: Mapped[WantedState] = mapped_column(
        enum_type(WantedState, "state", 10), default=WantedState.OPEN, index=True
    )
    asked_at: Mapped[datetime] = mapped_column(default=now)
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"), index=True)
    taken_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    material: Mapped[str | None] = mapped_column(String(20))
    """The public id of the material that fulfilled it."""
    reason: Mapped[str] = mapped_column(String(1000), default="")


class MaterialNeed(Base):
    """A need for a wanted material, submitted without a name and shown to educators.

    The remark is deleted when the wanted material is closed or dropped; the need itself stays.
    """

    __tablename__ = "material_need"

    id: Mapped[int] = mapped_column(primary_key=True)
    wish_id: Mapped[int] = mapped_column(ForeignKey("wanted_material.id", ondelete="CASCADE"), index=True)
    remark: Mapped[str] = mapped_column(String(1000), default="")
    language: Mapped[str] = mapped_column(String(10), default="vi")
    said_at: Mapped[datetime] = mapped_column(default=now, index=True)


class CounterKey(Base):
    """A key for COUNTER's API. Only its hash is stored; a revoked key is not accepted."""

    __tablename__ = "counter_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    requestor_id: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    revoked_at: Mapped[datetime | None]
