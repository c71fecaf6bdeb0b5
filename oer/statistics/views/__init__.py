"""Pages of statistics: for administrators, for educators, for everybody."""

from oer.statistics.views import admin, public
from oer.statistics.views.blueprint import blueprint

__all__ = ["admin", "blueprint", "public"]
