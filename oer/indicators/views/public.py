"""What everybody may see: figures with their definitions and rows, published values, sets."""

from flask import render_template, request

from oer.core.errors import NotFound
from oer.indicators.formulas.descriptions import (
    DIMENSION_WORDS,
    EXCLUSIONS,
    KIND_WORDS,
    PEOPLE_CODES,
    kind_of,
    measure_of,
)
from oer.indicators.models import Indicator, SetKind
from oer.indicators.queries.computed import COMPUTED_CODES
from oer.indicators.queries.figures import (
    NO_FIGURE,
    ShownFigure,
    codes_by_member,
    figure_cells,
    figures_of_period,
    known_periods,
)
from oer.indicators.queries.members import member_name
from oer.indicators.queries.open_data import LICENCE, rows_behind
from oer.indicators.queries.overview import contributions, latest_period, overview
from oer.indicators.queries.published import published_round, published_rounds
from oer.indicators.queries.sets import current_sets, find_indicator, find_set, verification_counts
from oer.indicators.queries.trends import trend_of, unit_of
from oer.indicators.queries.values import city_values
from oer.indicators.views.blueprint import blueprint, is_administrator
from oer.web.context import db

MOST_ROWS = 200


@blueprint.get("/indicators")
def public() -> str:
    """Show what the repository computes, what was reported and published, and by which sets."""
    periods = known_periods(db())
    asked = request.args.get("period", "")
    period = asked if asked in periods else latest_period(db(), final=True) or latest_period(db())
    lines = {line.code: line for line in find_lines("LC")}
    rounds = published_rounds(db())
    return render_template(
        "indicators/public.html",
        period=period,
        periods=periods,
        lines=lines,
        figures=figures_of_period(db(), period) if period else {},
        by_member=codes_by_member(db(), period) if period else set(),
        rounds=rounds,
        standing=overview(db(), rounds),
        sets=[(each, verification_counts(each.indicators)) for each in current_sets(db())],
        licence=LICENCE,
        measure_of=measure_of,
        kind_of=kind_of,
        KIND_WORDS=KIND_WORDS,
    )


def find_lines(code: str) -> list[Indicator]:
    """Return the lines of a set, none where it was never loaded."""
    try:
        return find_set(db(), code).indicators
    except NotFound:
        return []


@blueprint.get("/indicators/sets/<code>")
def public_set(code: str) -> str:
    """Show a set with all its lines."""
    return render_template("indicators/public_set.html", set=find_set(db(), code))


@blueprint.get("/indicators/sets/<code>/<line_code>")
def indicator(code: str, line_code: str) -> str:
    """Show an indicator: what it is, how far its wording is verified, its targets, its values over time."""
    found = find_indicator(db(), code, line_code)
    period = latest_period(db(), final=True) or latest_period(db())
    beside = [each for each in contributions(db(), period) if each.measure.id == found.id]
    return render_template(
        "indicators/indicator.html",
        indicator=found,
        trend=trend_of(db(), found, public=not is_administrator()),
        beside=beside[0] if beside else None,
        period=period,
        unit=unit_of(found),
        measure_of=measure_of,
        computed=found.of_set.kind is SetKind.COMPUTED,
        KIND_WORDS=KIND_WORDS,
    )


@blueprint.get("/indicators/figures/<code>/<period>")
def figure(code: str, period: str) -> str:
    """Open a figure: definition, numerator, denominator, exclusions, data version, and the rows it came from."""
    if code not in COMPUTED_CODES:
        raise NotFound(NO_FIGURE)
    asked = request.args.get("version", "")
    cells = figure_cells(db(), code, period, int(asked) if asked.isdecimal() else None)
    sources, digest = rows_behind(db(), code, period)
    return render_template(
        "indicators/figure.html",
        indicator=find_indicator(db(), "LC", code),
        cells=cells,
        whole=[each for each in cells if not each.dimension],
        dimensions=_by_dimension(cells),
        sources=sources,
        unchanged=digest == cells[0].data_version,
        digest=digest,
        most=MOST_ROWS,
        about_people=code in PEOPLE_CODES,
        exclusions=EXCLUSIONS[code],
        kind=KIND_WORDS[kind_of(code)],
        measure_of=measure_of,
        member_name=member_name,
        DIMENSION_WORDS=DIMENSION_WORDS,
        period=period,
    )


def _by_dimension(cells: list[ShownFigure]) -> dict[str, list[ShownFigure]]:
    found: dict[str, list[ShownFigure]] = {}
    for each in cells:
        if each.dimension:
            found.setdefault(each.dimension, []).append(each)
    return found


@blueprint.get("/indicators/rounds/<int:round_id>")
def published(round_id: int) -> str:
    """Show the published values of a round."""
    found = published_round(db(), round_id)
    return render_template("indicators/published.html", round=found, values=city_values(db(), found.id))
