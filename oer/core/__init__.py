"""What every feature stands on. Nothing here knows Flask or a feature."""
