"""What readers give back: for now, reports of problems."""
