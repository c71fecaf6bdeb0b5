"""What can be asked: results, suggestions, materials like another."""

from oer.search.queries.hits import Found
from oer.search.queries.results import Answered, Results, Standing, answered, find
from oer.search.queries.rows import MaterialRow
from oer.search.queries.similar import similar_materials
from oer.search.queries.suggestions import KeptQueries, Suggested, ideas_for, suggest

__all__ = [
    "Answered",
    "Found",
    "KeptQueries",
    "MaterialRow",
    "Results",
    "Standing",
    "Suggested",
    "answered",
    "find",
    "ideas_for",
    "similar_materials",
    "suggest",
]
