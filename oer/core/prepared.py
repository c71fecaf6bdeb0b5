"""Statements compiled once for the database's driver, which then executes them by itself."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

import sqlalchemy as sa

# The names of the values of a question, each with its number of values if it is a list.
Shape: TypeAlias = tuple[tuple[str, int | None], ...]


class PreparedStatement:
    """A statement for columns as one dialect's driver takes it, for values of one shape.

    SQLAlchemy's own execution of a short statement takes ten times as long as the database: it looks for the compiled
    text, makes contexts, results and rows. All that is decided by the statement alone is decided here, once.
    """

    def __init__(self, statement: sa.Select[Any], dialect: sa.Dialect, shape: Shape) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        state = compiled.construct_expanded_state(
            {name: None if size is None else [None] * size for name, size in shape}
        )
        self.text: str = state.statement
        self._expansion: Mapping[str, Sequence[str]] = state.parameter_expansion
        self._order: Sequence[str] | None = state.positiontup
        # Those of the state alone are for lists: dates, words of enumerations and paths into JSON have theirs here.
        self._to_driver: Mapping[str, Callable[[Any], Any]] = compiled._bind_processors | state.processors
        given = {each for name, _ in shape for each in self._expansion.get(name, (name,))}
        self._own = {name: self._converted(name, each) for name, each in state.parameters.items() if name not in given}
        self._types = [column.type.dialect_impl(dialect) for column in statement.selected_columns]
        self._dialect = dialect
        self._from_driver: list[tuple[int, Callable[[Any], Any]]] | None = None

    def values(self, given: Mapping[str, Any]) -> Any:
        """Return the values of a question as the driver takes them: a tuple in order, else a dictionary by name."""
        values = dict(self._own)
        for name, value in given.items():
            names = self._expansion.get(name)
            if names is None:
                values[name] = self._converted(name, value)
            else:
                values |= {one: self._converted(one, each) for one, each in zip(names, value, strict=True)}
        return values if self._order is None else tuple([values[name] for name in self._order])

    def rows(self, cursor: Any) -> list[tuple[Any, ...]]:
        """Return all rows of a cursor that has executed this, with the values that the columns' types make of them."""
        found = cursor.fetchall()
        if self._from_driver is None:
            self._from_driver = self._conversions(cursor.description)
        if not self._from_driver:
            return [tuple(row) for row in found]
        return [self._row(list(row)) for row in found]

    def _row(self, row: list[Any]) -> tuple[Any, ...]:
        for place, convert in self._from_driver or ():
            row[place] = convert(row[place])
        return tuple(row)

    def _converted(self, name: str, value: Any) -> Any:
        convert = self._to_driver.get(name)
        return convert(value) if convert else value

    def _conversions(self, description: Sequence[Sequence[Any]]) -> list[tuple[int, Callable[[Any], Any]]]:
        found = [
            kind.result_processor(self._dialect, each[1]) for kind, each in zip(self._types, description, strict=True)
        ]
        return [(place, convert) for place, convert in enumerate(found) if convert is not None]


@lru_cache(maxsize=1024)
def prepared(statement: sa.Select[Any], dialect: sa.Dialect, shape: Shape) -> PreparedStatement:
    """Return a statement prepared for a dialect. Only for statements that are built once: they are kept."""
    return PreparedStatement(statement, dialect, shape)
