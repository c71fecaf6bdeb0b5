"""Indicator sets, their lines and targets. A correction is a new version; old values keep their lines."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from oer.core.clock import now
from oer.core.db import Base, enum_type


class ExactDecimal(sa.types.TypeDecorator[Decimal]):
    """A decimal number stored as text, because SQLite has no exact numbers."""

    impl = sa.String(40)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> str | None:  # noqa: ARG002
        """Return the number without an exponent."""
        return None if value is None else f"{value:f}"

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Decimal | None:  # noqa: ARG002
        """Return the stored number."""
        return None if value is None else Decimal(value)


# From what was compared with the printed source down to what nobody checked. Words of the Vietnamese file stand next to
# those of the UNESCO file that mean the same.
VERIFICATION_ORDER = (
    "exact",
    "VERIFIED",
    "verified-structure",
    "PARTIAL",
    "paraphrased",
    "unofficial translation",
    "PROPOSAL",
    "unverified",
    "UNVERIFIED",
)


class SetKind(StrEnum):
    """Where a set comes from."""

    UNESCO = "unesco"
    REGULATORY = "regulatory"
    COMPUTED = "computed"


class Answer(StrEnum):
    """How an indicator is answered."""

    NUMBER = "number"
    PERCENT = "percent"
    YES_NO = "yes_no"
    TEXT = "text"


class IndicatorSet(Base):
    """One version of a set. `digest` is that of the document from which it was loaded; corrections do not change it."""

    __tablename__ = "indicator_set"
    __table_args__ = (UniqueConstraint("code", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40), index=True)
    version: Mapped[int] = mapped_column(default=1)
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[dict[str, str]]
    kind: Mapped[SetKind] = mapped_column(enum_type(SetKind, "kind"))
    level: Mapped[str] = mapped_column(default="")
    in_force: Mapped[str] = mapped_column(default="")
    licence: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    digest: Mapped[str] = mapped_column(String(64))
    loaded_at: Mapped[datetime] = mapped_column(default=now)
    superseded_at: Mapped[datetime | None]

    indicators: Mapped[list["Indicator"]] = relationship(
        back_populates="of_set", order_by="Indicator.position", cascade="all, delete-orphan"
    )


class Indicator(Base):
    """One line of a set.

    Progress is shown by `group_code`: the focus area, or the set if it has none. `verification` says for each part how
    far its wording has been compared with the printed source. `revision` rises with each correction.
    """

    __tablename__ = "indicator"
    __table_args__ = (UniqueConstraint("set_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    set_id: Mapped[int] = mapped_column(ForeignKey("indicator_set.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(40), index=True)
    position: Mapped[int]
    wording: Mapped[dict[str, str]]
    label: Mapped[dict[str, str]] = mapped_column(default=dict)
    area_code: Mapped[str] = mapped_column(String(40), default="")
    area: Mapped[dict[str, str]] = mapped_column(default=dict)
    group_code: Mapped[str] = mapped_column(String(40), default="")
    group: Mapped[dict[str, str]] = mapped_column(default=dict)
    feature_code: Mapped[str] = mapped_column(String(40), default="")
    feature: Mapped[dict[str, str]] = mapped_column(default=dict)
    unit: Mapped[str] = mapped_column(String(60), default="")
    answer: Mapped[Answer] = mapped_column(enum_type(Answer, "answer"), default=Answer.NUMBER)
    source_type: Mapped[str] = mapped_column(String(40), default="")
    entry: Mapped[str] = mapped_column(default="manual")
    feed: Mapped[str] = mapped_column(String(20), default="none")
    feeds_from: Mapped[list[str]] = mapped_column(default=list)
    verification: Mapped[dict[str, str]] = mapped_column(default=dict)
    level: Mapped[str] = mapped_column(String(60), default="")
    grade: Mapped[str] = mapped_column(String(40), default="")
    source: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    revision: Mapped[int] = mapped_column(default=1)

    of_set: Mapped[IndicatorSet] = relationship(back_populates="indicators", lazy="joined", innerjoin=True)
    targets: Mapped[list["Target"]] = relationship(
        back_populates="indicator", order_by="Target.id", cascade="all, delete-orphan"
    )

    @property
    def least_verified(self) -> str:
        """The weakest word that its file has for a part of the line, not counting the Vietnamese translation."""
        words = [word for part, word in self.verification.items() if part != "vi"]
        known = [word for word in words if word in VERIFICATION_ORDER]
        return max(known, key=VERIFICATION_ORDER.index, default="UNVERIFIED")

    def is_in_force(self, start: date, end: date) -> bool:
        """Whether the line and its set are in force in a period."""
        begins = max((day for day in (self.valid_from, self.of_set.valid_from) if day), default=None)
        ends = min((day for day in (self.valid_to, self.of_set.valid_to) if day), default=None)
        return (begins is None or end >= begins) and (ends is None or end <= ends) and start <= end

    def is_enterable(self, start: date, end: date) -> bool:
        """Whether values can be entered by hand for a period."""
        return self.of_set.kind is not SetKind.COMPUTED and self.is_in_force(start, end)


class Target(Base):
    """A target: a value or a text, for a year or a grade, for the whole city or for one unit.

    `at_most`: the value must not be exceeded, rather than reached. Targets without `added_at` are part of the set.
    """

    __tablename__ = "indicator_target"

    id: Mapped[int] = mapped_column(primary_key=True)
    indicator_id: Mapped[int] = mapped_column(ForeignKey("indicator.id", ondelete="CASCADE"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    year: Mapped[int | None]
    grade: Mapped[str] = mapped_column(String(40), default="")
    value: Mapped[Decimal | None] = mapped_column(ExactDecimal())
    text: Mapped[str] = mapped_column(String(200), default="")
    source: Mapped[str] = mapped_column(String(500), default="")
    at_most: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[datetime | None]

    indicator: Mapped[Indicator] = relationship(back_populates="targets")

    @property
    def is_of_the_set(self) -> bool:
        """Whether it came with the set, rather than being set here."""
        return self.added_at is None

    def is_met_by(self, value: Decimal) -> bool:
        """Whether a value meets the target. Nothing meets a target that is a text."""
        if self.value is None:
            return False
        return value <= self.value if self.at_most else value >= self.value
