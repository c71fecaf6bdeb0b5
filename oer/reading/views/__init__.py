"""Handlers of a material's pages. Each module adds its own to the one blueprint."""

from oer.reading.views import everything, files, material, members, page_images, readers, sharing
from oer.reading.views.frame import blueprint

__all__ = ["blueprint", "everything", "files", "material", "members", "page_images", "readers", "sharing"]
