"""Usage tables: events for 13 months, and the totals that are kept for ever and that every figure is computed from."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from oer.core.clock import now
from oer.core.db import Base

# SQLite generates keys only for a column whose type is exactly INTEGER.
_ROW_NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


class UserAgent(Base):
    """The text of a user agent (cut at 512 characters) and whether it is a robot by the lists of `list_version`.

    It is kept without anybody's key, so it can stay as long as events do and be judged again by newer lists.
    """

    __tablename__ = "user_agent"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    text: Mapped[str] = mapped_column(String(512))
    is_robot: Mapped[bool]
    list_version: Mapped[str] = mapped_column(String(60))


class UsageEvent(Base):
    """One event, kept for 13 months under keys that identify nobody: the key `visitor` is valid for one day.

    `person` is a pseudonym, set only with that person's consent. `words` of a search are deleted after 30 days.
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
    """How far one spool file has been read: committed in the same transaction as its events."""

    __tablename__ = "spool_progress"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    offset: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    events: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    lost: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    """Events that could not be written, as reported by the writer afterwards."""
    finished_at: Mapped[datetime | None]


class SetAsideLine(Base):
    """A spool line that is not an event. It is not counted; administrators see how many there were."""

    __tablename__ = "set_aside_line"
    __table_args__ = (sa.UniqueConstraint("file", "offset"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    file: Mapped[str] = mapped_column(String(100))
    offset: Mapped[int] = mapped_column(sa.BigInteger)
    reason: Mapped[str] = mapped_column(String(100))
    text: Mapped[str] = mapped_column(String(300))


# Totals: kept for ever; every page of figures is computed from them.


class _Measured:
    """The counts of a row, all after the double-click filter (COUNTER CoP 5.1: TII, TIR, UII, UIR)."""

    views: Mapped[int] = mapped_column(default=0)
    reads: Mapped[int] = mapped_column(default=0)
    plays: Mapped[int] = mapped_column(default=0)
    downloads: Mapped[int] = mapped_column(default=0)
    tii: Mapped[int] = mapped_column(default=0)
    tir: Mapped[int] = mapped_column(default=0)
    uii: Mapped[int] = mapped_column(default=0)
    uir: Mapped[int] = mapped_column(default=0)


class DailyUsage(_Measured, Base):
    """The figures of one item on one day in one format (`all` is a row of its own) by one access method.

    The key starts with the columns that every query filters by, and SQLite stores the rows in its order.
    """

    __tablename__ = "daily_usage"
    __table_args__ = (Index("ix_daily_usage_item", "item", "format", "day"), {"sqlite_with_rowid": False})

    day: Mapped[date] = mapped_column(primary_key=True)
    format: Mapped[str] = mapped_column(String(100), primary_key=True)
    item: Mapped[str] = mapped_column(String(100), primary_key=True)
    method: Mapped[str] = mapped_column(String(10), primary_key=True)


class MonthlyUsage(_Measured, Base):
    """The figures of one item in one closed month. Every version is kept; the highest is the valid one."""

    __tablename__ = "monthly_usage"
    __table_args__ = (Index("ix_monthly_usage_item", "item", "format", "month"), {"sqlite_with_rowid": False})

    month: Mapped[date] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    format: Mapped[str] = mapped_column(String(100), primary_key=True)
    item: Mapped[str] = mapped_column(String(100), primary_key=True)
    method: Mapped[str] = mapped_column(String(10), primary_key=True)


class MonthVersion(Base):
    """A closed month: its figures no longer change. A correction is a new version with a reason."""

    __tablename__ = "month_version"

    month: Mapped[date] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    made_at: Mapped[datetime] = mapped_column(default=now)
    reason: Mapped[str] = mapped_column(String(1000), default="")
    sums: Mapped[dict[str, int]] = mapped_column(sa.JSON)
    """The whole month's figures in this version, so that versions can be compared at a glance."""


class UsageDay(Base):
    """What became of a day's events: `events` is the sum of the columns after it.

    `touched` rises with every event that affects the day; the figures are up to date while `counted` equals it.
    """

    __tablename__ = "usage_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    touched: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    counted: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    counted_at: Mapped[datetime | None]
    events: Mapped[int] = mapped_column(default=0)
    robots: Mapped[int] = mapped_column(default=0)
    double_clicks: Mapped[int] = mapped_column(default=0)
    searches: Mapped[int] = mapped_column(default=0)
    investigations: Mapped[int] = mapped_column("acts", default=0)


class SessionFigure(Base):
    """COUNTER sessions with an investigation on one day, by one dimension. No session crosses midnight: days add up."""

    __tablename__ = "session_figure"
    __table_args__ = ({"sqlite_with_rowid": False},)

    day: Mapped[date] = mapped_column(primary_key=True)
    dimension: Mapped[str] = mapped_column(String(20), primary_key=True)
    """`total`, `subject`, `level` or `signed-in`."""
    value: Mapped[str] = mapped_column(String(60), primary_key=True)
    sessions: Mapped[int]


class CatalogueMonth(Base):
    """Materials in service at the end of a month, by one dimension; `accessible`: with all features they need."""

    __tablename__ = "catalogue_month"
    __table_args__ = ({"sqlite_with_rowid": False},)

    month: Mapped[date] = mapped_column(primary_key=True)
    dimension: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[str] = mapped_column(String(100), primary_key=True)
    materials: Mapped[int]
    accessible: Mapped[int] = mapped_column(default=0)


class WorkerClock(Base):
    """When the nightly work last checked the clock: irreversible steps wait until it has run steadily."""

    __tablename__ = "usage_worker_clock"

    id: Mapped[int] = mapped_column(primary_key=True)
    last_seen: Mapped[datetime]
    steady_since: Mapped[datetime]
    nightly_done: Mapped[date | None]
    """The last day on which the nightly work was done."""


# Packs: the totals once more, compressed, so that questions over many months are answered at once.


class UsageItem(Base):
    """The number of an item in packs."""

    __tablename__ = "usage_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(100), unique=True)


class UsagePack(Base):
    """All rows of a day (version 0), or of a closed month in one version, as two matrices of whole numbers.

    A row is: item, access method, format (its index in `formats`), then the counts.
    """

    __tablename__ = "usage_pack"

    begins: Mapped[date] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    formats: Mapped[list[str]]
    together: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """The rows of the format `all`."""
    by_format: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """The rows of every other format."""


# People who agreed to be counted, by pseudonym and by what they declared.


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


class GroupUse(Base):
    """How many people of a group used a material lately: those who agreed to be counted by their groups.

    What fewer than ten used has no row: a page may show all that there are.
    """

    __tablename__ = "group_use"
    __table_args__ = (sa.CheckConstraint("people >= 10", name="enough"),)

    audience: Mapped[str] = mapped_column(String(40), primary_key=True)
    item: Mapped[str] = mapped_column(String(100), primary_key=True)
    people: Mapped[int]


class PeopleFigure(Base):
    """How many people used materials in a period, by one dimension, or by ward and age band; never by more.

    `regular`: active in three or more ISO weeks of the month (0 for quarters and years). The numbers are exact: whoever
    shows them must hide small ones (`oer.core.disclosure`).
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


# Searches: how often, and which queries fail.


class SearchFigure(Base):
    """Searches of one day in one language of the pages (COUNTER's Searches_Platform).

    `abandoned`: their visitor opened no result within half an hour.
    """

    __tablename__ = "search_figure"

    day: Mapped[date] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(10), primary_key=True)
    searches: Mapped[int]
    without_result: Mapped[int]
    abandoned: Mapped[int]


class QueryFigure(Base):
    """One query on one day, all spellings together. Shown, and kept beyond 30 days, only from 5 visitors in a day."""

    __tablename__ = "query_figure"

    day: Mapped[date] = mapped_column(primary_key=True)
    folded: Mapped[str] = mapped_column(String(200), primary_key=True)
    words: Mapped[str] = mapped_column(String(200))
    """The spelling that most visitors used."""
    visitors: Mapped[int]
    searches: Mapped[int]
    without_result: Mapped[int]
    abandoned: Mapped[int]


# Items read together: by how many visitors of one day, never by whom.


class ReadTogether(Base):
    """How many visitors requested both of two items on one day. Rows exist only from 5 visitors on.

    Each pair is stored both ways, so one lookup by item is enough.
    """

    __tablename__ = "read_together"
    __table_args__ = (Index("ix_read_together_item", "item", "day"), {"sqlite_with_rowid": False})

    day: Mapped[date] = mapped_column(primary_key=True)
    item: Mapped[str] = mapped_column(String(100), primary_key=True)
    other: Mapped[str] = mapped_column(String(100), primary_key=True)
    visitors: Mapped[int]
