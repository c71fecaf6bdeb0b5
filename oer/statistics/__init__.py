"""Pages, exports and reports of usage figures, computed from the totals of usage and the catalogue."""
