"""Handlers of the public pages. Each module adds its own to the one blueprint."""

from oer.pages.views import admin, browsing, collections, display, home, informing, people
from oer.pages.views.frame import blueprint

__all__ = ["admin", "blueprint", "browsing", "collections", "display", "home", "informing", "people"]
