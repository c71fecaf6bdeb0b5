"""Bodies of requests, read in the event loop: nobody waits for one in a thread, and the slow do not wait for ever."""

import asyncio
import io
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from oer.backends.storage import Arriving, Readable, StorageError
from oer.core.errors import Invalid, NoSpace, OerError, TooLarge, TooSlow, Unavailable
from oer.core.i18n import N_

IN_MEMORY_BYTES = 64 * 1024
WRITTEN_BYTES = 128 * 1024  # at once, by a thread
LOOK_SECONDS = 0.5
# The least rate is asked of what came in longer than this.
RATE_SECONDS = 20
LONGEST_SECONDS = 6 * 3600
# Whoever has sent nothing for so long gives way when there are too many in all.
STALLED_SECONDS = 1.0
# What is read of a body after its answer, so that a client that sends first and reads then gets the answer.
DRAINED_BYTES, DRAIN_SECONDS = 16 * 1024**2, 5
TOO_SLOW = N_("What you sent came too slowly or broke off. Please check your connection and try again.")
TOO_MANY = N_("Too much is going to or from your network at the same time. Please try again in a moment.")
BUSY = N_("Too many people are using the site right now. Please try again in a moment.")
_LARGE = N_("What you sent is too large.")
_NO_SPACE = N_("There is no space left for this file. Please try again later.")
_BROKEN_OFF = N_("The upload broke off before its end. Please try again.")


class Refused(Exception):
    """A request is refused, with an error that is to be told."""

    def __init__(self, error: OerError) -> None:
        self.error = error


@dataclass(frozen=True)
class BodyLimits:
    """How slow bodies may be, and how many may come at the same time to this process."""

    pause_seconds: float
    least_rate: int
    per_address: int
    in_all: int
    unannounced_bytes: int


class Body:
    """The body of one request, as far as it has come."""

    def __init__(self, bodies: "Bodies", proto: Any, address: str, announced: int | None, *, hashed: bool) -> None:
        self.address, self.announced, self.size = address, announced, 0
        self.is_complete = False
        self.began = self.last = time.monotonic()
        self.reader: asyncio.Task[Any] | None = None
        self.verdict: OerError | None = None
        self._bodies, self._proto, self._hashed = bodies, proto, hashed
        self._blocks: Any = None
        self._memory: list[bytes] = []
        self._held = 0
        self._file: Arriving | None = None

    async def read(self, most: int | None = None) -> None:
        """Read on until the end, or until more than `most` bytes are there. Raises Refused."""
        self.reader = asyncio.current_task()
        try:
            while not self.is_complete and (most is None or self.size <= most):
                await self._take(await self._next())
            if most is None:
                await self._to_file()
        except asyncio.CancelledError:
            if self.verdict is None or self.reader is None:
                raise
            self.reader.uncancel()
            raise Refused(self.verdict) from None
        except OerError as error:
            raise Refused(error) from None
        except StorageError as error:
            raise Refused(NoSpace(_NO_SPACE)) from error
        finally:
            self.reader = None

    async def keep_what_came(self) -> None:
        """Make of a body that broke off one that can be read: the application keeps pieces of uploads."""
        await self._to_file()

    async def _next(self) -> bytes:
        """Return the next block, b"" at the end."""
        if self._blocks is None:
            self._blocks = aiter(self._proto)
        try:
            block: bytes = await anext(self._blocks)
        except StopAsyncIteration:
            return b""
        self.last = time.monotonic()
        if not block:
            await self._end()
        return block

    async def _end(self) -> None:
        # Granian gives an empty block at the end, and one more before it where the body broke off.
        try:
            more = await anext(self._blocks)
        except StopAsyncIteration:
            more = None
        if more is not None or (self.announced is not None and self.size != self.announced):
            raise Invalid(_BROKEN_OFF, code="cut_off")
        self.is_complete = True

    async def _take(self, block: bytes) -> None:
        self.size += len(block)
        if self.announced is None and self.size > self._bodies.limits.unannounced_bytes:
            raise TooLarge(_LARGE)
        self._memory.append(block)
        self._held += len(block)
        if self._held >= WRITTEN_BYTES and self.size > IN_MEMORY_BYTES:
            await self._to_file()

    async def _to_file(self) -> None:
        if self._file is None and self.size <= IN_MEMORY_BYTES:
            return
        whole, self._memory, self._held = b"".join(self._memory), [], 0
        # Shielded: a thread that writes cannot be stopped, and the file must not be closed under it.
        await asyncio.shield(self._bodies.write(lambda: self._write(whole)))

    def _write(self, block: bytes) -> None:
        if self._file is None:
            self._file = self._bodies.arriving(hashed=self._hashed)
        self._file.write(block)

    def as_stream(self) -> Readable:
        """Return what came, to be read by the application."""
        return self._file if self._file is not None else io.BytesIO(b"".join(self._memory))

    async def drain(self) -> None:
        """Read and forget a rest that is not too long. Nothing is raised."""
        until, rest = time.monotonic() + DRAIN_SECONDS, DRAINED_BYTES
        try:
            async with asyncio.timeout_at(asyncio.get_running_loop().time() + DRAIN_SECONDS):
                while not self.is_complete and rest > 0 and time.monotonic() < until:
                    block = await self._next()
                    rest -= len(block)
                    if not block:
                        return
        except (TimeoutError, OerError):
            return

    def close(self) -> None:
        """Forget the body."""
        self._bodies.forget(self)
        if self._file is not None:
            self._bodies.write(self._file.discard)


