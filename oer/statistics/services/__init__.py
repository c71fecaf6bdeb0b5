"""Writes of statistics, and the providers that usage asks about people and materials."""

from oer.statistics.services import usage_providers  # noqa: F401 (registers with usage when it is imported)
