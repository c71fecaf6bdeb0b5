"""LC-01, LC-03, LC-10, LC-11: people who agreed to be counted."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from sqlalchemy.orm import Session

from oer.core.i18n import N_
from oer.indicators.formulas import Result, count
from oer.indicators.formulas.people import active_per_thousand, answer_rate, priority_share, regular_share
from oer.indicators.formulas.results import share
from oer.indicators.formulas.small_cells import hidden_cells
from oer.indicators.models.references import POPULATION, WHOLE_CITY
from oer.indicators.periods import Period
from oer.indicators.queries.computed.shapes import UNKNOWN, Cell, Computation, Rows, guarded, nothing, people_cells
from oer.indicators.queries.references import source_of, table_for, values_of
from oer.usage.models import PeopleFigure
from oer.usage.queries import people as usage
from oer.vocabularies import vocabularies

NO_PEOPLE = N_("Nobody who agreed to be counted used a material in this period.")
NO_POPULATION = N_("There is no population table with a date up to the end of this period.")
NO_BAND = N_("The population table has no figure for this place or group.")
# A person is in several groups at once, so groups do not add up to all people.
DIMENSIONS = {"ward": True, "age-band": True, "gender": True, "disability": True, "group": False}
POPULATION_BAND = "15+"
_COLUMNS = ("period", "version", "dimension", "value", "people", "regular")


def active_learners(session: Session, period: Period) -> Computation:
    """LC-01."""
    total = _total(session, period)
    if total is None:
        return nothing(NO_PEOPLE)
    made = Computation([Cell(guarded(count(total.people)))], [_rows([total])])
    for dimension, adds_up in DIMENSIONS.items():
        figures = usage.people_figures(session, period.name, dimension)
        counts = {each.value: each.people for each in figures}
        made.cells += people_cells(dimension, counts, {k: count(n) for k, n in counts.items()}, adds_up=adds_up)
        made.sources.append(_rows(figures))
    return made


def _total(session: Session, period: Period) -> PeopleFigure | None:
    found = usage.people_figures(session, period.name)
    return found[0] if found and found[0].people else None


def _rows(figures: list[PeopleFigure]) -> Rows:
    rows = [(each.period, each.version, each.dimension, each.value, each.people, each.regular) for each in figures]
    return Rows("people_figure", _COLUMNS, rows)


def active_per_resident(session: Session, period: Period) -> Computation:
    """LC-03: by ward over its residents of 15 and more, by age band over the band's."""
    total = _total(session, period)
    table = table_for(session, POPULATION, period.end)
    if total is None or table is None:
        return nothing(NO_PEOPLE if total is None else NO_POPULATION)
    residents, source = values_of(session, table), source_of(table)
    wards = usage.people_figures(session, period.name, "ward")
    everybody = _rate(total.people, residents.get((WHOLE_CITY, POPULATION_BAND)), source)
    made = Computation([Cell(guarded(everybody)), Cell(_ward_known(wards, total.people), measure="ward_known")])
    for dimension in ("ward", "age-band", "gender"):
        figures = usage.people_figures(session, period.name, dimension)
        made.cells += _rate_cells(dimension, figures, residents, source)
        made.sources.append(_rows(figures))
    rows = [(place, band, f"{value:f}") for (place, band), value in sorted(residents.items())]
    made.sources.append(Rows(f"reference_table {table.code} {table.digest}", ("place", "band", "value"), rows))
    return made


def _ward_known(wards: list[PeopleFigure], people: int) -> Result:
    """Return for how many of the active people the ward is known, hidden where that would give away for how few not."""
    counts = {each.value: each.people for each in wards}
    result = guarded(share(people - counts.get(UNKNOWN, 0), people))
    return result.hidden() if UNKNOWN in hidden_cells(counts) else result


def _rate(people: int, residents: Decimal | None, source: str) -> Result:
    return active_per_thousand(people, residents, source, NO_BAND)


