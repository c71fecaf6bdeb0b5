"""What can be asked about materials, their versions and files, collections, and what the search index lacks."""
