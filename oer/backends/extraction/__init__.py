"""Text, facts and pictures out of files, read in an isolated process; and what a file is, by its content."""

from oer.backends.extraction.extracting import EXTRACTOR_VERSION, NotRendered, extract, extraction_seconds, render_page
from oer.backends.extraction.protocol import (
    Extraction,
    Facts,
    Limits,
    Member,
    OutlineEntry,
    Page,
    State,
)

__all__ = [
    "EXTRACTOR_VERSION",
    "Extraction",
    "Facts",
    "Limits",
    "Member",
    "NotRendered",
    "OutlineEntry",
    "Page",
    "State",
    "extract",
    "extraction_seconds",
    "render_page",
]
