"""A material's own pages: what it is, its readers and players, its downloads."""
