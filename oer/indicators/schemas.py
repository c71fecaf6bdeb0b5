"""Figures and values as rows for machines: one shape for JSON and CSV, including how a hidden figure is shown."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from oer.core.clock import city_date
from oer.indicators.computation.descriptions import EXCLUSIONS, kind_of, measure_of
from oer.indicators.computation.formulas import FigureState
from oer.indicators.computation.queries import ShownFigure
from oer.indicators.models.rounds import Round
from oer.indicators.models.sets import Indicator
from oer.indicators.quantities import meaningful
from oer.indicators.queries.entry import AnswerChange, errata
from oer.indicators.queries.values import CityValue, PlaceValue, city_values

DEFINING = ("definition", "numerator", "denominator")
LICENCE = "https://creativecommons.org/licenses/by/4.0/"


@dataclass(frozen=True)
class Column:
    """A column of a CSV file: name, titles, type (CSVW) and description."""

    name: str
    title_vi: str
    title_en: str
    datatype: str
    description: str


FIGURE_COLUMNS = (
    Column("code", "Mã chỉ số", "Indicator", "string", "LC-01 to LC-20"),
    Column("period", "Kỳ", "Period", "string", "2026-03, 2026-Q1 or 2026"),
    Column("version", "Phiên bản", "Version", "integer", "0 while provisional; a later one corrects an earlier one"),
    Column("dimension", "Phân tổ theo", "Dimension", "string", "empty for the whole"),
    Column("member", "Giá trị phân tổ", "Member", "string", "code of the ward, age band, subject, ..."),
    Column("measure", "Số đo", "Measure", "string", "empty for the indicator's first figure"),
    Column("value", "Giá trị", "Value", "decimal", "empty where hidden or where there is no data"),
    Column("shown", "Hiển thị", "Shown", "string", "instead of a hidden value: <10 for people, … for a rate"),
    Column("suppressed", "Được che", "Suppressed", "boolean", "whether the value is hidden"),
    Column("unit", "Đơn vị tính", "Unit", "string", "unit of measurement"),
    Column("numerator", "Tử số", "Numerator", "decimal", "empty where hidden"),
    Column("denominator", "Mẫu số", "Denominator", "decimal", "empty where hidden or where there is none"),
    Column("denominator_source", "Nguồn mẫu số", "Source of the denominator", "string", "table, date, version"),
    Column(
        "state",
        "Trạng thái",
        "State",
        "string",
        "ok, no_data, hidden (1 to 9 people), withheld (it would give a hidden one away), too_few",
    ),
    Column("why", "Lý do", "Why there is none", "string", "English"),
    Column("kind", "Loại số liệu", "Kind", "string", "automatic or manual"),
    Column(
        "data_version",
        "Mã kiểm tra số liệu gốc",
        "Data version",
        "string",
        "SHA-256 of the file of its rows (docs/usage.md)",
    ),
)
VALUE_COLUMNS = (
    Column("set", "Bộ chỉ số", "Set", "string", "code of the indicator set"),
    Column("code", "Mã chỉ số", "Indicator", "string", "code of the indicator"),
    Column("place", "Đơn vị", "Unit", "string", "5-digit code of a ward or commune, code of a department, or city"),
    Column("place_name", "Tên đơn vị", "Name of the unit", "string", "in Vietnamese"),
    Column("period_start", "Từ ngày", "From", "date", "first day of the period"),
    Column("period_end", "Đến ngày", "To", "date", "last day of the period"),
    Column("value", "Giá trị", "Value", "decimal", "empty where the answer is no number"),
    Column("text", "Trả lời", "Answer", "string", "answers in words; yes or no"),
    Column("unit", "Đơn vị tính", "Unit of measurement", "string", "unit of measurement"),
    Column("numerator", "Tử số", "Numerator", "decimal", "as reported"),
    Column("denominator", "Mẫu số", "Denominator", "decimal", "as reported"),
    Column(
        "places", "Số nơi được tính", "Places counted", "integer", "wards and communes that the city's value stands on"
    ),
    Column("places_of", "Tổng số nơi", "Places in all", "integer", "wards and communes of the city"),
    Column("people_percent", "Tỷ lệ dân số", "Share of the people", "decimal", "percent of the city's people in them"),
    Column("not_available", "Không có số liệu", "No value", "boolean", "the unit says that there is no value"),
    Column("reference_date", "Ngày số liệu", "Reference date", "date", "the day that the value speaks of"),
    Column("source", "Nguồn", "Source", "string", "as reported"),
    Column("link", "Liên kết minh chứng", "Evidence", "anyURI", "as reported"),
    Column("note", "Ghi chú", "Note", "string", "in Vietnamese, else in English"),
    Column("kind", "Loại số liệu", "Kind", "string", "manual, or manual (sum of places)"),
    Column("corrected_on", "Ngày đính chính", "Corrected on", "date", "day of the last erratum"),
    Column("corrected_from", "Giá trị trước đính chính", "Corrected from", "string", "what was published before it"),
    Column("correction", "Lý do đính chính", "Reason of the erratum", "string", "as given"),
)


def figure_row(figure: ShownFigure) -> dict[str, Any]:
    """Return a figure as a row of `FIGURE_COLUMNS`."""
    return {
        "code": figure.code,
        "period": figure.period,
        "version": figure.version,
        "dimension": figure.dimension,
        "member": figure.member,
        "measure": figure.measure,
        "value": None if figure.value is None else meaningful(figure.value),
        "shown": figure.shown,
        "suppressed": figure.state in {FigureState.HIDDEN, FigureState.WITHHELD},
        "unit": measure_of(figure.code, figure.measure).unit,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "denominator_source": figure.denominator_source,
        "state": figure.state.value,
        "why": figure.why,
        "kind": kind_of(figure.code),
        "data_version": figure.data_version,
    }


def indicator_description(indicator: Indicator, translate: Callable[..., str]) -> dict[str, Any]:
    """Return the description of a computed indicator."""
    return {
        "code": indicator.code,
        "name": indicator.wording,
        **{name: {"en": indicator.facts[name], **_vietnamese(indicator, name)} for name in DEFINING},
        "status": indicator.of_set.in_force,
        "verification": indicator.verification,
        "exclusions": [translate(text) for text in EXCLUSIONS[indicator.code]],
        "note": indicator.note,
        "feeds": indicator.facts.get("feeds", []),
        "kind": kind_of(indicator.code),
    }


def _vietnamese(indicator: Indicator, name: str) -> dict[str, str]:
    text = indicator.facts.get("vi", {}).get(name)
    return {"vi": text} if text else {}


def value_rows(session: Session, found: Round) -> Iterator[dict[str, Any]]:
    """Give the approved values of a round as rows of `VALUE_COLUMNS`; for each indicator the city comes first."""
    corrected = {each.observation_id: each for each in reversed(errata(session, found.id))}
    for each in city_values(session, found.id):
        if each.city is None and each.from_places is not None:
            yield _sum_row(found, each)
        if each.city is not None:
            yield _value_row(found, each.indicator, each.city, corrected)
        for place in each.places:
            yield _value_row(found, each.indicator, place, corrected)


def _about(found: Round, indicator: Indicator) -> dict[str, Any]:
    about = {"set": indicator.of_set.code, "code": indicator.code, "unit": indicator.unit}
    return about | {"period_start": found.period_start, "period_end": found.period_end}


def _sum_row(found: Round, value: CityValue) -> dict[str, Any]:
    names = {"place": "city", "place_name": "Thành phố Hồ Chí Minh", "kind": "manual (sum of places)"}
    above, below = value.sums
    row = {**_about(found, value.indicator), **names, "value": value.from_places, "not_available": False}
    row |= {"numerator": above, "denominator": below}
    on = value.coverage
    return row | ({"places": on.places, "places_of": on.of, "people_percent": on.people} if on else {})


def _value_row(
    found: Round, indicator: Indicator, place: PlaceValue, corrected: Mapping[int, AnswerChange]
) -> dict[str, Any]:
    names = ("value", "text", "numerator", "denominator", "not_available", "reference_date", "source", "link")
    row = {**_about(found, indicator), **{name: getattr(place, name) for name in names}}
    note = place.note.get("vi") or place.note.get("en", "")
    row |= {"place": place.unit_code, "place_name": place.unit_name["vi"], "note": note, "kind": "manual"}
    erratum = corrected.get(place.observation_id)
    if erratum is None:
        return row
    before = erratum.before.text if erratum.before.value is None else f"{erratum.before.value:f}"
    return row | {"corrected_on": city_date(erratum.at), "corrected_from": before, "correction": erratum.reason}


def erratum_row(erratum: AnswerChange) -> dict[str, Any]:
    """Return an erratum as JSON says it."""
    names = ("value", "numerator", "denominator", "text")
    return {
        "code": erratum.indicator.code,
        "place": erratum.unit.code,
        "before": {name: getattr(erratum.before, name) for name in names},
        "after": {name: getattr(erratum.after, name) for name in names},
        "reason": erratum.reason,
        "date": city_date(erratum.at),
    }


def csvw_metadata(columns: Iterable[Column], *, url: str, title: str, language: str) -> dict[str, Any]:
    """Return the data dictionary of a CSV file (W3C Metadata Vocabulary for Tabular Data)."""
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": language}],
        "url": url,
        "dc:title": title,
        "dc:license": {"@id": LICENCE},
        "dialect": {"encoding": "utf-8", "header": True},
        "tableSchema": {
            "columns": [
                {
                    "name": each.name,
                    "titles": {"vi": each.title_vi, "en": each.title_en},
                    "datatype": each.datatype,
                    "dc:description": each.description,
                    "null": "",
                }
                for each in columns
            ]
        },
    }
