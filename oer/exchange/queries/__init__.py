"""What machines are told, read from the database."""
