"""Writes of statistics, and what usage is told about people and materials."""

from oer.statistics.services import sources  # noqa: F401 (tells usage whom to ask, once, when it is imported)
