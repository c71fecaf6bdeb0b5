"""What people type about materials and collections."""
