"""Materials, their versions and files, collections, review: what the repository holds."""
