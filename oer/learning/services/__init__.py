"""What changes: problem reports, saved searches, shelf and progress, own lists."""
