"""Text, facts and pictures out of files, read in an isolated process; and what a file is, by its content."""
