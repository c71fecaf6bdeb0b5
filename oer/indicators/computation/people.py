"""LC-01, LC-03, LC-10, LC-11: people who agreed to be counted. What may be shown is decided as in the statistics."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from sqlalchemy.orm import Session

from oer.core.disclosure import Disclosure, hide_in_row, hide_in_table
from oer.core.i18n import N_
from oer.indicators.computation.formulas import (
    LEAST_PEOPLE_FOR_A_RATE,
    UNKNOWN,
    Computation,
    Figure,
    Result,
    SourceRows,
    active_per_thousand,
    answer_rate,
    count,
    disclosed,
    no_data,
    priority_share,
    regular_share,
    share,
)
from oer.indicators.computation.models import POPULATION, WHOLE_CITY
from oer.indicators.computation.queries import source_of, table_for, values_of
from oer.indicators.periods import Period
from oer.usage.models import PeopleFigure
from oer.usage.queries import people as usage
from oer.usage.queries.people import people_of
from oer.vocabularies import vocabularies

NO_PEOPLE = N_("Nobody who agreed to be counted used a material in this period.")
NO_POPULATION = N_("There is no population table with a date up to the end of this period.")
NO_BAND = N_("The population table has no figure for this place or group.")
DIMENSIONS = ("ward", "age-band", "gender", "disability", "group")
POPULATION_BAND = "15+"
_COLUMNS = ("period", "dimension", "value", "people", "regular")  # what was counted; in which version it stands is not


def active_learners(session: Session, period: Period) -> Computation:
    """LC-01."""
    total = _total(session, period)
    if total is None:
        return no_data(NO_PEOPLE)
    made = Computation([Figure(disclosed(count(total.people), _alone(session, period)))], [_rows([total])])
    for dimension in DIMENSIONS:
        figures = usage.people_figures(session, period.name, dimension)
        shown = _shown(session, period, dimension)
        made.figures += [
            Figure(disclosed(count(each.people), shown[each.value]), dimension, each.value) for each in figures
        ]
        made.sources.append(_rows(figures))
    return made


def _total(session: Session, period: Period) -> PeopleFigure | None:
    found = usage.people_figures(session, period.name)
    return found[0] if found and found[0].people else None


def _alone(session: Session, period: Period) -> Disclosure:
    return people_of(session, period.name, "gender").total.shown


def _shown(session: Session, period: Period, dimension: str) -> Mapping[str, Disclosure]:
    """Return how each value of a dimension may be shown.

    The statistics decide: if two pages hid different values, both could be found by comparing them.
    """
    return {row.value or row.second: row.shown for row in people_of(session, period.name, dimension).rows}


def _rows(figures: list[PeopleFigure]) -> SourceRows:
    rows = [(each.period, each.dimension, each.value, each.people, each.regular) for each in figures]
    return SourceRows("people_figure", _COLUMNS, rows)


def active_per_resident(session: Session, period: Period) -> Computation:
    """LC-03: by ward, of its residents aged 15 and over; by age band and gender, of the city's residents."""
    total = _total(session, period)
    table = table_for(session, POPULATION, period.end)
    if total is None or table is None:
        return no_data(NO_PEOPLE if total is None else NO_POPULATION)
    residents, source = values_of(session, table), source_of(table)
    everybody = _rate(total.people, residents.get((WHOLE_CITY, POPULATION_BAND)), source)
    made = Computation(
        [Figure(disclosed(everybody, _alone(session, period))), _ward_known(session, period, total.people)]
    )
    for dimension in ("ward", "age-band", "gender"):
        figures = usage.people_figures(session, period.name, dimension)
        shown = _shown(session, period, dimension)
        for member, rate in _rates(dimension, figures, residents, source):
            made.figures.append(Figure(disclosed(rate, shown[member]), dimension, member))
        made.sources.append(_rows(figures))
    rows = [(place, band, f"{value:f}") for (place, band), value in sorted(residents.items())]
    made.sources.append(SourceRows(f"reference_table {table.code} {table.digest}", ("place", "band", "value"), rows))
    return made


