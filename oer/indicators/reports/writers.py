"""The writers of report files by format; XLSX and JSON are written here.

JSON is also read again, to show a report as a page.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from oer.core.spreadsheets import Sheet, write_xlsx
from oer.indicators.reports.document import (
    Answers,
    Bar,
    Block,
    Chart,
    Facts,
    Heading,
    PageBreak,
    Paragraph,
    ReportDocument,
    Table,
    Value,
    WriterLabels,
)
from oer.indicators.reports.docx_writer import write_docx
from oer.indicators.reports.form import AdministrativeForm
from oer.indicators.reports.pdf_writer import write_pdf

ABOUT_WIDTHS = (28, 80)
CHARACTERS_PER_PART = 7
NARROWEST, WIDEST = 10, 60


def write_report_workbook(document: ReportDocument) -> bytes:
    """Return a report as a workbook."""
    return write_xlsx([_about(document), *_sheets(document)], title=document.title, author=document.issuer)


def _about(document: ReportDocument) -> Sheet:
    notes = [block.text for block in document.blocks if isinstance(block, Paragraph) and block.kind == "note"]
    rows = [(document.subtitle, ""), ("", ""), (document.issuer, ""), *document.facts, ("", "")]
    rows += [("", text) for text in dict.fromkeys(notes)]
    return Sheet(document.labels.contents, rows, title=document.title, widths=ABOUT_WIDTHS)


def _sheets(document: ReportDocument) -> Iterator[Sheet]:
    """Give the sheets of the tables; tables with the same name and header share one."""
    together: dict[tuple[str, tuple[str, ...]], list[Table]] = {}
    sheets = [each.for_sheet() for each in document.blocks if isinstance(each, Table | Answers)]
    for number, table in enumerate(sheets, 1):
        name = table.sheet or f"{document.labels.table} {number}"
        together.setdefault((name, tuple(table.header)), []).append(table)
    for number, ((name, header), tables) in enumerate(together.items(), 1):
        parts = tables[0].widths or (2,) * len(header)
        widths = [max(NARROWEST, min(WIDEST, CHARACTERS_PER_PART * part)) for part in parts]
        rows = [row for table in tables for row in table.rows]
        yield Sheet(f"{number}. {name}", rows, header, widths=widths, filtered=True)


# JSON.

SCHEMA = "oer_indicator_report/1"


def write_json(document: ReportDocument) -> bytes:
    """Return a report as JSON, for `read_json`."""
    plain = {
        "schema": SCHEMA,
        "language": document.language,
        "title": document.title,
        "subtitle": document.subtitle,
        "issuer": document.issuer,
        "facts": [list(each) for each in document.facts],
        "words": asdict(document.labels),
        "landscape": document.landscape,
        "form": asdict(document.form) if document.form else None,
        "annex_at": document.annex_at,
        "blocks": [_block(each) for each in document.blocks],
    }
    return json.dumps(plain, ensure_ascii=False, default=_number).encode()


def _number(value: Decimal) -> dict[str, str]:
    # An object keeps the number exact, and distinct from a text: as a JSON number 71.28 would come back inexact.
    return {"decimal": f"{value:f}"}


def _block(block: Block) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {"heading": block.text, "level": block.level}
    if isinstance(block, Paragraph):
        return {"text": block.text, "kind": block.kind}
    if isinstance(block, Facts):
        return {"facts": [list(row) for row in block.rows]}
    return _table(block) if isinstance(block, Table) else _other_block(block)


def _other_block(block: Answers | Chart | PageBreak) -> dict[str, Any]:
    if isinstance(block, Chart):
        return {
            "chart": block.caption,
            "bars": [[each.label, each.percent, each.shown, each.target] for each in block.bars],
        }
    if isinstance(block, Answers):
        rows = [list(row) for row in block.rows]
        return {"answers": block.caption, "header": list(block.header), "rows": rows, "sheet": block.sheet}
    return {"break": "page"}


def _table(block: Table) -> dict[str, Any]:
    return {
        "table": block.caption,
        "header": block.header,
        "rows": block.rows,
        "numbers": sorted(block.numbers),
        "widths": list(block.widths),
        "sheet": block.sheet,
        "sheet_column": block.sheet_column,
    }


def read_json(content: bytes) -> ReportDocument:
    """Return the report that `write_json` wrote."""
    plain = json.loads(content)
    return ReportDocument(
        plain["language"],
        plain["title"],
        plain["subtitle"],
        plain["issuer"],
        [(name, value) for name, value in plain["facts"]],
        [_read_block(each) for each in plain["blocks"]],
        WriterLabels(**plain["words"]),
        plain["landscape"],
        # Reports of earlier versions have none.
        AdministrativeForm(**plain["form"]) if plain.get("form") else None,
        plain["annex_at"],
    )


def _read_block(plain: dict[str, Any]) -> Block:
    if "heading" in plain:
        return Heading(plain["heading"], plain["level"])
    if "text" in plain:
        return Paragraph(plain["text"], plain["kind"])
    if "facts" in plain:
        return Facts([(name, value) for name, value in plain["facts"]])
    return _read_table(plain) if "table" in plain else _read_other_block(plain)


def _read_other_block(plain: dict[str, Any]) -> Block:
    if "break" in plain:
        return PageBreak()
    if "chart" in plain:
        return Chart(plain["chart"], [_read_bar(*each) for each in plain["bars"]])
    rows = [(name, text) for name, text in plain["rows"]]
    return Answers(plain["answers"], tuple(plain["header"]), rows, plain["sheet"])


def _read_table(plain: dict[str, Any]) -> Table:
    rows = [[_value(cell) for cell in row] for row in plain["rows"]]
    numbers, widths = frozenset(plain["numbers"]), tuple(plain["widths"])
    column = tuple(plain["sheet_column"]) if plain["sheet_column"] else None
    return Table(plain["table"], plain["header"], rows, numbers, widths, plain["sheet"], column)


def _read_bar(label: str, percent: dict[str, str], shown: str, target: dict[str, str] | None) -> Bar:
    return Bar(label, Decimal(percent["decimal"]), shown, Decimal(target["decimal"]) if target else None)


def _value(cell: Any) -> Value:
    return Decimal(cell["decimal"]) if isinstance(cell, dict) else cell


# All formats.

WRITERS = {"docx": write_docx, "pdf": write_pdf, "xlsx": write_report_workbook, "json": write_json}
MEDIA_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