class Bodies:
    """All bodies that come to this process. Used in the event loop alone."""

    def __init__(self, limits: BodyLimits, arriving: Callable[..., Arriving]) -> None:
        self.limits, self.arriving = limits, arriving
        self._coming: dict[Body, None] = {}
        self._by_address: Counter[str] = Counter()
        self._writers = ThreadPoolExecutor(2, thread_name_prefix="body")

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to look for slow ones."""
        loop.call_later(LOOK_SECONDS, self._look)

    def write(self, job: Callable[[], None]) -> asyncio.Future[None]:
        """Have a thread write."""
        return asyncio.get_running_loop().run_in_executor(self._writers, job)

    def open(self, proto: Any, address: str, announced: int | None, *, hashed: bool) -> Body:
        """Return the body of a request, of which nothing is read yet. Raises Refused if there are too many."""
        if self._by_address[address] >= self.limits.per_address:
            raise Refused(Unavailable(TOO_MANY))
        if len(self._coming) >= self.limits.in_all and not self._dismiss_one():
            raise Refused(Unavailable(BUSY))
        body = Body(self, proto, address, announced, hashed=hashed)
        self._coming[body] = None
        self._by_address[address] += 1
        return body

    def forget(self, body: Body) -> None:
        """Count a body no longer."""
        if self._coming.pop(body, body) is None:
            self._by_address[body.address] -= 1
            if not self._by_address[body.address]:
                del self._by_address[body.address]

    def _dismiss_one(self) -> bool:
        """Refuse the one that has stalled for longest, to make room."""
        waiting = [body for body in self._coming if body.reader is not None and body.verdict is None]
        slowest = min(waiting, key=lambda body: body.last, default=None)
        if slowest is None or time.monotonic() - slowest.last < STALLED_SECONDS:
            return False
        self._refuse(slowest, TooSlow(TOO_SLOW))
        self.forget(slowest)
        return True

    def _look(self) -> None:
        now = time.monotonic()
        for body in list(self._coming):
            if body.reader is not None and body.verdict is None and self._is_too_slow(body, now):
                self._refuse(body, TooSlow(TOO_SLOW))
        asyncio.get_running_loop().call_later(LOOK_SECONDS, self._look)

    def _is_too_slow(self, body: Body, now: float) -> bool:
        took = now - body.began
        return (
            now - body.last > self.limits.pause_seconds
            or (took > RATE_SECONDS and body.size < took * self.limits.least_rate)
            or took > LONGEST_SECONDS
        )

    @staticmethod
    def _refuse(body: Body, error: OerError) -> None:
        body.verdict = error
        if body.reader is not None:
            body.reader.cancel()
