"""People who agreed to be counted: their months, and how many there are by one dimension."""

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.clock import first_of_month, last_of_month, months_back, now, today
from oer.core.disclosure import LEAST_SHOWN
from oer.usage.models import GroupUse, PeopleFigure, PersonMonth, UsageEvent
from oer.usage.providers import UNKNOWN, Declared, people_provider
from oer.usage.queries.people import (
    Period,
    active_weeks,
    people_in,
    periods_of,
    regular_people,
    used_by_groups,
)

SINGLE = {"ward": "ward", "age-band": "age_band", "gender": "gender", "disability": "disability"}
WARD_AND_AGE = "ward+age-band"
MONTHS_OF_USE = 3

Cell = tuple[str, str, str]
"""Dimension, value, second value."""


def count_people(session: Session, month: date) -> None:
    """Replace the people's rows of a month, and the provisional figures of its month, quarter and year.

    Closed figures (version 1 and higher) are never changed.
    """
    _replace_person_months(session, month)
    for period in periods_of(month):
        _replace_figures(session, period, month)


def _replace_person_months(session: Session, month: date) -> None:
    weeks = active_weeks(session, month)
    declared = people_provider().declared_by(session, weeks.keys(), last_of_month(month))
    session.execute(sa.delete(PersonMonth).where(PersonMonth.month == month))
    rows = [_person_month(month, key, declared.get(key, Declared()), found) for key, found in weeks.items()]
    if rows:
        session.execute(sa.insert(PersonMonth), rows)


def _person_month(month: date, key: str, declared: Declared, weeks: Collection[str]) -> dict[str, Any]:
    return {
        "month": month,
        "person": key,
        "ward": declared.ward,
        "age_band": declared.age_band,
        "gender": declared.gender,
        "disability": declared.disability,
        "groups": sorted(declared.groups),
        "weeks": sorted(weeks),
    }


def _replace_figures(session: Session, period: Period, month: date) -> None:
    figure = PeopleFigure
    session.execute(sa.delete(figure).where(figure.period == period.name, figure.version == 0))
    regular = regular_people(session, month) if period.is_month else set()
    cells: Counter[Cell] = Counter()
    regulars: Counter[Cell] = Counter()
    for months in people_in(session, period):
        for cell in _cells(months[-1]):
            cells[cell] += 1
            regulars[cell] += months[-1].person in regular
    rows = [_figure(period, cell, people_there, regulars[cell]) for cell, people_there in cells.items()]
    if rows:
        session.execute(sa.insert(figure), rows)


def _cells(person: PersonMonth) -> Iterator[Cell]:
    """Yield the cells in which a person is counted, by what they declared last in the period."""
    yield "total", "", ""
    for dimension, attribute in SINGLE.items():
        yield dimension, getattr(person, attribute), ""
    for group in person.groups or [UNKNOWN]:
        yield "group", group, ""
    yield WARD_AND_AGE, person.ward, person.age_band


def _figure(period: Period, cell: Cell, number: int, regular: int) -> dict[str, Any]:
    dimension, value, second = cell
    return {
        "period": period.name,
        "version": 0,
        "dimension": dimension,
        "value": value,
        "second_value": second,
        "people": number,
        "regular": regular,
        "made_at": now(),
    }


def close_people(session: Session, month: date) -> None:
    """Close the figures of a closed month, and of the quarter and year that end with it."""
    count_people(session, month)
    for period in periods_of(month):
        if period.months[-1] == month:
            figure = PeopleFigure
            newest = session.scalar(sa.select(sa.func.max(figure.version)).where(figure.period == period.name)) or 0
            session.execute(
                sa.update(figure).where(figure.period == period.name, figure.version == 0).values(version=newest + 1)
            )


def unlink_people(session: Session, keys: Collection[str]) -> None:
    """Remove these pseudonyms from events, and what they declared, at once. Totals stay."""
    session.execute(sa.update(UsageEvent).where(UsageEvent.person.in_(keys)).values(person=None))
    session.execute(sa.delete(PersonMonth).where(PersonMonth.person.in_(keys)))


def count_group_use(session: Session, groups: Collection[str]) -> None:
    """Replace what the people of each group used in the last three months: of what ten of them used at least."""
    counted = used_by_groups(session, first_of_month(months_back(today(), MONTHS_OF_USE - 1)), groups)
    session.execute(sa.delete(GroupUse))
    rows = [
        {"audience": audience, "item": item, "people": people}
        for (audience, item), people in counted.items()
        if people >= LEAST_SHOWN
    ]
    if rows:
        session.execute(sa.insert(GroupUse), rows)
