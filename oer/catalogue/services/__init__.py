"""Services of the catalogue. They flush; the caller commits."""
