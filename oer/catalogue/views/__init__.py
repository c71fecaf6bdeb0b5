"""The pages of those who make materials and collections, and of those who review them."""

from oer.catalogue.views import collection_contents, collections, describing, files, own, reviewing
from oer.catalogue.views.blueprints import blueprint

__all__ = ["blueprint", "collection_contents", "collections", "describing", "files", "own", "reviewing"]
