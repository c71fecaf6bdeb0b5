"""Vocabularies: data files with stable codes, loaded once, known by a version that changes when any of them does."""

from oer.vocabularies.review_points import review_points
from oer.vocabularies.terms import Scheme, Term, Vocabularies, vocabularies

__all__ = ["Scheme", "Term", "Vocabularies", "review_points", "vocabularies"]
