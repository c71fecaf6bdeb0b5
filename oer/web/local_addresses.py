"""Addresses that somebody else may have written: only those of this site are followed."""

from urllib.parse import urlsplit


def local_address(text: str | None, otherwise: str = "/") -> str:
    r"""Return `text` if it is an address on this site, given as an absolute path, else `otherwise`.

    Browsers drop tabs and line breaks and read `\` as `/`, so both are refused wherever they stand.
    """
    if not text or not text.startswith("/") or text.startswith("//"):
        return otherwise
    if "\\" in text or any(not letter.isprintable() for letter in text):
        return otherwise
    try:
        parts = urlsplit(text)
    except ValueError:
        return otherwise
    return otherwise if parts.scheme or parts.netloc else text
