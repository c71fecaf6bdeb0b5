"""The pages of those who make materials and collections, and of those who review them."""

from oer.catalogue.views import collections, files, materials, review
from oer.catalogue.views.blueprint import blueprint

__all__ = ["blueprint", "collections", "files", "materials", "review"]
