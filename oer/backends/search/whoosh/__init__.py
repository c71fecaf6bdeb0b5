"""The default engine: Whoosh's index files, written by Whoosh, read by a scorer of our own over NumPy arrays."""
