"""Text, facts and pictures out of files, read in an isolated process; and what a file is, by its content."""

from oer.backends.extraction.conversion import is_drawn
from oer.backends.extraction.extracting import (
    EXTRACTOR_VERSION,
    NotRendered,
    draw_as_pdf,
    extract,
    render_page,
)
from oer.backends.extraction.isolation import sweep_folders
from oer.backends.extraction.members import NoMember, open_member, picture_member
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
    "NoMember",
    "NotRendered",
    "OutlineEntry",
    "Page",
    "State",
    "draw_as_pdf",
    "extract",
    "is_drawn",
    "open_member",
    "picture_member",
    "render_page",
    "sweep_folders",
]
