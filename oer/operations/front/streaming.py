"""Long answers that the application makes while they are sent, such as a ZIP, at the pace of whoever reads them.

Granian's own streams take all that they are given into memory. Of a pipe it reads only what it can send, and the loop
learns from the pipe when there is room for more, so that a slow reader holds neither memory nor a thread.
"""

import asyncio
import fcntl
import logging
import os
import struct
import termios
from typing import Any

from oer.operations.front.calling import Answer
from oer.operations.front.pool import Pool

log = logging.getLogger(__name__)
PAUSE_SECONDS = 60
OPEN_SECONDS = 10
_POLL_SECONDS = 0.002


class StreamBroken(Exception):
    """The rest of an answer cannot be made, or nobody reads it."""


async def send_stream(answer: Answer, proto: Any, pool: Pool) -> None:
    """Send an answer with its rest. Raises StreamBroken; the reader must not take what came for the whole."""
    reading, writing = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        try:
            proto.response_file(answer.status, answer.headers, f"/proc/self/fd/{reading}")
            written = os.write(writing, answer.body)
            await _until_opened(reading, written)
        finally:
            os.close(reading)  # from now on a write fails once Granian does not read any more
        await _write(writing, memoryview(answer.body)[written:])
        while block := await _next_block(answer, pool):
            await _write(writing, memoryview(block))
    except OSError as error:
        raise StreamBroken(str(error)) from error
    finally:
        os.close(writing)
        pool.put(lambda _late: answer.finish())


async def _until_opened(reading: int, written: int) -> None:
    async with asyncio.timeout(OPEN_SECONDS):
        while _unread(reading) >= written:
            await asyncio.sleep(_POLL_SECONDS)


def _unread(reading: int) -> int:
    return int(struct.unpack("i", fcntl.ioctl(reading, termios.FIONREAD, b"\0\0\0\0"))[0])


async def _next_block(answer: Answer, pool: Pool) -> bytes:
    loop = asyncio.get_running_loop()
    made: asyncio.Future[bytes] = loop.create_future()

    def make(_late: bool) -> None:
        try:
            block, error = answer.next_block(), None
        except Exception as caught:
            log.exception("an answer broke off while it was made")
            block, error = b"", StreamBroken(str(caught))
        loop.call_soon_threadsafe(_resolve, made, block, error)

    pool.put(make)
    return await made


def _resolve(made: asyncio.Future[bytes], block: bytes, error: Exception | None) -> None:
    if not made.done():
        if error is not None:
            made.set_exception(error)
        else:
            made.set_result(block)


async def _write(writing: int, rest: memoryview) -> None:
    while rest:
        try:
            rest = rest[os.write(writing, rest) :]
        except BlockingIOError:
            async with asyncio.timeout(PAUSE_SECONDS):
                await _until_writable(writing)


def _ready(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


async def _until_writable(writing: int) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    loop.add_writer(writing, _ready, ready)
    try:
        await ready
    finally:
        loop.remove_writer(writing)
