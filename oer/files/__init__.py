"""Stored files: blobs and their renditions, fixity checks, garbage collection."""
