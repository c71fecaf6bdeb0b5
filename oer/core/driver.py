"""Rows by the database's driver itself: an engine or session makes ten times as much of a short statement.

For the few statements that busy pages ask each time. They are text, ask for numbers and text alone, and nothing is
converted: neither what is given nor what comes.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

Values = Mapping[str, str | int | Sequence[str | int]]


@lru_cache(maxsize=256)
def _compiled(question: str, dialect: sa.Dialect, sizes: tuple[tuple[str, int], ...]) -> sa.Compiled:
    for name, size in sizes:
        question = question.replace(f":{name}", ", ".join(f":{name}_{number}" for number in range(size)))
    return sa.text(question).compile(dialect=dialect)


def for_driver(question: str, values: Values, dialect: sa.Dialect) -> tuple[str, Any]:
    """Return a question and its values as a dialect's driver takes them. In the question `:name` stands for a value.

    A value that is a list stands within the brackets of an `IN`; no other value's name may begin with its name.
    """
    lists = {
        name: value for name, value in values.items() if isinstance(value, Sequence) and not isinstance(value, str)
    }
    compiled: Any = _compiled(question, dialect, tuple((name, len(value)) for name, value in lists.items()))
    single = {name: value for name, value in values.items() if name not in lists}
    listed = {f"{name}_{number}": each for name, value in lists.items() for number, each in enumerate(value)}
    given = compiled.construct_params(single | listed)
    return compiled.string, tuple(given[name] for name in compiled.positiontup) if compiled.positional else given


def driver_rows(session: Session, question: str, values: Values | None = None) -> list[tuple[Any, ...]]:
    """Return the rows of a question in the session's transaction. What was not flushed is not seen."""
    connection = session.connection()
    cursor = connection.connection.cursor()
    try:
        cursor.execute(*for_driver(question, values or {}, connection.dialect))
        return list(cursor.fetchall())
    finally:
        cursor.close()
