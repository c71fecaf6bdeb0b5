"""A call of the WSGI application for a whole request, in a thread of the pool."""

import logging
from collections.abc import Callable, Iterator
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Any
from wsgiref.types import WSGIApplication

from oer.web.handover import HANDOVER, BodyNeeded, Handover

log = logging.getLogger(__name__)
IN_MEMORY_BYTES = 1024 * 1024


class BodyNotHere:
    """The `wsgi.input` of a request whose body is read only if the application wants it."""

    def read(self, *_: Any) -> bytes:
        """Have the request run again once its body is there."""
        raise BodyNeeded

    readline = readlines = __iter__ = __next__ = read


@dataclass(slots=True)
class Answer:
    """What the application answered. `rest` gives what is not in `body`; call `finish` after it."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    handover: Handover
    rest: Iterator[bytes] = field(default_factory=lambda: iter(()))
    is_whole: bool = True
    close: Callable[[], None] = lambda: None
    context: Context = field(default_factory=copy_context)

    def next_block(self) -> bytes:
        """Return the next block of the rest, b"" at its end."""
        return self.context.run(next, self.rest, b"")

    def finish(self) -> None:
        """Have the application let go of what it holds."""
        self.context.run(self.close)


class _Started:
    status, headers = 500, list[tuple[str, str]]()

    def __call__(self, status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> Callable[[bytes], object]:
        self.status, self.headers = int(status.partition(" ")[0]), headers
        return _no_write


def _no_write(_block: bytes) -> object:
    raise TypeError("WSGI's write() is not there: the application returns its body")


def call(app: WSGIApplication, environ: dict[str, Any]) -> Answer:
    """Return the application's answer: whole up to a megabyte, else with its rest.

    All of it runs in a context of its own, which may go on in another thread. Raises BodyNeeded.
    """
    context = copy_context()
    return context.run(_call, app, environ, context)


def _call(app: WSGIApplication, environ: dict[str, Any], context: Context) -> Answer:
    given = environ.setdefault(HANDOVER, Handover())
    started = _Started()
    blocks = app(environ, started)
    close = getattr(blocks, "close", lambda: None)
    rest, taken, size = iter(blocks), [], 0
    try:
        for block in rest:
            taken.append(block)
            size += len(block)
            if size > IN_MEMORY_BYTES:
                return Answer(started.status, started.headers, b"".join(taken), given, rest, False, close, context)
    except BaseException:
        close()
        raise
    close()
    return Answer(started.status, started.headers, b"".join(taken), given, context=context)
