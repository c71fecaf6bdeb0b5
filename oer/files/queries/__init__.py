"""What is asked about stored content."""

from oer.files.queries.blobs import (
    due_for_fixity,
    due_for_scan,
    kept_blobs,
    servable_blob,
    stored_totals,
)
from oer.files.queries.problems import digest_of, problems
from oer.files.queries.references import is_held, keeping_columns, unreferenced
from oer.files.queries.renditions import (
    cover,
    due_for_extraction,
    newest_rendition,
    newest_renditions,
    page,
    page_labels,
    pages,
)

__all__ = [
    "cover",
    "digest_of",
    "due_for_extraction",
    "due_for_fixity",
    "due_for_scan",
    "is_held",
    "keeping_columns",
    "kept_blobs",
    "newest_rendition",
    "newest_renditions",
    "page",
    "page_labels",
    "pages",
    "problems",
    "servable_blob",
    "stored_totals",
    "unreferenced",
]
