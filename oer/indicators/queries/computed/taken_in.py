"""LC-12, LC-13, LC-17, whose sources lie outside the repository: from tables that are taken in, period by period.

Each band of such a table names its period and what is counted: `2026-03 started`, `2026-Q1 5`, `2026 people`. People of
a quarter are not those of its months added up, so a period has figures only where a table gives them for it.
"""

from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.i18n import N_
from oer.indicators.formulas import count
from oer.indicators.formulas import use as formulas
from oer.indicators.formulas.people import completion_share
from oer.indicators.models import ReferenceTable, ReferenceValue
from oer.indicators.models.references import CONTRIBUTORS, PATHS, PERIOD_BANDS, RATINGS, WHOLE_CITY
from oer.indicators.periods import Period
from oer.indicators.queries.computed.shapes import Cell, Computation, Rows, as_shown, nothing
from oer.indicators.queries.references import values_of
from oer.statistics.queries.small_numbers import hide_in_row

NO_PATHS = N_("The repository keeps no end check of learning paths yet, and no table of completions was taken in.")
NO_RATINGS = N_("The repository keeps no ratings yet, and no table of ratings was taken in.")
NO_CONTRIBUTIONS = N_(
    "The repository keeps no record of volunteers' accepted contributions yet, and no table of them was taken in."
)
Numbers = dict[tuple[str, str], Decimal]


def path_completions(session: Session, period: Period) -> Computation:
    """LC-12: first completions, of those who started a path in the period or the three months before."""
    numbers, sources = _taken_in(session, PATHS, period)
    started, completed = numbers.get((WHOLE_CITY, "started")), numbers.get((WHOLE_CITY, "completed"))
    if started is None or completed is None:
        return nothing(NO_PATHS)
    shown = hide_in_row({"part": int(completed), "rest": max(int(started - completed), 0)})["part"]
    made = Computation([Cell(as_shown(completion_share(completed, started), shown))], sources)
    made.cells.append(Cell(as_shown(count(completed), shown), measure="completions"))
    return made


def satisfaction(session: Session, period: Period) -> Computation:
    """LC-13: the share of ratings 4-5, and their mean."""
    numbers, sources = _taken_in(session, RATINGS, period)
    stars = {star: int(numbers.get((WHOLE_CITY, str(star)), 0)) for star in range(1, 6)}
    if not sum(stars.values()):
        return nothing(NO_RATINGS)
    good, mean = formulas.satisfaction(stars)
    return Computation([Cell(good), Cell(mean, measure="mean")], sources)


def volunteers(session: Session, period: Period) -> Computation:
    """LC-17: each contributor once, by ward too where the table tells."""
    numbers, sources = _taken_in(session, CONTRIBUTORS, period)
    people = numbers.get((WHOLE_CITY, "people"))
    if people is None:
        return nothing(NO_CONTRIBUTIONS)
    made = Computation([Cell(as_shown(count(people), hide_in_row({"all": int(people)})["all"]))], sources)
    wards = {place: int(number) for (place, _), number in sorted(numbers.items()) if place != WHOLE_CITY}
    shown = hide_in_row({**wards, "elsewhere": max(int(people) - sum(wards.values()), 0)})
    made.cells += [Cell(as_shown(count(number), shown[place]), "ward", place) for place, number in wards.items()]
    return made


def _taken_in(session: Session, code: str, period: Period) -> tuple[Numbers, list[Rows]]:
    """Return what the newest table of a kind says of a period, by place and what is counted; nothing if none does."""
    table, begins = ReferenceTable, f"{period.name} "
    query = (
        sa.select(table)
        .join(ReferenceValue)
        .where(table.code == code, ReferenceValue.band.in_([begins + word for word in PERIOD_BANDS[code]]))
        .order_by(table.as_of.desc(), table.version.desc())
        .limit(1)
    )
    found = session.scalars(query).first()
    if found is None:
        return {}, []
    of_period = {key: value for key, value in values_of(session, found).items() if key[1].startswith(begins)}
    rows = [(place, band, f"{value:f}") for (place, band), value in sorted(of_period.items())]
    source = Rows(f"reference_table {found.code} {found.digest}", ("place", "band", "value"), rows)
    return {(place, band.removeprefix(begins)): value for (place, band), value in of_period.items()}, [source]
