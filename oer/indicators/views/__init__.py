"""The pages of indicators."""

from oer.indicators.views import evidence, reporting, reviewing, rounds, sets, tables
from oer.indicators.views.blueprint import blueprint

__all__ = ["blueprint", "evidence", "reporting", "reviewing", "rounds", "sets", "tables"]
