"""People: only those who agreed to be counted, by pseudonym, by what they declared."""

from datetime import date, datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from oer.core.clock import now
from oer.core.db import Base


class PersonMonth(Base):
    """One pseudonym's month: what they declared with consent, and the ISO weeks with a request. Kept for 13 months."""

    __tablename__ = "person_month"

    month: Mapped[date] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(String(100), primary_key=True)
    ward: Mapped[str] = mapped_column(String(40), default="unknown")
    age_band: Mapped[str] = mapped_column(String(40), default="unknown")
    gender: Mapped[str] = mapped_column(String(40), default="unknown")
    disability: Mapped[str] = mapped_column(String(40), default="unknown")
    groups: Mapped[list[str]]
    """Empty where the question was not answered."""
    weeks: Mapped[list[str]]
    """`2026-W10`: the weeks in which they asked for a material within this month."""


class PeopleFigure(Base):
    """How many people used materials in a period, by one dimension, or by ward and age band; never by more.

    `regular` are those active in three or more ISO weeks of the month (of a quarter and a year: 0). The exact number
    stands here; whoever shows it hides what is below ten.
    """

    __tablename__ = "people_figure"
    __table_args__ = ({"sqlite_with_rowid": False},)

    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    """`2026-03`, `2026-Q1` or `2026`."""
    version: Mapped[int] = mapped_column(primary_key=True)
    """0 while the period is open."""
    dimension: Mapped[str] = mapped_column(String(20), primary_key=True)
    """`total`, `ward`, `age-band`, `gender`, `group`, `disability` or `ward+age-band`."""
    value: Mapped[str] = mapped_column(String(60), primary_key=True)
    second_value: Mapped[str] = mapped_column(String(60), primary_key=True, default="")
    people: Mapped[int]
    regular: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime] = mapped_column(default=now)
