"""Handlers for machines. Each module adds its own to the one blueprint."""

from oer.exchange.views import feeds, maps
from oer.exchange.views.frame import blueprint

__all__ = ["blueprint", "feeds", "maps"]
