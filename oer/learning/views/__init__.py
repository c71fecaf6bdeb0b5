"""Pages of what readers give back and keep. Each module registers its handlers with the blueprint."""

from oer.learning.views import following, lists, practice, practising, problems, searches, shelf, statements, voices
from oer.learning.views.blueprint import blueprint

__all__ = [
    "blueprint",
    "following",
    "lists",
    "practice",
    "practising",
    "problems",
    "searches",
    "shelf",
    "statements",
    "voices",
]
