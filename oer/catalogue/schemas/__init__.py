"""What comes into the catalogue and goes out of it, and in which shape."""
