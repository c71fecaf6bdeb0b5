"""The city's learning year: learning points and events."""
