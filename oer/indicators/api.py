"""The JSON API of indicators: `/api/v1/indicators`."""

from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, request
from flask.json import dumps

from oer.core.errors import NotFound
from oer.indicators.computation.descriptions import EXCLUSIONS
from oer.indicators.computation.queries import (
    NO_FIGURE,
    figure_cells,
    figures_of_period,
    known_periods,
    standing_version,
)
from oer.indicators.computation.services import COMPUTED_CODES
from oer.indicators.models.rounds import Round
from oer.indicators.models.sets import Indicator
from oer.indicators.queries.entry import errata
from oer.indicators.queries.overview import period_asked
from oer.indicators.queries.rounds import published_round, published_rounds
from oer.indicators.queries.sets import find_indicator, find_set
from oer.indicators.schemas import LICENCE, erratum_row, figure_row, indicator_description, value_rows
from oer.web.context import db
from oer.web.languages import gettext
from oer.web.templates import site_address

blueprint = Blueprint("indicators_api", __name__, url_prefix="/api/v1/indicators")


def _json(document: Any) -> Response:
    text = dumps(document, ensure_ascii=False, default=_plain)
    return Response(text, content_type="application/json; charset=utf-8")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat()


def _with_licence(**more: Any) -> dict[str, Any]:
    return {"licence": LICENCE, "publisher": gettext("Ho Chi Minh City Open Learning Repository"), **more}


@blueprint.get("")
def figures() -> Response:
    """Return the computed indicators of a period, each with definition, exclusions and data version."""
    period = period_asked(db(), request.args.get("period", ""))
    found = figures_of_period(db(), period)
    lines = find_set(db(), "LC").indicators
    indicators = [_indicator(line, [figure_row(each) for each in found.get(line.code, [])]) for line in lines]
    final = standing_version(db(), period) > 0
    links = {
        "csv": site_address("/indicators/figures.csv"),
        "csvw": site_address("/indicators/figures.csv-metadata.json"),
    }
    more = {
        "period": period,
        "final": final,
        "periods": known_periods(db()),
        "rounds": [_round(each) for each in published_rounds(db())],
    }
    return _json(_with_licence(**more, links=links, indicators=indicators))


def _indicator(line: Indicator, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        **indicator_description(line, gettext),
        "figures": rows,
        "page": site_address(f"/indicators/sets/LC/{line.code}"),
    }


def _round(found: Round) -> dict[str, Any]:
    return {
        "id": found.id,
        "title": found.title,
        "period": found.period.name,
        "url": site_address(f"/api/v1/indicators/rounds/{found.id}"),
        "csv": site_address(f"/indicators/rounds/{found.id}.csv"),
    }


@blueprint.get("/<code>")
def one(code: str) -> Response:
    """Return one computed indicator for a period, in all dimensions."""
    if code not in EXCLUSIONS or code not in COMPUTED_CODES:
        raise NotFound(NO_FIGURE)
    period = period_asked(db(), request.args.get("period", ""))
    rows = [figure_row(each) for each in figure_cells(db(), code, period)]
    return _json(_with_licence(period=period, indicator=_indicator(find_indicator(db(), "LC", code), rows)))


@blueprint.get("/rounds/<int:round_id>")
def values(round_id: int) -> Response:
    """Return the published values of a round."""
    found = published_round(db(), round_id)
    about = {"id": found.id, "title": found.title, "period_start": found.period_start, "period_end": found.period_end}
    corrected = [erratum_row(each) for each in errata(db(), found.id)]
    return _json(_with_licence(round=about, values=list(value_rows(db(), found)), errata=corrected))
