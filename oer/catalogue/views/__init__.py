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
    uploads,
    week,
)
from oer.catalogue.views.blueprint import blueprint

__all__ = [
    "blueprint",
    "batches",
    "collections",
    "course_contents",
    "describing",
    "files",
    "licensing",
    "materials",
    "review",
    "uploads",
    "week",
]
