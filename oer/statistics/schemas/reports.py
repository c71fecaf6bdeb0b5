"""Reports: tables with everything needed to read them, the source of pages, charts and exports alike."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from oer.core.clock import city_time, now
from oer.core.i18n import N_, in_language, translator
from oer.core.spreadsheets import CSV_TYPE, XLSX_TYPE, Sheet, write_csv, write_xlsx


@dataclass(frozen=True)
class Measure:
    """A measure: its name in the totals, and its heading and definition (message keys)."""

    name: str
    heading: str
    definition: str


VIEWS = Measure("views", N_("Page views"), N_("Page views: how often the page about a material was opened."))
READS = Measure("reads", N_("Reads"), N_("Reads: how often a file was opened in a reader on this site."))
PLAYS = Measure("plays", N_("Plays"), N_("Plays: how often an audio or video file was started."))
DOWNLOADS = Measure(
    "downloads", N_("Downloads"), N_("Downloads: how often a file, or all files in one, was downloaded.")
)
USES = Measure("tir", N_("Uses"), N_("Uses: reads, plays and downloads together (COUNTER: Total_Item_Requests)."))
UNIQUE_USES = Measure(
    "uir",
    N_("Unique uses"),
    N_("Unique uses: a material counts once per session, however often and in whatever format it was opened"
       " (COUNTER: Unique_Item_Requests)."),
)  # fmt: skip
VISITS = Measure(
    "uii",
    N_("Unique visits"),
    N_("Unique visits: a material counts once per session in which its page or one of its files was opened"
       " (COUNTER: Unique_Item_Investigations)."),
)  # fmt: skip

MEASURES = (VIEWS, USES, UNIQUE_USES, READS, PLAYS, DOWNLOADS, VISITS)
BY_NAME = {measure.name: measure for measure in MEASURES}


EXCLUSIONS = (
    N_("Not counted: robots and scripts (COUNTER's list and ours), double-clicks within 30 seconds, prefetching,"
       " requests for later parts of a file, and visits by the repository's staff."),
    N_("Counted according to the COUNTER Code of Practice, release 5.1; days and months in Asia/Ho_Chi_Minh."),
)  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column: its key in rows, its heading (a message key), whether it holds numbers and is shown on pages."""

    name: str
    heading: str
    number: bool = False
    on_pages: bool = True


@dataclass(frozen=True)
class Hidden:
    """A number of people that may not be shown, and what is shown instead."""

    shown: str = "<10"


Cell = str | int | float | date | None | Hidden | dict[str, str]
"""A dict is a text by language; None means that there is no figure."""


@dataclass(frozen=True)
class Report:
    """A table with everything needed to read it. Texts are message keys, or texts by language."""

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


PROVISIONAL = N_("Provisional: the last days are still being counted.")
TYPES = {"csv": CSV_TYPE, "xlsx": XLSX_TYPE, "json": "application/json"}


def report_file(report: Report, extension: str, language: str) -> bytes:
    """Return a report as a file of one of `TYPES`, with the definitions, period, filters and exclusions it rests on.

    CSV: what the table is, an empty line, the table. XLSX: the table on the first sheet, what it is on the second.
    """
    if extension == "json":
        return json.dumps(_as_json(report, language), ensure_ascii=False, indent=1).encode()
    translate = translator(language)
    header = [translate(column.heading) for column in report.columns]
    if extension == "csv":
        return write_csv([*_about(report, language), [], header, *_table(report, language)])
    return write_xlsx(
        [
            Sheet(translate(N_("Figures")), _table(report, language), header),
            Sheet(translate(N_("About this table")), _about(report, language), widths=(40, 40)),
        ],
        title=translate(report.title),
    )


def _as_json(report: Report, language: str) -> dict[str, Any]:
    """Return a report as JSON: figures as numbers, a hidden one as `{"value": null, "shown": "<10", "suppressed"}`."""
    translate = translator(language)
    return {
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


def _json_cell(cell: Cell, language: str) -> Any:
    if isinstance(cell, Hidden):
        return {"value": None, "shown": cell.shown, "suppressed": True}
    return cell if cell is None or isinstance(cell, int | float) else _cell_text(cell, language)


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
    yield [translate(N_("Created at")), city_time(report.made_at).isoformat(timespec="seconds")]


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
