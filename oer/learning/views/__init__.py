"""Pages of what readers give back and keep."""

from oer.learning.views import saved_searches  # noqa: F401 (its addresses)
from oer.learning.views.problems import blueprint

__all__ = ["blueprint"]
