"""Public pages and files: figures, published values, sets; CSV with its data dictionary (CSVW)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Response, render_template, request

from oer.core.errors import NotFound
from oer.core.spreadsheets import CSV_TYPE, XLSX_TYPE, write_csv
from oer.indicators.computation.descriptions import (
    DIMENSION_LABELS,
    EXCLUSIONS,
    KIND_LABELS,
    PEOPLE_CODES,
    kind_of,
    measure_of,
)
from oer.indicators.computation.formulas import RECIPE, rows_file
from oer.indicators.computation.queries import (
    NO_FIGURE,
    NO_ROWS,
    ShownFigure,
    codes_by_member,
    counting_began_within,
    course_names,
    every_figure,
    figure_cells,
    figures_of_period,
    known_periods,
    source_tables,
    unit_names,
)
from oer.indicators.computation.services import COMPUTED_CODES
from oer.indicators.labels import member_name
from oer.indicators.models.sets import Indicator, SetKind
from oer.indicators.queries.entry import errata
from oer.indicators.queries.overview import contributions, latest_period, overview, period_asked, trend_of, unit_of
from oer.indicators.queries.rounds import published_round, published_rounds
from oer.indicators.queries.sets import current_sets, find_indicator, find_set, set_document, verification_counts
from oer.indicators.queries.values import city_values
from oer.indicators.schemas import (
    FIGURE_COLUMNS,
    LICENCE,
    VALUE_COLUMNS,
    Column,
    csvw_metadata,
    figure_row,
    value_rows,
)
from oer.indicators.set_files.workbooks import write_workbook
from oer.indicators.set_files.yaml_files import write_yaml
from oer.indicators.views.blueprint import blueprint, is_administrator
from oer.web.context import db, language
from oer.web.languages import gettext
from oer.web.page_cache import cached_page
from oer.web.request_validation import row_number
from oer.web.templates import site_address

# What the public pages depend on, in one row. Every change to sets, targets, rounds and reports leaves an audit record
# in the same transaction; figures carry their date; rows that are kept later and published series are only added.
STATE = """
SELECT (SELECT max(id) FROM audit_record), (SELECT max(made_at) FROM computed_figure),
       (SELECT max(id) FROM figure_source), (SELECT max(id) FROM series_point)
