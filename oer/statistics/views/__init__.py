"""Handlers of figures: for admins, for educators, for everybody."""

from oer.statistics.views import admin, counter, demand, needs, own, people, public
from oer.statistics.views.frame import blueprint

__all__ = ["admin", "blueprint", "counter", "demand", "needs", "own", "people", "public"]
