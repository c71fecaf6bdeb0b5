"""The same as files: CSV with its data dictionary (CSVW), sets as YAML and XLSX."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Response, request

from oer.core.errors import NotFound
from oer.core.spreadsheets import harmless
from oer.indicators.formats import write_workbook, write_yaml
from oer.indicators.queries.computed import COMPUTED_CODES
from oer.indicators.queries.figures import NO_FIGURE, figure_cells
from oer.indicators.queries.open_data import (
    FIGURE_COLUMNS,
    VALUE_COLUMNS,
    Column,
    csvw,
    figure_row,
    rows_behind,
    value_rows,
)
from oer.indicators.queries.overview import period_asked
from oer.indicators.queries.published import published_round
from oer.indicators.queries.sets import find_set, set_document
from oer.indicators.views.blueprint import blueprint
from oer.web.context import db, language
from oer.web.languages import gettext
from oer.web.templates import site_address

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _attachment(content: bytes | str, name: str, media_type: str, described_by: str = "") -> Response:
    response = Response(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    if described_by:
        response.headers["Link"] = f'<{described_by}>; rel="describedby"; type="application/csvm+json"'
    return response


def _csv(columns: Iterable[Column], rows: Iterable[Mapping[str, Any]]) -> str:
    names = [column.name for column in columns]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(names)
    for row in rows:
        writer.writerow([_plain(row.get(name)) for name in names])
    return text.getvalue()


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return harmless(value.isoformat() if isinstance(value, date) else str(value))


@blueprint.get("/indicators/figures.csv")
def figures_csv() -> Response:
    """Send every figure of a period as CSV."""
    period = period_asked(db(), request.args.get("period", ""))
    rows = [figure_row(cell) for code in COMPUTED_CODES for cell in _cells(code, period)]
    described_by = site_address("/indicators/figures.csv-metadata.json")
    return _attachment(_csv(FIGURE_COLUMNS, rows), f"figures-{period}.csv", "text/csv; charset=utf-8", described_by)


def _cells(code: str, period: str) -> Iterable[Any]:
    try:
        return figure_cells(db(), code, period)
    except NotFound:
        return []


@blueprint.get("/indicators/figures.csv-metadata.json")
def figures_metadata() -> Response:
    """Send the data dictionary of the figures' CSV."""
    title = gettext("Computed learning-city indicators")
    return _metadata(
        csvw(FIGURE_COLUMNS, url=site_address("/indicators/figures.csv"), title=title, language=language())
    )


def _metadata(document: Mapping[str, Any]) -> Response:
    return Response(json.dumps(document, ensure_ascii=False, indent=1), content_type="application/csvm+json")


@blueprint.get("/indicators/figures/<code>/<period>/rows.csv")
def rows_csv(code: str, period: str) -> Response:
    """Send the rows that a figure stands on."""
    if code not in COMPUTED_CODES:
        raise NotFound(NO_FIGURE)
    figure_cells(db(), code, period)
    sources, _ = rows_behind(db(), code, period)
    text = io.StringIO()
    writer = csv.writer(text)
    for source in sources:
        writer.writerow(["table", *source.columns])
        writer.writerows([_plain(each) for each in (source.table, *row)] for row in source.rows)
    return _attachment(text.getvalue(), f"{code}-{period}-rows.csv", "text/csv; charset=utf-8")


@blueprint.get("/indicators/rounds/<int:round_id>.csv")
def values_csv(round_id: int) -> Response:
    """Send the published values of a round, city and places, as CSV."""
    found = published_round(db(), round_id)
    described_by = site_address(f"/indicators/rounds/{round_id}.csv-metadata.json")
    name = f"values-{found.period.name.replace('/', '--')}.csv"
    return _attachment(_csv(VALUE_COLUMNS, value_rows(db(), found)), name, "text/csv; charset=utf-8", described_by)


@blueprint.get("/indicators/rounds/<int:round_id>.csv-metadata.json")
def values_metadata(round_id: int) -> Response:
    """Send the data dictionary of a round's CSV."""
    found = published_round(db(), round_id)
    url = site_address(f"/indicators/rounds/{round_id}.csv")
    return _metadata(
        csvw(VALUE_COLUMNS, url=url, title=found.title.get(language(), found.title["vi"]), language=language())
    )


@blueprint.get("/indicators/sets/<code>.<extension>")
def set_file(code: str, extension: str) -> Response:
    """Send a set as YAML or XLSX, as it can be taken in again."""
    document = set_document(find_set(db(), code))
    if extension == "xlsx":
        return _attachment(write_workbook(document), f"{code}.xlsx", XLSX)
    if extension != "yaml":
        raise NotFound("There is nothing at this address.")
    return _attachment(write_yaml(document), f"{code}.yaml", "application/yaml; charset=utf-8")
