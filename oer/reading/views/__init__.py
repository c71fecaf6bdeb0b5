"""Handlers of a material's pages. Each module adds its own to the one blueprint."""

from oer.reading.views import files, material, page_images, readers
from oer.reading.views.blueprint import blueprint

__all__ = ["blueprint", "files", "material", "page_images", "readers"]
