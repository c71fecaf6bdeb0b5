"""Rendered pages for anonymous readers, cached in each process.

The row that a page's SQL returns holds everything that the page depends on (revisions, a material's
state), so it is the
version of the page and part of its cache key. Nothing has to be invalidated: a page cached under an older row can never
be found again.
"""

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from flask import Response, current_app, g, make_response, request, session

from oer.core.clock import today
from oer.core.db import for_driver
from oer.web.context import installation, language, settings
from oer.web.templates import display

LONGEST_WAIT_SECONDS = 1.0
_render_lock = threading.Lock()


@contextmanager
def one_page_at_a_time() -> Iterator[None]:
    """Have one page made at a time in a process: threads that make pages side by side only take each other's turns.

    For pages that cost processor time and wait for nobody. Who has waited for a second goes on without a turn: a page
    that hangs must not hold up the others.
    """
    has_turn = _render_lock.acquire(timeout=LONGEST_WAIT_SECONDS)
    try:
        yield
    finally:
        if has_turn:
            _render_lock.release()


# Rendered pages for anonymous readers are kept in each process, and one row says whether they are still right.

EXTENSION_KEY = "oer_kept_pages"
LONGEST_QUERY = 200
_OVERHEAD_BYTES = 1000
_SIGNED_IN_COOKIES = ("remember_token",)
_creation_lock = threading.Lock()


@dataclass(frozen=True)
class CachedPage:
    """The body of a page with status 200, plain and compressed, and its type."""

    body: bytes
    compressed: bytes
    content_type: str
    etag: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def weight(self) -> int:
        """How many bytes of memory it takes, about."""
        return len(self.body) + len(self.compressed) + _OVERHEAD_BYTES


class PageCache:
    """The pages of one process, `limit` bytes at most: the least recently used go. Threads share it."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._bytes = 0
        self._pages: OrderedDict[Hashable, CachedPage] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._pages)

    @property
    def bytes(self) -> int:
        """How many bytes are kept, about."""
        return self._bytes

    def find(self, key: Hashable) -> CachedPage | None:
        """Return the page kept under a key, or None."""
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def keep(self, key: Hashable, page: CachedPage) -> None:
        """Keep a page. One that alone is over the limit is not kept."""
        if page.weight > self.limit:
            return
        with self._lock:
            before = self._pages.pop(key, None)
            self._bytes += page.weight - (before.weight if before else 0)
            self._pages[key] = page
            while self._bytes > self.limit:
                _, gone = self._pages.popitem(last=False)
                self._bytes -= gone.weight


def cached_page(question: str, *, on_hit: Callable[..., None] | None = None) -> Callable[[Any], Any]:
    """Keep what a view answers to anonymous readers for as long as the row of `question` stays the same.

    `question` is SQL for one row, in which `:name` stands for the view's arguments; without a row the view is always
    asked. `on_hit` is called with the view's arguments, and with what it told `remember_for_hits`, when a kept page is
    given: the usage is noted all the same.
    """

    def decorate(view: Any) -> Any:
        @wraps(view)
        def answer(**given: Any) -> Any:
            row = _row(question, given) if _is_cacheable_request() else None
            if row is None:
                return view(**given)
            pages, key = page_cache(), _key(row)
            page = pages.find(key)
            if page is None:
                with one_page_at_a_time():
                    page = pages.find(key)  # somebody may have made it meanwhile
                    if page is None:
                        return _make(pages, key, view, given)
            if on_hit is not None:
                on_hit(**given, **page.facts)
            return _response(page)

        return answer

    return decorate


def _make(pages: PageCache, key: Hashable, view: Any, given: dict[str, Any]) -> Response:
    response = make_response(view(**given))
    if pages.limit and _is_cacheable_response(response):
        pages.keep(key, _page_of(response))
    return response


def remember_for_hits(**facts: Any) -> None:
    """Have `on_hit` be told this each time the page that is being made is given again."""
    g.kept_facts = facts


def page_cache() -> PageCache:
    """Return the kept pages of the running application."""
    found = current_app.extensions.get(EXTENSION_KEY)
    if found is None:
        with _creation_lock:
            found = current_app.extensions.setdefault(EXTENSION_KEY, PageCache(settings().page_cache_bytes))
    return found  # type: ignore[no-any-return]


def is_anonymous() -> bool:
    """Tell whether the browser brought nothing that could name its person: no session, no sign-in."""
    names = (str(current_app.config["SESSION_COOKIE_NAME"]), *_SIGNED_IN_COOKIES)
    return not any(name in request.cookies for name in names)


def _is_cacheable_request() -> bool:
    return request.method == "GET" and len(request.query_string) <= LONGEST_QUERY and is_anonymous()


def _is_cacheable_response(response: Response) -> bool:
    # A session that was changed belongs to one browser: a form's token stands in the page, or a message was taken out.
    return response.status_code == 200 and not response.is_streamed and not session.modified


def _key(row: tuple[str, ...]) -> Hashable:
    shown = display()
    # The day, because figures on pages may be a day old and no older.
    return (request.path, request.query_string, language(), shown["contrast"], shown["size"], today(), row)


def _row(question: str, given: dict[str, Any]) -> tuple[str, ...] | None:
    # By the driver itself: through a session the same row takes twenty times as long, and a kept page is little more.
    # On SQLite such a connection is in autocommit; on PostgreSQL the pool ends what it began.
    engine = installation().database.engine
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(*for_driver(question, given, engine.dialect))
        row = cursor.fetchone()
        cursor.close()
    finally:
        connection.close()
    return None if row is None else tuple(str(value) for value in row)


def _page_of(response: Response) -> CachedPage:
    body = response.get_data()
    # Nothing secret is in these pages, so that compressing them gives nothing away (BREACH).
    return CachedPage(
        body,
        gzip.compress(body, 6, mtime=0),
        str(response.content_type),
        hashlib.sha256(body).hexdigest()[:20],
        g.get("kept_facts", {}),
    )


def _response(page: CachedPage) -> Response:
    response = Response(content_type=page.content_type)
    response.set_etag(page.etag, weak=True)
    response.headers["Vary"] = "Accept-Encoding, Cookie"
    if request.if_none_match.contains_weak(page.etag):
        response.status_code = 304
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        response.headers["Content-Encoding"] = "gzip"
        response.set_data(page.compressed)
    else:
        response.set_data(page.body)
    return response
