"""Text, facts and pictures out of files."""
