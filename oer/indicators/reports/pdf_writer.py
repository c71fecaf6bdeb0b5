"""A report as PDF by Typst: tagged (PDF/UA-1), archival (PDF/A-2a), with embedded fonts.

Texts are passed to the typesetter as JSON, never as markup, so nothing that somebody typed can be a command.
"""

import json
import re
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import typst

from oer.core.clock import now
from oer.indicators.reports.document import (
    FONT_FOLDER,
    Answers,
    Block,
    Chart,
    Facts,
    Heading,
    PageBreak,
    Paragraph,
    ReportDocument,
    Table,
    column_points,
    show,
)

_LONG = re.compile(r"(?=\S*[A-Za-z])\S{9,}")
PORTRAIT_POINTS, LANDSCAPE_POINTS = 467.7, 714.3  # of A4 between the margins of the template
_MARK = re.compile(r"[-./_](?=\w)")
TEMPLATE = Path(__file__).parent / "report.typ"


def write_pdf(document: ReportDocument, made_at: datetime | None = None) -> bytes:
    """Return a report as a PDF with headings, page numbers, a table of contents and table captions."""
    blocks = [_block(each, document.language, landscape=document.landscape) for each in document.blocks]
    plain = {
        "language": document.language,
        "title": document.title,
        "subtitle": document.subtitle,
        "issuer": document.issuer,
        "facts": document.facts,
        "landscape": document.landscape,
        "form": asdict(document.form) if document.form else None,
        "annex_at": document.annex_at,
        "signed_at": document.signed_at,
        "words": {"table": document.labels.table, "page": document.labels.page, "contents": document.labels.contents},
        "blocks": blocks,
    }
    return typst.compile(
        TEMPLATE,
        pdf_standards=["a-2a", "ua-1"],
        ignore_system_fonts=True,
        font_paths=[FONT_FOLDER],
        sys_inputs={"report": json.dumps(plain, ensure_ascii=False)},
        timestamp=(made_at or now()).replace(microsecond=0),
    )


def _block(block: Block, language: str, *, landscape: bool) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {"is": "heading", "text": block.text, "level": block.level}
    if isinstance(block, Paragraph):
        return {"is": "paragraph", "text": block.text, "kind": block.kind}
    if isinstance(block, Facts):
        return {"is": "facts", "rows": [list(row) for row in block.rows]}
    return _table(block, language, landscape) if isinstance(block, Table) else _other_block(block)


def _other_block(block: Answers | Chart | PageBreak) -> dict[str, Any]:
    if isinstance(block, Answers):
        return {"is": "answers", "rows": [[name, text.splitlines() or [""]] for name, text in block.rows]}
    if isinstance(block, Chart):
        return {"is": "chart", "caption": block.caption, "words": block.in_words, "bars": _bars(block)}
    return {"is": "break"}


def _table(block: Table, language: str, landscape: bool) -> dict[str, Any]:
    return {
        "is": "table",
        "caption": block.caption,
        "header": block.header,
        "rows": [[_cell(cell, language) for cell in row] for row in block.rows],
        "numbers": sorted(block.numbers),
        "widths": column_points(block, language, LANDSCAPE_POINTS if landscape else PORTRAIT_POINTS),
    }


def _bars(chart: Chart) -> list[dict[str, Any]]:
    return [
        {
            "label": each.label,
            "percent": _within(each.percent),
            "shown": each.shown,
            "target": None if each.target is None else _within(each.target),
        }
        for each in chart.bars
    ]


def _within(percent: Decimal) -> float:
    return float(min(max(percent, Decimal(0)), Decimal(100)))


def _cell(cell: str | Decimal | int | None, language: str) -> str:
    # Long codes and URLs may break after punctuation; without this the typesetter would not break them.
    return _LONG.sub(lambda found: _MARK.sub("\\g<0>\u200b", found[0]), show(cell, language))
