"""Writes of statistics, and what usage is told about people and materials."""

from oer.statistics.services import usage_providers  # noqa: F401 (tells usage whom to ask, once, when it is imported)
