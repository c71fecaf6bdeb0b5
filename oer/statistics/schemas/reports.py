"""Reports: tables with everything needed to read them. A page, a chart and every export are made from the same one."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import xlsxwriter

from oer.core.clock import city_time, now
from oer.core.i18n import N_, in_language, translator
from oer.core.spreadsheets import escape_formula


@dataclass(frozen=True)
class Measure:
    """A measure: its name in the totals, its heading and its definition (message keys)."""

    name: str
    heading: str
    definition: str


VIEWS = Measure("views", N_("Page views"), N_("Page views: how often the page about a material was opened."))
READS = Measure("reads", N_("Reads"), N_("Reads: how often a file was opened in a reader on this site."))
PLAYS = Measure("plays", N_("Plays"), N_("Plays: how often a sound or video file was started."))
DOWNLOADS = Measure(
    "downloads", N_("Downloads"), N_("Downloads: how often a file, or all files in one, was downloaded.")
)
USES = Measure("tir", N_("Uses"), N_("Uses: reads, plays and downloads together (COUNTER: Total_Item_Requests)."))
UNIQUE_USES = Measure(
    "uir",
    N_("Unique uses"),
    N_("Unique uses: a material counts once a session, however often and in whatever format it was opened"
       " (COUNTER: Unique_Item_Requests)."),
)  # fmt: skip
VISITS = Measure(
    "uii",
    N_("Unique visits"),
    N_("Unique visits: a material counts once a session in which its page or a file of it was opened"
       " (COUNTER: Unique_Item_Investigations)."),
)  # fmt: skip

MEASURES = (VIEWS, USES, UNIQUE_USES, READS, PLAYS, DOWNLOADS, VISITS)
BY_NAME = {measure.name: measure for measure in MEASURES}


# Reports: tables that say what they are. A page, a chart and every export are made from the same one.

EXCLUSIONS = (
    N_("Left out: robots and scripts (COUNTER's list and ours), double-clicks within 30 seconds, prefetching, parts"
       " of a file that do not begin it, visits of the repository's own staff."),
    N_("Counted by the COUNTER Code of Practice, release 5.1; days and months in Asia/Ho_Chi_Minh."),
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column: its name for machines, its heading (a message key), whether it holds numbers, and is for pages too."""

    name: str
    heading: str
    number: bool = False
    on_pages: bool = True


@dataclass(frozen=True)
class Hidden:
    """A number of people that is too small, or would give a small one away: shown, and nothing else of it."""

    shown: str = "<10"


Cell = str | int | float | date | None | Hidden | dict[str, str]
"""A dict is a text by language; None is no figure."""


