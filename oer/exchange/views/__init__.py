"""Addresses for machines. Each module registers its handlers with the blueprint, which stands with the feeds."""

from oer.exchange.views import feeds, harvesting, material
from oer.exchange.views.feeds import blueprint

__all__ = ["blueprint", "feeds", "harvesting", "material"]
