"""What people type about indicators, read and checked."""
