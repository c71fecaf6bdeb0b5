"""Rendered pages for anonymous readers, cached in each process.

The row that a page's SQL returns holds everything that the page depends on (revisions, a material's state), so it is
the version of the page and part of its cache key. Nothing has to be invalidated: a page cached under an older row is
never found again.
"""

import hashlib
import threading
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from cachetools import LRUCache
from flask import Response, current_app, g, make_response, request, session

from oer.core.clock import today
from oer.core.database_errors import database_errors, trouble_of
from oer.core.db import for_driver
from oer.web.compression import FOR_MANY_ANSWERS, accepted_encoding, compress
from oer.web.context import installation, language, roll_back, settings
from oer.web.handover import handover
from oer.web.identity import is_anonymous
from oer.web.templates import display, saves_data

EXTENSION_KEY = "oer_page_cache"
LONGEST_QUERY = 200
LATEST_ADDRESSES = 10_000
LONGEST_WAIT_SECONDS = 1.0
_OVERHEAD_BYTES = 1000
_creation_lock = threading.Lock()
_render_lock = threading.Lock()


@dataclass(frozen=True)
class CachedPage:
    """The body of a page with status 200, plain and in the encodings in which it was asked for so far."""

    body: bytes
    content_type: str
    etag: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    links: str = ""  # its Link header
    encoded: dict[str, bytes] = field(default_factory=dict)

    @property
    def weight(self) -> int:
        """How many bytes of memory it takes, about."""
        return len(self.body) + len(self.links) + sum(map(len, self.encoded.values())) + _OVERHEAD_BYTES


class PageCache:
    """The pages of one process, `limit` bytes at most: the least recently used go. Threads share it."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._pages: LRUCache[Hashable, CachedPage] = LRUCache(limit, getsizeof=lambda page: page.weight)
        self._latest: LRUCache[Hashable, Hashable] = LRUCache(LATEST_ADDRESSES)
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._pages)

    @property
    def weight(self) -> int:
        """How many bytes of memory the pages take, about."""
        return int(self._pages.currsize)

    def find(self, key: Hashable) -> CachedPage | None:
        """Return the page cached under a key, or None."""
        with self._lock:
            try:
                return self._pages[key]  # `get` would look it up twice
            except KeyError:
                return None

    def note_current(self, address: Hashable, key: Hashable) -> None:
        """Note that the page of an address is, as far as the database says now, the one under `key`."""
        with self._lock:
            self._latest[address] = key

    def latest(self, address: Hashable) -> tuple[Hashable, CachedPage] | None:
        """Return what an address last showed, with its key, as long as it is still cached."""
        with self._lock:
            key = self._latest.get(address)
        page = self.find(key) if key is not None else None
        return None if page is None else (key, page)

    def keep(self, key: Hashable, page: CachedPage) -> None:
        """Cache a page. One that alone is over the limit is not cached."""
        with self._lock:
            if page.weight <= self.limit:
                self._pages[key] = page
            else:
                self._pages.pop(key, None)

    def encoded(self, key: Hashable, page: CachedPage, encoding: str) -> bytes:
        """Return a page's body in an encoding, compressed when it is first asked for."""
        if encoding not in page.encoded:
            page.encoded[encoding] = compress(page.body, encoding)
            self.keep(key, page)  # it is heavier now
        return page.encoded[encoding]


@contextmanager
def one_page_at_a_time() -> Iterator[None]:
    """Let one thread of a process render at a time: in parallel they would only take each other's processor time.

    For pages that compute and wait for nobody. After a second a thread goes on without the lock, so that a page that
    hangs does not hold up the others.
    """
    locked = _render_lock.acquire(timeout=LONGEST_WAIT_SECONDS)
    try:
        yield
    finally:
        if locked:
            _render_lock.release()


def cached_page(
    version_sql: str, *, on_hit: Callable[..., None] | None = None, in_outage: bool = False
) -> Callable[[Any], Any]:
    """Cache a view's answers to anonymous readers for as long as the row of `version_sql` stays the same.

    `version_sql` selects one row; `:name` in it stands for the view's arguments. Without a row nothing is cached.
    `on_hit` is called when a cached page is sent, so that its use is counted: with the view's arguments and what the
    view passed to `remember_for_hits`. With `in_outage` the page goes on as it was last shown while the database is
    away; never for the page of one material or collection, which may have been withdrawn meanwhile by another process.
    """

    def decorate(view: Any) -> Any:
        @wraps(view)
        def answer(**given: Any) -> Any:
            if not in_outage:
                return current(**given)
            try:
                return current(**given)
            except database_errors() as error:
                return _as_it_was(error)

        def current(**given: Any) -> Any:
            row = _version(version_sql, given) if _is_cacheable_request() else None
            if row is None:
                return view(**given)
            pages, key = page_cache(), _key(row)
            page = pages.find(key)
            if page is None:
                with one_page_at_a_time():
                    page = pages.find(key)  # another thread may have made it meanwhile
                    if page is None:
                        pages.note_current(_address(), key)
                        return _make(pages, key, view, given)
            pages.note_current(_address(), key)
            if on_hit is not None:
                on_hit(**given, **page.facts)
            _hand_over_as_kept()
            return _response(pages, key, page)

        return answer

    return decorate


