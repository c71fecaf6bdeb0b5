"""People who agreed to be counted: their months, and how many there are, small numbers hidden."""

import json
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.clock import next_month, today
from oer.core.disclosure import ALL, Disclosure, hide_in_row, hide_in_table, is_small, with_totals
from oer.usage.counter.event_kinds import FURTHER, REGULAR, REQUESTS
from oer.usage.models import GroupUse, PeopleFigure, PersonMonth, UsageEvent, UserAgent

REGULAR_WEEKS = 3


def active_weeks(session: Session, month: date) -> dict[str, set[str]]:
    """Return, by pseudonym, the ISO weeks (`2026-W10`) in which people requested a material within a month.

    Double-clicks need not be removed: the last of a chain always counts.
    """
    event = UsageEvent
    query = (
        sa.select(event.person, event.day)
        .join(UserAgent)
        .where(
            event.day >= month,
            event.day < next_month(month),
            event.person.is_not(None),
            event.kind.in_([*REQUESTS, *(each for each, opens in FURTHER.items() if opens in REQUESTS)]),
            event.access_method == REGULAR,
            UserAgent.is_robot.is_(False),
        )
        .distinct()
    )
    weeks: defaultdict[str, set[str]] = defaultdict(set)
    for person, day in session.execute(query):
        weeks[str(person)].add(iso_week(day))
    return weeks


def used_by_groups(session: Session, since: date, groups: Collection[str]) -> Counter[tuple[str, str]]:
    """Return how many people of each group requested each item since the first day of a month.

    The numbers are exact, so only large ones may be kept. People are counted by what they declared in their latest
    month among these, each once for an item. A pseudonym changes with the year and would make two of one person, so
    only the current year is counted.
    """
    since = max(since, today().replace(month=1, day=1))
    person, event = PersonMonth, UsageEvent
    declared = sa.select(person.person, person.groups).where(person.month >= since).order_by(person.month)
    of = {key: set(found) & set(groups) for key, found in session.execute(declared)}
    asked = (
        sa.select(event.person, event.item)
        .join(UserAgent)
        .where(
            event.day >= since,
            event.person.is_not(None),
            event.kind.in_(REQUESTS),
            event.access_method == REGULAR,
            UserAgent.is_robot.is_(False),
        )
        .distinct()
    )
    found: Counter[tuple[str, str]] = Counter()
    for key, item in session.execute(asked):
        found.update((group, item) for group in of.get(str(key), ()))
    return found


def most_used_by(session: Session, audience: str, most: int) -> list[str]:
    """Return what people of a group used most lately, of what ten of them used at least."""
    query = sa.select(GroupUse.item).where(GroupUse.audience == audience)
    return list(session.scalars(query.order_by(GroupUse.people.desc(), GroupUse.item).limit(most)))


def events_of_people(session: Session, keys: Collection[str]) -> list[UsageEvent]:
    """Return the events under these pseudonyms, oldest first: what the person may see about themselves."""
    query = sa.select(UsageEvent).where(UsageEvent.person.in_(keys)).order_by(UsageEvent.at, UsageEvent.id)
    return list(session.scalars(query))


def iso_week(day: date) -> str:
    """Return the ISO week of a day: `2026-W10`."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def month_of_week(week: str) -> date:
    """Return the month that an ISO week belongs to: that of its Thursday."""
    return date.fromisocalendar(int(week[:4]), int(week[6:]), 4).replace(day=1)


@dataclass(frozen=True)
class Period:
    """A month, a quarter or a year: its name (`2026-03`, `2026-Q1`, `2026`), and its months."""

    name: str
    months: tuple[date, ...]

    @property
    def is_month(self) -> bool:
        """Whether it is a single month."""
        return len(self.months) == 1


def periods_of(month: date) -> list[Period]:
    """Return the month, the quarter and the year that a month belongs to."""
    quarter = (month.month - 1) // 3
    return [
        Period(f"{month:%Y-%m}", (month,)),
        Period(f"{month.year}-Q{quarter + 1}", tuple(month.replace(month=quarter * 3 + n) for n in (1, 2, 3))),
        Period(str(month.year), tuple(month.replace(month=n) for n in range(1, 13))),
    ]


def people_in(session: Session, period: Period) -> list[list[PersonMonth]]:
    """Return the people who used a material in a period, each as a list of their months, the newest last."""
    query = sa.select(PersonMonth).where(PersonMonth.month.in_(period.months)).order_by(PersonMonth.month)
    found: defaultdict[str, list[PersonMonth]] = defaultdict(list)
    for row in session.scalars(query):
        found[row.person].append(row)
    return list(found.values())


def last_groups(session: Session, period: Period) -> Counter[tuple[str, ...]]:
    """Return how many people declared which groups, each by their newest month of the period."""
    row = PersonMonth
    newest = sa.func.row_number().over(partition_by=row.person, order_by=row.month.desc()).label("newest")
    months = sa.select(sa.cast(row.groups, sa.Text).label("groups"), newest).where(row.month.in_(period.months))
    last = months.subquery()
    query = sa.select(last.c.groups, sa.func.count()).where(last.c.newest == 1).group_by(last.c.groups)
    found: Counter[tuple[str, ...]] = Counter()
    for groups, people in session.execute(query):
        found[tuple(sorted(json.loads(groups)))] += people
    return found


def regular_people(session: Session, month: date) -> set[str]:
    """Return who requested a material in three or more of a month's ISO weeks, which may reach into adjacent months."""
    return regular_by_month(session, [month])[month]


