"""Pages of learning points and events. Each module registers its handlers with the blueprint."""

from oer.city.views import events, points
from oer.city.views.blueprint import blueprint

__all__ = ["blueprint", "events", "points"]
