"""LC-04 to LC-08, LC-15, LC-19: materials in service at the end of a period, and the organisations behind them."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Unit
from oer.catalogue.models import Material
from oer.core.clock import CITY_TIME_ZONE, first_of_month, months_back
from oer.core.i18n import N_
from oer.indicators.computation.formulas import (
    UNKNOWN,
    Computation,
    Figure,
    SourceRows,
    contributing_organisations,
    count,
    is_local_or_sustainable,
    is_open_licence,
    level_coverage,
    no_data,
    share,
    subject_coverage,
)
from oer.indicators.periods import Period
from oer.usage.models import CatalogueMonth
from oer.vocabularies import vocabularies

NO_SNAPSHOT = N_("What was in service at the end of this period is not recorded.")
NO_ORGANISATIONS = N_("No organisation's material was published in the last 12 months.")
EVERY_LEVEL = "moi-trinh-do"
SHOWN_DIMENSIONS = ("subject", "level", "audience", "format", "licence", "language")
# LC-15 asks for the type of organisation: public, private, association, school, person.
ORGANISATION_TYPES = {"company": "private", "association": "association", "school": "school"}
Snapshot = dict[tuple[str, str], tuple[int, int]]


def _snapshot(session: Session, period: Period) -> Snapshot:
    """Return (materials, accessible materials) by dimension and value, at the end of the period's last month."""
    row = CatalogueMonth
    query = sa.select(row.dimension, row.value, row.materials, row.accessible)
    found = session.execute(query.where(row.month == first_of_month(period.end)).order_by(row.dimension, row.value))
    return {(dimension, value): (materials, accessible) for dimension, value, materials, accessible in found}


def _source(snapshot: Snapshot, *dimensions: str) -> list[SourceRows]:
    rows = [(*key, *numbers) for key, numbers in snapshot.items() if key[0] in dimensions]
    return [SourceRows("catalogue_month", ("dimension", "value", "materials", "accessible"), rows)]


def _total(snapshot: Snapshot) -> tuple[int, int]:
    return next((numbers for (dimension, _), numbers in snapshot.items() if dimension == "total"), (0, 0))


def _by(snapshot: Snapshot, dimension: str) -> dict[str, int]:
    return {value: numbers[0] for (name, value), numbers in snapshot.items() if name == dimension}


def in_service(session: Session, period: Period) -> Computation:
    """LC-04, and the coverage of second-level subjects as a secondary figure."""
    snapshot = _snapshot(session, period)
    if not snapshot:
        return no_data(NO_SNAPSHOT)
    seconds = [term.code for term in vocabularies().subjects if term.parent]
    made = Computation([Figure(count(_total(snapshot)[0]))], _source(snapshot, "total", *SHOWN_DIMENSIONS))
    made.figures.append(Figure(subject_coverage(_by(snapshot, "subject"), seconds), measure="coverage"))
    for dimension in SHOWN_DIMENSIONS:
        made.figures += [Figure(count(number), dimension, value) for value, number in _by(snapshot, dimension).items()]
    return made


def levels(session: Session, period: Period) -> Computation:
    """LC-05."""
    snapshot = _snapshot(session, period)
    if not snapshot:
        return no_data(NO_SNAPSHOT)
    codes = [term.code for term in vocabularies().levels if term.code != EVERY_LEVEL]
    return Computation([Figure(level_coverage(_by(snapshot, "level"), codes))], _source(snapshot, "level"))


def accessible(session: Session, period: Period) -> Computation:
    """LC-06. A material that was not checked counts as not accessible."""
    snapshot = _snapshot(session, period)
    if not snapshot:
        return no_data(NO_SNAPSHOT)
    materials, good = _total(snapshot)
    made = Computation([Figure(share(good, materials))], _source(snapshot, "total", *SHOWN_DIMENSIONS))
    for (dimension, value), numbers in snapshot.items():
        if dimension in SHOWN_DIMENSIONS:
            made.figures.append(Figure(share(numbers[1], numbers[0]), dimension, value))
    return made


def target_groups(session: Session, period: Period) -> Computation:
    """LC-07, by group. A material may count for several groups, so there is no total."""
    snapshot = _snapshot(session, period)
    if not snapshot:
        return no_data(NO_SNAPSHOT)
    named = [term.code for term in vocabularies().audiences if term.facts.get("priority")]
    tagged, total = _by(snapshot, "audience"), _total(snapshot)[0]
    made = Computation(sources=_source(snapshot, "total", "audience"))
    for code in named:
        made.figures.append(Figure(share(tagged.get(code, 0), total), "audience", code))
        made.figures.append(Figure(count(tagged.get(code, 0)), "audience", code, "materials"))
    return made


def local_and_sustainable(session: Session, period: Period) -> Computation:
    """LC-08, by the main subject of each material."""
    return _main_share(session, period, "main-subject", is_local_or_sustainable)


def openly_licensed(session: Session, period: Period) -> Computation:
    """LC-19, also by licence, so that NC and ND are visible separately."""
    made = _main_share(session, period, "licence", is_open_licence)
    snapshot = _snapshot(session, period)
    total = _total(snapshot)[0]
    made.figures += [
        Figure(share(number, total), "licence", value) for value, number in _by(snapshot, "licence").items()
    ]
    return made


def _main_share(session: Session, period: Period, dimension: str, counts: Callable[[str], bool]) -> Computation:
    snapshot = _snapshot(session, period)
    if not snapshot:
        return no_data(NO_SNAPSHOT)
    good = sum(number for value, number in _by(snapshot, dimension).items() if counts(value))
    return Computation([Figure(share(good, _total(snapshot)[0]))], _source(snapshot, "total", dimension))


def organisations(session: Session, period: Period) -> Computation:
    """LC-15: organisations with a material first published in the twelve months that end with the period."""
    after = period.end + timedelta(days=1)
    begins = months_back(after, 12)
    moments = [_midnight(begins), _midnight(after)]
    query = (
        sa.select(Unit.code, Unit.kind, Unit.ward_code)
        .join(Material, Material.unit_id == Unit.id)
        .where(Material.first_published_at >= moments[0], Material.first_published_at < moments[1])
        .distinct()
        .order_by(Unit.code)
    )
    rows = [(code, kind, ward or UNKNOWN) for code, kind, ward in session.execute(query)]
    if not rows:
        return no_data(NO_ORGANISATIONS)
    made = Computation([Figure(contributing_organisations(row[1] for row in rows))])
    types = Counter(ORGANISATION_TYPES.get(row[1], "public") for row in rows)
    wards = Counter(row[2] for row in rows)
    made.figures += [Figure(count(number), "organisation-type", name) for name, number in sorted(types.items())]
    made.figures += [Figure(count(number), "ward", code) for code, number in sorted(wards.items())]
    made.sources.append(SourceRows("material, unit", ("unit", "kind", "ward"), rows))
    return made


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, CITY_TIME_ZONE)