def regular_by_month(session: Session, months: Collection[date]) -> dict[date, set[str]]:
    """Return `regular_people` for several months; shared rows are read once."""
    month_of = {week: month for month in months for week in _weeks_of(month)}
    around = {
        near for month in months for near in ((month - timedelta(days=1)).replace(day=1), month, next_month(month))
    }
    weeks: dict[date, defaultdict[str, set[str]]] = {month: defaultdict(set) for month in months}
    # Many rows have the same list of weeks: read as text, each is parsed once.
    query = sa.select(PersonMonth.person, sa.cast(PersonMonth.weeks, sa.Text)).where(PersonMonth.month.in_(around))
    read: dict[str, list[tuple[date, str]]] = {}
    for person, text in session.execute(query):
        if text not in read:
            read[text] = [(month_of[week], week) for week in json.loads(text) if week in month_of]
        for month, week in read[text]:
            weeks[month][person].add(week)
    return {
        month: {person for person, found in people.items() if len(found) >= REGULAR_WEEKS}
        for month, people in weeks.items()
    }


def _weeks_of(month: date) -> set[str]:
    days = (next_month(month) - month).days
    return {week for n in range(days) if month_of_week(week := iso_week(month + timedelta(days=n))) == month}


def people_figures(session: Session, period: str, dimension: str = "total") -> list[PeopleFigure]:
    """Return the valid figures of a period by one dimension. They are exact: small ones must be hidden."""
    figure = PeopleFigure
    newest = sa.select(sa.func.max(figure.version)).where(figure.period == period).scalar_subquery()
    query = sa.select(figure).where(figure.period == period, figure.version == newest, figure.dimension == dimension)
    return list(session.scalars(query.order_by(figure.value, figure.second_value)))


# How many people used materials in a period, with small numbers hidden.

DIMENSIONS = ("ward", "age-band", "gender", "group", "disability", "ward+age-band")
TOGETHER = "ward+age-band"


@dataclass(frozen=True)
class PeopleRow:
    """One value (or ward and age band) with its number of people; None if that may not be shown."""

    value: str
    second: str
    people: int | None
    shown: Disclosure


@dataclass(frozen=True)
class People:
    """The people of a period: how many in total, how many regularly, and by one dimension."""

    total: PeopleRow
    regular: PeopleRow
    rows: list[PeopleRow]


def periods_with_people(session: Session) -> list[str]:
    """Return the months, quarters and years that have figures of people, the newest first."""
    return sorted(set(session.scalars(sa.select(PeopleFigure.period))), reverse=True)


def people_of(session: Session, period: str, dimension: str) -> People:
    """Return the people of a period by one of `DIMENSIONS`; hidden numbers are not in it."""
    totals = people_figures(session, period)
    number = totals[0].people if totals else 0
    regular = totals[0].regular if totals else 0
    return People(
        _people_row(ALL, ALL, number, _alone(number)),
        _regular(number, regular),
        _people_rows(session, period, dimension),
    )


def _alone(number: int) -> Disclosure:
    return Disclosure.SMALL if is_small(number) else Disclosure.PLAIN


def _regular(number: int, regular: int) -> PeopleRow:
    # The number of everybody who is not regular follows by subtraction, so it must not be small either.
    shown = Disclosure.WITHHELD if is_small(number - regular) and not is_small(regular) else _alone(regular)
    return _people_row(ALL, ALL, regular, shown)


def _people_rows(session: Session, period: str, dimension: str) -> list[PeopleRow]:
    found = people_figures(session, period, TOGETHER if dimension in {"ward", "age-band"} else dimension)
    cells = {(row.value, row.second_value): row.people for row in found}
    if dimension not in {"ward", "age-band", TOGETHER}:
        shown = hide_in_row(cells)
        return [_people_row(*place, number, shown[place]) for place, number in cells.items()]
    shown, table = hide_in_table(cells), with_totals(cells)
    return [_people_row(*place, table[place], shown[place]) for place in sorted(table) if _belongs(place, dimension)]


def _belongs(place: tuple[str, str], dimension: str) -> bool:
    value, second = place
    return {"ward": bool(value) and not second, "age-band": not value and bool(second)}.get(
        dimension, bool(value) and bool(second)
    )


def _people_row(value: str, second: str, number: int, shown: Disclosure) -> PeopleRow:
    return PeopleRow(value, second, number if shown is Disclosure.PLAIN else None, shown)
