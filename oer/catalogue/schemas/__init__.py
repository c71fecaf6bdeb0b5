"""Shapes of what comes into the catalogue and goes out of it."""
