"""Queries about materials, their files, collections, and what is due for the search index."""
