"""Pages of educators and reviewers."""

from oer.catalogue.views import (
    batches,
    collections,
    course_contents,
    describing,
    files,
    licensing,
    materials,
    review,
    review_notes,
    uploads,
    week,
)
from oer.catalogue.views.blueprint import blueprint

__all__ = [
    "batches",
    "blueprint",
    "collections",
    "course_contents",
    "describing",
    "files",
    "licensing",
    "materials",
    "review",
    "review_notes",
    "uploads",
    "week",
]
