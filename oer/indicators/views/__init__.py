"""The pages of indicators."""

from oer.indicators.views import checking, computation, entry, public, reports, rounds, sets
from oer.indicators.views.blueprint import blueprint

__all__ = ["blueprint", "checking", "computation", "entry", "public", "reports", "rounds", "sets"]