@dataclass(frozen=True)
class Report:
    """A table with what one must know to read it. Texts are message keys, or texts by language."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[dict[str, Cell]]
    definitions: Sequence[str]
    since: date
    until: date
    filters: Sequence[tuple[str, Cell]] = ()
    exclusions: Sequence[str] = EXCLUSIONS
    provisional: bool = False
    notes: Sequence[str] = ()
    made_at: datetime = field(default_factory=now)

    def column(self, name: str) -> list[Any]:
        """Return the cells of one column."""
        return [row.get(name) for row in self.rows]


# Reports as files: CSV, XLSX and JSON, each with the definitions, period, filters and exclusions that it stands on.

BYTE_ORDER_MARK = "\ufeff"  # without it, spreadsheet programs take UTF-8 for something else
PROVISIONAL = N_("Provisional: the last days are still being counted.")
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


def write_csv(report: Report, language: str) -> bytes:
    """Return a report as CSV in UTF-8 with a byte order mark: what it is, an empty line, then the table."""
    text = io.StringIO()
    writer = csv.writer(text)
    for row in _sheet_rows(report, language):
        writer.writerow([escape_formula(cell) if isinstance(cell, str) else cell for cell in row])
    return (BYTE_ORDER_MARK + text.getvalue()).encode()


def write_xlsx(report: Report, language: str) -> bytes:
    """Return a report as a workbook: the table on the first sheet, what it is on the second."""
    translate = translator(language)
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(buffer, options)
    bold = book.add_format({"bold": True})
    table = book.add_worksheet(translate(N_("Figures")))
    table.write_row(0, 0, [translate(column.heading) for column in report.columns], bold)
    table.freeze_panes(1, 1)
    for number, row in enumerate(_table(report, language), 1):
        _write_row(table, number, row)
    table.autofit()
    about = book.add_worksheet(translate(N_("About this table")))
    for number, row in enumerate(_about(report, language)):
        _write_row(about, number, row)
    about.set_column(0, 1, 40)
    book.close()
    return buffer.getvalue()


def _write_row(sheet: Any, number: int, row: list[Any]) -> None:
    for column, cell in enumerate(row):
        if isinstance(cell, str):
            sheet.write_string(number, column, escape_formula(cell))
        elif cell is not None:
            sheet.write_number(number, column, cell)


def write_json(report: Report, language: str) -> bytes:
    """Return a report as JSON: figures as numbers; a hidden one as `{"value": null, "shown": "<10", "suppressed"}`."""
    translate = translator(language)
    document = {
        "report": report.name,
        "title": translate(report.title),
        "definitions": [translate(text) for text in report.definitions],
        "period": {"from": report.since.isoformat(), "to": report.until.isoformat()},
        "filters": {translate(name): _cell_text(value, language) for name, value in report.filters},
        "exclusions": [translate(text) for text in report.exclusions],
        "notes": [translate(text) for text in report.notes],
        "provisional": report.provisional,
        "made_at": report.made_at.isoformat(timespec="seconds"),
        "columns": {column.name: translate(column.heading) for column in report.columns},
        "rows": [
            {column.name: _json_cell(row.get(column.name), language) for column in report.columns}
            for row in report.rows
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _json_cell(cell: Cell, language: str) -> Any:
    if isinstance(cell, Hidden):
        return {"value": None, "shown": cell.shown, "suppressed": True}
    return cell if cell is None or isinstance(cell, int | float) else _cell_text(cell, language)


def _sheet_rows(report: Report, language: str) -> Iterator[list[Any]]:
    translate = translator(language)
    yield from _about(report, language)
    yield []
    yield [translate(column.heading) for column in report.columns]
    yield from _table(report, language)


def _about(report: Report, language: str) -> Iterator[list[Any]]:
    translate = translator(language)
    yield [translate(N_("Name of the report")), translate(report.title)]
    yield [translate(N_("Period")), f"{report.since.isoformat()} – {report.until.isoformat()}"]
    for name, value in report.filters or [(N_("Filters"), translate(N_("no filter")))]:
        yield [translate(name), _cell_text(value, language)]
    for heading, texts in (
        (N_("Definition"), report.definitions),
        (N_("Exclusions"), report.exclusions),
        (N_("Note"), [*report.notes, *([PROVISIONAL] if report.provisional else [])]),
    ):
        yield from ([translate(heading), translate(text)] for text in texts)
    yield [translate(N_("Made at")), city_time(report.made_at).isoformat(timespec="seconds")]


def _table(report: Report, language: str) -> Iterator[list[Any]]:
    for row in report.rows:
        yield [_sheet_cell(row.get(column.name), column, language) for column in report.columns]


def _sheet_cell(cell: Cell, column: Column, language: str) -> Any:
    if column.number and isinstance(cell, int | float):
        return cell
    return None if cell is None and column.number else _cell_text(cell, language)


def _cell_text(cell: Cell, language: str) -> str:
    if isinstance(cell, dict):
        return in_language(cell, language)
    if isinstance(cell, Hidden):
        return cell.shown
    if isinstance(cell, date):
        return cell.isoformat()
    return "" if cell is None else translator(language)(str(cell))


WRITERS: dict[str, Callable[[Report, str], bytes]] = {"csv": write_csv, "xlsx": write_xlsx, "json": write_json}
