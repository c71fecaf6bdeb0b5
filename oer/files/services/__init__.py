"""Services of stored files. They flush; the caller commits."""
