"""Plain text and comma-separated values."""

import csv
import io
import re
from html import escape
from pathlib import Path

from oer.backends.extraction.blocks import SheetPages, add_sections, paragraph
from oer.backends.extraction.encodings import decode_text
from oer.backends.extraction.protocol import Damaged
from oer.backends.extraction.result import ExtractionResult, read_bytes

_DELIMITERS = ",;\t|"


def read_text(path: Path, result: ExtractionResult) -> None:
    """Add a text as sections; blank lines separate paragraphs."""
    text = decode_text(read_bytes(path, result.limits)).replace("\r\n", "\n").replace("\r", "\n")
    blocks = (each.strip("\n") for each in re.split(r"\n\s*\n", text))
    add_sections((paragraph(each, escape(each).replace("\n", "<br>")) for each in blocks if each.strip()), result)


def read_csv(path: Path, result: ExtractionResult) -> None:
    """Add comma-separated values as a table; semicolons, tabs and bars are detected as delimiters too."""
    text = decode_text(read_bytes(path, result.limits))
    csv.field_size_limit(1_000_000)
    head = text[:10_000]
    try:
        delimiter = csv.Sniffer().sniff(head, _DELIMITERS).delimiter
    except csv.Error:
        delimiter = max(_DELIMITERS, key=head.count)
    try:
        SheetPages(result).sheet("", csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise Damaged(str(error)) from error