def _ward_known(session: Session, period: Period, people: int) -> Figure:
    """Return the share of active people whose ward is known, hidden where it would reveal how few are unknown."""
    counts = {each.value: each.people for each in usage.people_figures(session, period.name, "ward")}
    unknown = _shown(session, period, "ward").get(UNKNOWN, Disclosure.PLAIN)
    return Figure(disclosed(share(people - counts.get(UNKNOWN, 0), people), unknown), measure="ward_known")


def _rate(people: int, residents: Decimal | None, source: str) -> Result:
    return active_per_thousand(people, residents, source, NO_BAND)


def _rates(
    dimension: str, figures: list[PeopleFigure], residents: Mapping[tuple[str, str], Decimal], source: str
) -> Iterator[tuple[str, Result]]:
    for each in figures:
        key = (each.value, POPULATION_BAND) if dimension == "ward" else (WHOLE_CITY, each.value)
        if key in residents:
            yield each.value, _rate(each.people, residents[key], source)


def priority_groups(session: Session, period: Period) -> Computation:
    """LC-10: the share of people in a priority group among those who answered; secondary figure: how many answered."""
    declared = usage.last_groups(session, _months(period))
    if not declared:
        return no_data(NO_PEOPLE)
    groups = list(declared.elements())
    priority = {term.code for term in vocabularies().audiences if term.facts.get("priority")}
    answered = [each for each in groups if each]
    inside = sum(bool(priority & set(each)) for each in answered)
    whole = disclosed(priority_share(groups, priority), _one_of_two(inside, len(answered)))
    rate = disclosed(answer_rate(len(answered), len(groups)), _one_of_two(len(answered), len(groups)))
    made = Computation([Figure(whole), Figure(rate, measure="answer_rate")])
    counts = {code: sum(code in each for each in answered) for code in sorted(priority)}
    for code, shown in hide_in_row(counts).items():
        part = share(counts[code], len(answered), least=LEAST_PEOPLE_FOR_A_RATE)
        made.figures.append(Figure(disclosed(part, shown), "group", code))
    tally = [(", ".join(kind), number) for kind, number in sorted(declared.items())]
    made.sources.append(SourceRows("person_month", ("groups", "people"), tally))
    return made


def _one_of_two(part: int, whole: int) -> Disclosure:
    # Next to the total, a part reveals how many the others are.
    return hide_in_row({"part": part, "rest": whole - part})["part"]


def _months(period: Period) -> usage.Period:
    return usage.Period(period.name, tuple(period.months()))


def regular_learners(session: Session, period: Period) -> Computation:
    """LC-11: people active in three ISO weeks of a month; in a quarter or year, of at least one of its months."""
    total = _total(session, period)
    if total is None:
        return no_data(NO_PEOPLE)
    if period.kind != "month":
        return _regular_in_any_month(session, period, total)
    made = Computation(_regular_of_all(total.regular, total.people), [_rows([total])])
    for dimension in DIMENSIONS:
        figures = usage.people_figures(session, period.name, dimension)
        made.figures += _regular_cells(dimension, figures, _shown(session, period, dimension))
        made.sources.append(_rows(figures))
    return made


def _regular_of_all(regular: int, people: int) -> list[Figure]:
    shown = _one_of_two(regular, people)
    return [
        Figure(disclosed(regular_share(regular, people), shown)),
        Figure(disclosed(count(regular), shown), measure="people"),
    ]


def _regular_cells(dimension: str, figures: list[PeopleFigure], active: Mapping[str, Disclosure]) -> Iterator[Figure]:
    """Give the share of regular learners for each value, hidden where it would reveal a small number of either kind."""
    table = {(each.value, "regular"): each.regular for each in figures}
    table |= {(each.value, "other"): each.people - each.regular for each in figures}
    shown = hide_in_table(table)
    for each in figures:
        result = disclosed(regular_share(each.regular, each.people), shown[each.value, "regular"])
        yield Figure(disclosed(result, active[each.value]), dimension, each.value)


def _regular_in_any_month(session: Session, period: Period, total: PeopleFigure) -> Computation:
    by_month = usage.regular_by_month(session, period.months())
    regular = len(set().union(*by_month.values()))
    rows = [(f"{month:%Y-%m}", len(people)) for month, people in by_month.items()]
    rows += [(period.name, regular)]
    sources = [_rows([total]), SourceRows("person_month", ("period", "regular"), rows)]
    return Computation(_regular_of_all(regular, total.people), sources)
