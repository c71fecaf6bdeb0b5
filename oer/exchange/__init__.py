"""Faces of the catalogue for machines: metadata in pages, feeds, the map of the site."""
