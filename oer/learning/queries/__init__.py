"""Reports of problems for those who answer them, and what a reader keeps."""

from oer.learning.queries.problems import problem_reports, report_to_answer
from oer.learning.queries.saved_searches import saved_searches

__all__ = ["problem_reports", "report_to_answer", "saved_searches"]
