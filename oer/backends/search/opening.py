"""From a URL to a search engine."""

from pathlib import Path

from oer.backends.search.protocol import SearchIndex

DEFAULT_CACHE_BYTES = 64 * 1024 * 1024


class UnknownEngine(ValueError):
    """A URL names no search engine that there is."""


def open_search_index(url: str, *, cache_bytes: int = DEFAULT_CACHE_BYTES) -> SearchIndex:
    """Return the search engine at `url` (whoosh:/folder); nothing is read or made before it is used.

    `cache_bytes` bounds the postings that this process keeps in memory.
    Raises UnknownEngine.
    """
    scheme, _, path = url.partition(":")
    if scheme == "whoosh" and path:
        from oer.backends.search.whoosh.index import WhooshIndex  # noqa: PLC0415 (only the chosen engine is loaded)

        return WhooshIndex(Path(path), cache_bytes=cache_bytes)
    raise UnknownEngine(f"no search engine for {url!r}; there is whoosh:/folder")
