"""Reading small files whole, within limits."""

from pathlib import Path

from oer.backends.extraction.protocol import LimitReached, Limits


def read_bytes(path: Path, limits: Limits) -> bytes:
    """Return the content of a text file. Raises LimitReached where it cannot be within the limit of letters."""
    most = 4 * limits.text_letters
    if path.stat().st_size > most:
        raise LimitReached(f"a text of {path.stat().st_size} bytes")
    return path.read_bytes()
