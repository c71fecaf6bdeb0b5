"""ODT, ODP and ODS."""

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO

from oer.backends.extraction.findings import Findings
from oer.backends.extraction.flow import Block, heading, note_flow
from oer.backends.extraction.odf import DRAW, STYLE, TABLE, TEXT, OdfReader, open_content, open_document
from oer.backends.extraction.sheets import SheetNotes
from oer.backends.extraction.slides import note_slide
from oer.backends.extraction.xml import Element, local_name, outermost

_STYLES = (f"{STYLE}style", f"{TEXT}list-style")
_NOT_READ = frozenset({"tracked-changes", "table-of-content"})
_MOST_REPEATED_ROWS = 100


def read_text(path: Path, findings: Findings) -> None:
    """Note a text document as sections."""
    with open_document(path, findings) as archive, open_content(archive, findings.limits.member_bytes) as stream:
        tags = (*(f"{TEXT}{name}" for name in ("h", "p", "list", *_NOT_READ)), f"{TABLE}table", f"{DRAW}frame")
        reader = OdfReader()

        def blocks() -> Iterator[Block]:
            for element in outermost(stream, (*_STYLES, *tags)):
                if element.tag in _STYLES:
                    reader.learn(element)
                elif local_name(element) not in _NOT_READ:
                    yield from _block_or_picture(reader, element)

        note_flow(blocks(), findings)


def _block_or_picture(reader: OdfReader, element: Element) -> Iterator[Block]:
    shown = reader.frame_picture(element) if local_name(element) == "frame" else None
    if shown is None:
        yield from reader.blocks(element)
    else:
        yield Block(shown.text.strip(), f"<p>{shown.html}</p>")


def read_slides(path: Path, findings: Findings) -> None:
    """Note every slide as a page."""
    with open_document(path, findings) as archive, open_content(archive, findings.limits.member_bytes) as stream:
        reader, number = OdfReader(), 0
        for element in outermost(stream, (*_STYLES, f"{DRAW}page")):
            if element.tag in _STYLES:
                reader.learn(element)
                continue
            number += 1
            note_slide(findings, number, list(_slide_blocks(reader, element)), _notes(reader, element))
        findings.facts.pages = number or None


def _slide_blocks(reader: OdfReader, slide: Element) -> Iterator[Block]:
    shapes = [each for each in slide if local_name(each) not in {"notes", "forms"}]
    for shape in sorted(shapes, key=lambda each: not _is_title(each)):
        if _is_title(shape):
            text = " ".join(block.text for block in reader.blocks(shape)).replace("\n", " ").strip()
            yield from [heading(text, 2)] if text else []
        else:
            yield from _block_or_picture(reader, shape)


def _is_title(shape: Element) -> bool:
    return any(str(name).endswith("}class") and value == "title" for name, value in shape.attrib.items())


def _notes(reader: OdfReader, slide: Element) -> list[str]:
    notes = slide.find("{*}notes")
    return [block.text for block in reader.blocks(notes)] if notes is not None else []


def read_sheets(path: Path, findings: Findings) -> None:
    """Note every sheet as tables."""
    with open_document(path, findings) as archive, open_content(archive, findings.limits.member_bytes) as stream:
        notes = SheetNotes(findings)
        for name, rows in groupby(_rows(stream), key=itemgetter(0)):
            notes.sheet(name, (cells for _, cells in rows))


def _rows(stream: BinaryIO) -> Iterator[tuple[str, list[str]]]:
    reader = OdfReader()
    for row in outermost(stream, (f"{TABLE}table-row",)):
        table = next((each for each in row.iterancestors() if local_name(each) == "table"), None)
        name = (table.get(f"{TABLE}name") or "") if table is not None else ""
        times = row.get(f"{TABLE}number-rows-repeated") or "1"
        cells = reader.cells(row)
        repeated = min(int(times) if times.isdecimal() else 1, _MOST_REPEATED_ROWS) if any(cells) else 1
        for _ in range(repeated):
            yield name, cells
