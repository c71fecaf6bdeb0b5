"""What readers give back and keep: problem reports, saved searches."""
