"""Forms of materials and collections."""