def _hand_over_as_kept() -> None:
    given_over = handover()
    if given_over is not None:
        given_over.is_kept = True


def _as_it_was(error: Exception) -> Response:
    # The page as it was last shown, also to those who are signed in.
    found = page_cache().latest(_address()) if _may_be_cached() and trouble_of(error) else None
    if found is None:
        raise error
    installation().database.part.failed("the database does not answer; pages are shown as they were", error)
    roll_back()
    return _response(page_cache(), *found)


def _make(pages: PageCache, key: Hashable, view: Any, given: dict[str, Any]) -> Response:
    response = make_response(view(**given))
    if pages.limit and _is_cacheable_response(response):
        pages.keep(key, _page_of(response))
    return response


def remember_for_hits(**facts: Any) -> None:
    """Pass these facts to `on_hit` whenever the page that is being made is sent from the cache."""
    g.page_facts = facts


def keep_out_of_cache() -> None:
    """Do not cache the page that is being made: it depends on something that its row does not have."""
    g.page_is_made_anew = True


def page_cache() -> PageCache:
    """Return the page cache of the running application."""
    found = current_app.extensions.get(EXTENSION_KEY)
    if found is None:
        with _creation_lock:
            found = current_app.extensions.setdefault(EXTENSION_KEY, PageCache(settings().page_cache_bytes))
    return found  # type: ignore[no-any-return]


def _is_cacheable_request() -> bool:
    return _may_be_cached() and is_anonymous()


def _may_be_cached() -> bool:
    return request.method == "GET" and len(request.query_string) <= LONGEST_QUERY


def _is_cacheable_response(response: Response) -> bool:
    # A changed session means that the page is for one browser: it has a form token, or showed a flashed message.
    is_whole = response.status_code == 200 and not response.is_streamed
    return is_whole and not session.modified and not g.get("page_is_made_anew", False)


def _address() -> Hashable:
    return (request.path, request.query_string, language(), saves_data(), *display().values())


def _key(row: tuple[str, ...]) -> Hashable:
    # The day is part of the key because figures on pages may be a day old, but no older.
    return (_address(), today(), row)


def _version(sql: str, given: dict[str, Any]) -> tuple[str, ...] | None:
    # By the driver itself: through a session the same row takes twenty times as long, which is most of a cached page's
    # time. On SQLite such a connection is in autocommit; on PostgreSQL the pool ends the transaction that it began.
    engine = installation().database.engine
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(*for_driver(sql, given, engine.dialect))
        row = cursor.fetchone()
        cursor.close()
    finally:
        connection.close()
    return None if row is None else tuple(str(value) for value in row)


def etag_of(body: bytes) -> str:
    """Return the ETag that a body has when it comes from the cache: for a first answer that has it, too."""
    return hashlib.sha256(body).hexdigest()[:20]


def _page_of(response: Response) -> CachedPage:
    body = response.get_data()
    digest = etag_of(body)
    links = response.headers.get("Link", "")
    return CachedPage(body, str(response.content_type), digest, g.get("page_facts", {}), links)


def _response(pages: PageCache, key: Hashable, page: CachedPage) -> Response:
    response = Response(content_type=page.content_type)
    response.set_etag(page.etag, weak=True)
    response.headers["Vary"] = "Accept-Encoding, Cookie, Save-Data"
    if page.links:
        response.headers["Link"] = page.links
    if request.if_none_match.contains_weak(page.etag):
        response.status_code = 304
    # These pages hold nobody's secret, so compressing them gives nothing away (BREACH).
    elif encoding := accepted_encoding(request.headers.get("Accept-Encoding", ""), FOR_MANY_ANSWERS):
        response.headers["Content-Encoding"] = encoding
        response.set_data(pages.encoded(key, page, encoding))
    else:
        response.set_data(page.body)
    return response
