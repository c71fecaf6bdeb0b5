"""The default engine: Whoosh's index files, written by Whoosh, read and scored with NumPy."""
