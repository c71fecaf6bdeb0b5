"""Pages of a material. Each module registers its handlers with the blueprint."""

from oer.reading.views import course, files, finding, material, notes, offline, page_images, practice, readers
from oer.reading.views.blueprint import blueprint

__all__ = [
    "blueprint",
    "course",
    "files",
    "finding",
    "material",
    "notes",
    "offline",
    "page_images",
    "practice",
    "readers",
]
