"""Home, browsing, courses, people, units, help, display: the public pages that lead to materials."""