def _rate_cells(
    dimension: str, figures: list[PeopleFigure], residents: Mapping[tuple[str, str], Decimal], source: str
) -> Iterator[Cell]:
    counts = {each.value: each.people for each in figures}
    rates = {}
    for member, people in counts.items():
        key = (member, POPULATION_BAND) if dimension == "ward" else (WHOLE_CITY, member)
        if key in residents:
            rates[member] = _rate(people, residents[key], source)
    yield from people_cells(dimension, counts, rates)


def priority_groups(session: Session, period: Period) -> Computation:
    """LC-10: of those who answered the question, the share in a priority group; how many answered stands beside it."""
    groups = _groups_of_people(session, period)
    if not groups:
        return nothing(NO_PEOPLE)
    priority = {term.code for term in vocabularies().audiences if term.facts.get("priority")}
    answered = [each for each in groups if each]
    made = Computation([Cell(guarded(priority_share(groups, priority)))])
    made.cells.append(Cell(guarded(answer_rate(len(answered), len(groups))), measure="answer_rate"))
    counts = {code: sum(code in each for each in answered) for code in sorted(priority)}
    shares = {code: guarded(share(number, len(answered), least=30)) for code, number in counts.items()}
    made.cells += people_cells("group", counts, shares, adds_up=False)
    tally = [(", ".join(kind), groups.count(kind)) for kind in sorted({*groups})]
    made.sources.append(Rows("person_month", ("groups", "people"), tally))
    return made


def _groups_of_people(session: Session, period: Period) -> list[tuple[str, ...]]:
    # As in every count of people: what a person declared last in the period.
    return [tuple(sorted(months[-1].groups)) for months in usage.people_in(session, _months(period))]


def _months(period: Period) -> usage.Period:
    return usage.Period(period.name, tuple(period.months()))


def regular_learners(session: Session, period: Period) -> Computation:
    """LC-11: in a month, active in three of its ISO weeks; in a quarter or year, so in at least one of its months."""
    total = _total(session, period)
    if total is None:
        return nothing(NO_PEOPLE)
    if period.kind != "month":
        return _regular_in_any_month(session, period, total)
    made = Computation(_regular_cells("", {"": (total.regular, total.people)}), [_rows([total])])
    for dimension, adds_up in DIMENSIONS.items():
        figures = usage.people_figures(session, period.name, dimension)
        pairs = {each.value: (each.regular, each.people) for each in figures}
        made.cells += _regular_cells(dimension, pairs, adds_up=adds_up)
        made.sources.append(_rows(figures))
    return made


def _regular_cells(dimension: str, pairs: Mapping[str, tuple[int, int]], *, adds_up: bool = True) -> list[Cell]:
    shares = {member: guarded(regular_share(regular, people)) for member, (regular, people) in pairs.items()}
    numbers = {member: guarded(count(regular)) for member, (regular, _) in pairs.items()}
    if not dimension:
        return [Cell(shares[""]), Cell(numbers[""], measure="people")]
    hidden_by_regular = {member: regular for member, (regular, _) in pairs.items()}
    active = {member: people for member, (_, people) in pairs.items()}
    shown = list(people_cells(dimension, hidden_by_regular, shares, adds_up=adds_up))
    by_member = {each.member: each.result for each in shown}
    return list(people_cells(dimension, active, by_member, adds_up=adds_up))


def _regular_in_any_month(session: Session, period: Period, total: PeopleFigure) -> Computation:
    by_month = {month: usage.regular_people(session, month) for month in period.months()}
    regular = len(set().union(*by_month.values()))
    rows = [(f"{month:%Y-%m}", len(people)) for month, people in by_month.items()]
    rows += [(period.name, regular)]
    sources = [_rows([total]), Rows("person_month", ("period", "regular"), rows)]
    return Computation(_regular_cells("", {"": (regular, total.people)}), sources)
