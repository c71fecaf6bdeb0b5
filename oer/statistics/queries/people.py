"""How many people used materials in a month, quarter or year, as far as they agreed to be counted."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.statistics.queries.small_numbers import ALL, Shown, hide_in_row, hide_in_table, is_small, with_totals
from oer.usage.models import PeopleFigure
from oer.usage.queries.people import people_figures

DIMENSIONS = ("ward", "age-band", "gender", "group", "disability", "ward+age-band")
TOGETHER = "ward+age-band"


@dataclass(frozen=True)
class PeopleRow:
    """One value (or ward and age band) with its number of people, which is None where it may not be shown."""

    value: str
    second: str
    people: int | None
    shown: Shown


@dataclass(frozen=True)
class People:
    """The people of a period: how many in all, how many regularly, and by one dimension."""

    total: PeopleRow
    regular: PeopleRow
    rows: list[PeopleRow]


def periods_with_people(session: Session) -> list[str]:
    """Return the months, quarters and years that have figures of people, the newest first."""
    return sorted(set(session.scalars(sa.select(PeopleFigure.period))), reverse=True)


def people_of(session: Session, period: str, dimension: str) -> People:
    """Return the people of a period by one of `DIMENSIONS`; small numbers are not in it at all."""
    totals = people_figures(session, period)
    number = totals[0].people if totals else 0
    regular = totals[0].regular if totals else 0
    return People(_row(ALL, ALL, number, _alone(number)), _regular(number, regular), _rows(session, period, dimension))


def _alone(number: int) -> Shown:
    return Shown.SMALL if is_small(number) else Shown.PLAIN


def _regular(number: int, regular: int) -> PeopleRow:
    # Who is not regular is everybody else: that number must not be small either.
    shown = Shown.WITHHELD if is_small(number - regular) and not is_small(regular) else _alone(regular)
    return _row(ALL, ALL, regular, shown)


def _rows(session: Session, period: str, dimension: str) -> list[PeopleRow]:
    found = people_figures(session, period, TOGETHER if dimension in {"ward", "age-band"} else dimension)
    cells = {(row.value, row.second_value): row.people for row in found}
    if dimension not in {"ward", "age-band", TOGETHER}:
        shown = hide_in_row(cells)
        return [_row(*place, number, shown[place]) for place, number in cells.items()]
    shown, table = hide_in_table(cells), with_totals(cells)
    return [_row(*place, table[place], shown[place]) for place in sorted(table) if _belongs(place, dimension)]


def _belongs(place: tuple[str, str], dimension: str) -> bool:
    value, second = place
    return {"ward": bool(value) and not second, "age-band": not value and bool(second)}.get(
        dimension, bool(value) and bool(second)
    )


def _row(value: str, second: str, number: int, shown: Shown) -> PeopleRow:
    return PeopleRow(value, second, number if shown is Shown.PLAIN else None, shown)
