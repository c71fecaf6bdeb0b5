"""What changes learning points and events."""
