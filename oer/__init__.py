"""The open learning-materials repository of a learning city."""

__version__ = "0.1.0"
