"""Addresses for machines. Each module registers its handlers with the blueprint, which stands with the feeds."""

from oer.exchange.views import discovery, embedding, feeds, harvesting, material, opds
from oer.exchange.views.feeds import blueprint

__all__ = ["blueprint", "discovery", "embedding", "feeds", "harvesting", "material", "opds"]
