"""The database: the declarative base, sessions, plain rows, pages of a list. Its engines are in `oer.core.engine`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Generic, TypeVar, TypeVarTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from oer.backends.outages import Part
from oer.core.engine import open_engine
from oer.core.prepared import prepared

Item = TypeVar("Item")
_Asked = TypeVarTuple("_Asked")
NAMING_CONVENTION = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A datetime with a time zone. SQLite drops time zones, so values are stored in UTC and returned as aware UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Store in UTC. Raises ValueError for naive values, whose time zone nobody could know."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002
        """Return what was stored, aware and in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# On PostgreSQL an index can look into JSONB; on SQLite it is text.
JsonValue = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def enum_type(words: type[StrEnum], name: str, length: int = 20) -> sa.Enum:
    """Return the type of a column that holds the values of an enumeration, with a CHECK called `name`."""
    return sa.Enum(
        words,
        name=name,
        native_enum=False,  # a native type needs ALTER TYPE for each new value, and SQLite has none
        create_constraint=True,
        length=length,
        values_callable=lambda enumeration: [word.value for word in enumeration],
    )


class Base(DeclarativeBase):
    """What every table derives from."""

    metadata = sa.MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy reads it off the class)
        datetime: UtcDateTime(),
        dict[str, Any]: JsonValue,
        dict[str, str]: JsonValue,
        list[str]: JsonValue,
        list[Any]: JsonValue,
    }


@dataclass(frozen=True)
class Database:
    """An engine, its two kinds of session (one that only reads, one that may write), and whether it is away."""

    engine: sa.Engine
    reading: sessionmaker[Session]
    writing: sessionmaker[Session]
    part: Part = field(default_factory=lambda: Part("database"))
    disk: Part = field(default_factory=lambda: Part("disk of the database"))

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give a writing session that is committed once at the end, or rolled back if the body raises."""
        with self.writing() as session:
            yield session
            session.commit()
        self.disk.worked()


def insert_into(session: Session, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT of the database's own dialect, which has `on_conflict_do_update` and `..._nothing`."""
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert(table) if is_postgresql else sqlite.insert(table)


PORTION = 500
"""A database takes a limited number of values in one statement (some 32,766, some 65,535)."""


def in_portions(values: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Give a list in portions that fit into a statement."""
    for first in range(0, len(values), PORTION):
        yield values[first : first + PORTION]


def open_database(url: str, info: dict[str, Any] | None = None) -> Database:
    """Return the database at `url`; `info` is put into every session (such as the job queue)."""
    part = Part("database")
    engine = open_engine(url, part)
    info = info or {}
    return Database(
        engine,
        sessionmaker(engine, info=info),
        sessionmaker(engine.execution_options(oer_writes=True), info=info),
        part,
    )


def plain_rows(session: Session, statement: sa.Select[*_Asked], values: Mapping[str, Any]) -> list[tuple[*_Asked]]:
    """Return the rows of a statement that asks for columns, not for objects, in the session's transaction.

    By the driver, so the statement has to be one that is built once; a value that is a list stands within the brackets
    of an `IN`. What was not flushed is not seen.
    """
    connection = session.connection()
    shape = tuple([(name, len(value) if type(value) is list else None) for name, value in values.items()])
    question = prepared(statement, connection.dialect, shape)
    cursor = connection.connection.cursor()
    try:
        cursor.execute(question.text, question.values(values))
        return question.rows(cursor)
    finally:
        cursor.close()


# Rows by the database's driver itself: an engine or session makes ten times as much of a short statement.

DriverValues = Mapping[str, str | int | Sequence[str | int]]


@lru_cache(maxsize=256)
def _compiled_question(question: str, dialect: sa.Dialect, sizes: tuple[tuple[str, int], ...]) -> sa.Compiled:
    for name, size in sizes:
        question = question.replace(f":{name}", ", ".join(f":{name}_{number}" for number in range(size)))
    return sa.text(question).compile(dialect=dialect)


def for_driver(question: str, values: DriverValues, dialect: sa.Dialect) -> tuple[str, Any]:
    """Return a question and its values as a dialect's driver takes them. In the question `:name` stands for a value.

    A value that is a list stands within the brackets of an `IN`; no other value's name may begin with its name.
    """
    lists = {
        name: value for name, value in values.items() if isinstance(value, Sequence) and not isinstance(value, str)
    }
    compiled: Any = _compiled_question(question, dialect, tuple((name, len(value)) for name, value in lists.items()))
    single = {name: value for name, value in values.items() if name not in lists}
    listed = {f"{name}_{number}": each for name, value in lists.items() for number, each in enumerate(value)}
    given = compiled.construct_params(single | listed)
    return compiled.string, tuple(given[name] for name in compiled.positiontup) if compiled.positional else given


def driver_rows(session: Session, question: str, values: DriverValues | None = None) -> list[tuple[Any, ...]]:
    """Return the rows of a question in the session's transaction. What was not flushed is not seen."""
    connection = session.connection()
    cursor = connection.connection.cursor()
    try:
        cursor.execute(*for_driver(question, values or {}, connection.dialect))
        return list(cursor.fetchall())
    finally:
        cursor.close()


# One page of a longer list.


@dataclass(frozen=True)
class Page(Generic[Item]):
    """`items` of the page with a `number` from 1, of `size` at most, out of `total`."""

    items: Sequence[Item]
    number: int
    size: int
    total: int

    @property
    def last(self) -> int:
        """The number of the last page, 1 at least."""
        return max(1, -(-self.total // self.size))

    @property
    def first_item(self) -> int:
        """The place of the page's first item in the list, from 1; 0 in an empty list."""
        return min(self.total, (self.number - 1) * self.size + 1)

    @property
    def last_item(self) -> int:
        """The place of the page's last item in the list."""
        return min(self.total, self.number * self.size)


def page_of(session: Session, query: sa.Select[Any], number: int, size: int = 20) -> Page[Any]:
    """Return a page of the first column of `query`; a number out of range gives the nearest page that there is."""
    total = session.scalar(sa.select(sa.func.count()).select_from(query.order_by(None).subquery())) or 0
    last = max(1, -(-total // size))
    number = min(max(1, number), last)
    items = session.scalars(query.limit(size).offset((number - 1) * size)).all()
    return Page(items, number, size, total)


def page_among(
    found: Sequence[int], number: int, items_of: Callable[[Sequence[int]], list[Any]], size: int = 20
) -> Page[Any]:
    """Return a page of the rows with these ids, which are in order; `items_of` reads the rows of one page."""
    last = max(1, -(-len(found) // size))
    number = min(max(1, number), last)
    return Page(items_of(found[(number - 1) * size : number * size]), number, size, len(found))
