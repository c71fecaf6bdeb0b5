"""Readiness, the operations page, the line above administrators' pages, and the metrics."""

from oer.monitoring.views.metrics import init_metrics
from oer.monitoring.views.operations import blueprint

__all__ = ["blueprint", "init_metrics"]
