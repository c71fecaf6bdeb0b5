"""Malware scanners: none, or clamd over TCP or a Unix socket."""

from oer.backends.scanning.clamd import ClamdScanner
from oer.backends.scanning.protocol import NoScanner, Scanner, Verdict, VerdictState

__all__ = ["NoScanner", "Scanner", "Verdict", "VerdictState", "open_scanner"]


def open_scanner(url: str) -> Scanner:
    """Return the scanner at `url`: empty for none, `clamd://HOST:PORT` or `clamd:/path/to.socket`.

    It is not contacted yet. Raises ValueError for anything else.
    """
    if not url:
        return NoScanner()
    scheme, _, place = url.partition(":")
    if scheme != "clamd" or not place.startswith("/"):
        raise ValueError(f"no virus scanner is known for {url!r}")
    if not place.startswith("//"):
        return ClamdScanner(place)
    host, colon, port = place[2:].rpartition(":")
    if not (colon and host and port.isdigit()):
        raise ValueError(f"{url!r} does not say host and port")
    return ClamdScanner((host.strip("[]"), int(port)))
