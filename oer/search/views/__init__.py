"""Pages of search, and what is suggested while somebody types."""

from oer.search.views import drawing, results, suggestions
from oer.search.views.frame import blueprint

__all__ = ["blueprint", "drawing", "results", "suggestions"]
