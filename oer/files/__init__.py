"""Blobs: content stored once, what is derived from it, whether it is still what it was, and when it may go."""
