"""What readers give back, and what they keep for themselves. Each service flushes; whoever called it commits."""

from oer.learning.services.problems import answer_problem, report_problem
from oer.learning.services.saved_searches import delete_search, save_search

__all__ = ["answer_problem", "delete_search", "report_problem", "save_search"]