"""


@blueprint.get("/indicators")
@cached_page(STATE, in_outage=True)
def public() -> str:
    """Show the computed indicators, the published rounds and the indicator sets."""
    periods = known_periods(db())
    asked = request.args.get("period", "")
    period = asked if asked in periods else latest_period(db())
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
        sets=[(each, verification_counts(each.indicators)) for each in current_sets(db(), with_lines=True)],
        licence=LICENCE,
        measure_of=measure_of,
        kind_of=kind_of,
        KIND_LABELS=KIND_LABELS,
    )


def find_lines(code: str) -> list[Indicator]:
    """Return the lines of a set; none if it was never loaded."""
    try:
        return find_set(db(), code).indicators
    except NotFound:
        return []


@blueprint.get("/indicators/sets/<code>")
@cached_page(STATE, in_outage=True)
def public_set(code: str) -> str:
    """Show a set with all its lines."""
    return render_template("indicators/public_set.html", set=find_set(db(), code))


@blueprint.get("/indicators/sets/<code>/<line_code>")
@cached_page(STATE, in_outage=True)
def indicator(code: str, line_code: str) -> str:
    """Show an indicator: definition, verification of its wording, targets, values over time."""
    found = find_indicator(db(), code, line_code)
    period = latest_period(db())
    fed = [each for each in contributions(db(), period) if each.measure.id == found.id]
    return render_template(
        "indicators/indicator.html",
        indicator=found,
        trend=trend_of(db(), found, public=not is_administrator()),
        contribution=fed[0] if fed else None,
        period=period,
        unit=unit_of(found),
        measure_of=measure_of,
        computed=found.of_set.kind is SetKind.COMPUTED,
        KIND_LABELS=KIND_LABELS,
    )


@blueprint.get("/indicators/figures/<code>/<period>")
@cached_page(STATE, in_outage=True)
def figure(code: str, period: str) -> str:
    """Show a figure: definition, numerator, denominator, exclusions, data version, source rows."""
    if code not in COMPUTED_CODES:
        raise NotFound(NO_FIGURE)
    cells = figure_cells(db(), code, period, row_number(request.args.get("version")))
    return render_template(
        "indicators/figure.html",
        indicator=find_indicator(db(), "LC", code),
        cells=cells,
        whole=[each for each in cells if not each.dimension],
        dimensions=_by_dimension(cells),
        sources=source_tables(db(), cells),
        about_people=code in PEOPLE_CODES,
        exclusions=EXCLUSIONS[code],
        kind=KIND_LABELS[kind_of(code)],
        measure_of=measure_of,
        member_name=member_name,
        DIMENSION_LABELS=DIMENSION_LABELS,
        period=period,
        own_names=unit_names(db(), [each.member for each in cells if each.dimension == "unit"])
        | course_names(db(), [each.member for each in cells if each.dimension == "path"]),
        as_documented=cells[0].recipe == RECIPE,
        began=counting_began_within(db(), period),
    )


def _by_dimension(cells: list[ShownFigure]) -> dict[str, list[ShownFigure]]:
    found: dict[str, list[ShownFigure]] = {}
    for each in cells:
        if each.dimension:
            found.setdefault(each.dimension, []).append(each)
    return found


@blueprint.get("/indicators/rounds/<int:round_id>")
@cached_page(STATE, in_outage=True)
def published(round_id: int) -> str:
    """Show the published values of a round."""
    found = published_round(db(), round_id)
    values = city_values(db(), found.id)
    return render_template("indicators/published.html", round=found, values=values, errata=errata(db(), found.id))


# The same data as files.


def _attachment(content: bytes | str, name: str, media_type: str, described_by: str = "") -> Response:
    response = Response(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    if described_by:
        response.headers["Link"] = f'<{described_by}>; rel="describedby"; type="application/csvm+json"'
    return response


def _csv(columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]) -> bytes:
    names = [column.name for column in columns]
    return write_csv([names, *([row.get(name) for name in names] for row in rows)], byte_order_mark=False)


@blueprint.get("/indicators/figures.csv")
def figures_csv() -> Response:
    """Send every figure of a period as CSV."""
    period = period_asked(db(), request.args.get("period", ""))
    rows = [figure_row(each) for each in every_figure(db(), period)]
    described_by = site_address("/indicators/figures.csv-metadata.json")
    return _attachment(_csv(FIGURE_COLUMNS, rows), f"figures-{period}.csv", CSV_TYPE, described_by)


@blueprint.get("/indicators/figures.csv-metadata.json")
def figures_metadata() -> Response:
    """Send the data dictionary of the figures' CSV."""
    title = gettext("Computed learning-city indicators")
    return _metadata(
        csvw_metadata(FIGURE_COLUMNS, url=site_address("/indicators/figures.csv"), title=title, language=language())
    )


def _metadata(document: Mapping[str, Any]) -> Response:
    return Response(json.dumps(document, ensure_ascii=False, indent=1), content_type="application/csvm+json")


@blueprint.get("/indicators/figures/<code>/<period>/rows.csv")
def rows_csv(code: str, period: str) -> Response:
    """Send every row that a figure was computed from, as stored with the figure."""
    cells = figure_cells(db(), code, period, row_number(request.args.get("version")))
    sources = source_tables(db(), cells, every_row=True)
    if sources is None:
        raise NotFound(NO_ROWS)
    content = rows_file((source.name, source.columns, source.rows) for source in sources)
    return _attachment(content, f"{code}-{period}-rows.csv", CSV_TYPE)


@blueprint.get("/indicators/rounds/<int:round_id>.csv")
def values_csv(round_id: int) -> Response:
    """Send the published values of a round, city and places, as CSV."""
    found = published_round(db(), round_id)
    described_by = site_address(f"/indicators/rounds/{round_id}.csv-metadata.json")
    name = f"values-{found.period.name.replace('/', '--')}.csv"
    return _attachment(_csv(VALUE_COLUMNS, value_rows(db(), found)), name, CSV_TYPE, described_by)


@blueprint.get("/indicators/rounds/<int:round_id>.csv-metadata.json")
def values_metadata(round_id: int) -> Response:
    """Send the data dictionary of a round's CSV."""
    found = published_round(db(), round_id)
    url = site_address(f"/indicators/rounds/{round_id}.csv")
    return _metadata(
        csvw_metadata(VALUE_COLUMNS, url=url, title=found.title.get(language(), found.title["vi"]), language=language())
    )


@blueprint.get("/indicators/sets/<code>.<extension>")
def set_file(code: str, extension: str) -> Response:
    """Send a set as YAML or XLSX; both can be imported again."""
    document = set_document(find_set(db(), code))
    if extension == "xlsx":
        return _attachment(write_workbook(document), f"{code}.xlsx", XLSX_TYPE)
    if extension != "yaml":
        raise NotFound("This page does not exist.")
    return _attachment(write_yaml(document), f"{code}.yaml", "application/yaml; charset=utf-8")
