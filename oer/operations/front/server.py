"""The front as Granian calls it (RSGI): one coroutine a request, beside the WSGI application in the same process."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any
from wsgiref.types import WSGIApplication

from oer.backends.storage import Arriving
from oer.core.changes import ChangeWatch
from oer.core.errors import OerError, Unavailable
from oer.operations.front.asking import environ_of, host_and_port, network_of, remote_address
from oer.operations.front.bodies import BUSY, IN_MEMORY_BYTES, TOO_MANY, Bodies, Body, Refused
from oer.operations.front.calling import Answer, BodyNotHere, call
from oer.operations.front.connections import Connections, close_connection
from oer.operations.front.kept import KeptAnswers
from oer.operations.front.pool import Pool
from oer.operations.front.refusals import Refusals
from oer.operations.front.streaming import StreamBroken, send_stream
from oer.web.handover import BodyNeeded, FilePart
from oer.web.probes import ALIVE

log = logging.getLogger(__name__)
# A smaller file is away before anybody has counted it.
COUNTED_FILE_BYTES = 256 * 1024
_FORM = "multipart/form-data"
_PIECE = "application/offset+octet-stream"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Parts:
    """What a front is made of."""

    pool: Pool
    bodies: Bodies
    kept: KeptAnswers
    connections: Connections
    refusals: Refusals
    watch: ChangeWatch
    trusted_proxies: int

    def may_send(self, file: FilePart | None, peer: str, address: str) -> bool:
        """Tell whether a file may be sent to a peer, and count it as on its way. A small one is always."""
        if file is None or file.stop - file.start <= COUNTED_FILE_BYTES:
            self.connections.next_request(peer)
            return True
        return self.connections.begin_file(peer, address)


class Front:
    """Answers requests: from what is kept, by refusing, or by the application."""

    def __init__(self, app: WSGIApplication, parts: Parts) -> None:
        self._app, self._parts = app, parts
        self._alive: Answer | None = None

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start what runs beside the requests."""
        self._parts.bodies.start(loop)
        self._parts.watch.start()
        self._parts.connections.start()

    async def __rsgi__(self, scope: Any, proto: Any) -> None:
        """Answer one request."""
        parts = self._parts
        key = parts.kept.key_of(scope)
        kept = parts.kept.find(key, scope) if key is not None else None
        if kept is not None:
            address = remote_address(scope, parts.trusted_proxies)
            if parts.may_send(kept.file, scope.client, network_of(address)):
                parts.kept.send(kept, scope, proto, address)
                return
        if scope.path == ALIVE:
            self._say_alive(proto)
            return
        parts.connections.port = parts.connections.port or int(host_and_port(scope.server)[1])
        await _Request(self._app, parts, scope, proto, key).answer()

    def _say_alive(self, proto: Any) -> None:
        # However many wait for a thread: whoever asks would end a process that is only busy.
        if self._alive is None:
            self._alive = self._parts.refusals.page(ALIVE)
        proto.response_bytes(self._alive.status, self._alive.headers, self._alive.body)


class _Request:
    """One request on its way through the application."""

    def __init__(self, app: WSGIApplication, parts: Parts, scope: Any, proto: Any, key: tuple[str, ...] | None) -> None:
        self._app, self._parts, self._scope, self._proto, self._key = app, parts, scope, proto, key
        self._address = network_of(remote_address(scope, parts.trusted_proxies))
        self._body: Body | None = None

    async def answer(self) -> None:
        """Send an answer, whatever happens."""
        self._parts.connections.next_request(self._scope.client)
        try:
            await self._send(await self._answer_of_application())
        except Refused as refused:
            self._send_refusal(refused.error)
        finally:
            if self._body is not None:
                await self._body.drain()
                self._body.close()

    async def _answer_of_application(self) -> Answer:
        if self._parts.pool.is_full:
            raise Refused(Unavailable(BUSY))
        environ = environ_of(self._scope)
        announced = _announced(environ)
        if announced == 0:
            environ["wsgi.input"] = _NOTHING
            return await self._call(environ)
        hashed = not environ.get("CONTENT_TYPE", "").startswith(_FORM)
        body = self._body = self._parts.bodies.open(self._proto, self._address, announced, hashed=hashed)
        if announced is None or announced <= IN_MEMORY_BYTES:
            await body.read(IN_MEMORY_BYTES)
        if not body.is_complete:
            # First without it: what the application refuses need not come.
            try:
                return await self._call({**environ, "wsgi.input": BodyNotHere()})
            except BodyNeeded:
                await self._read_whole(environ, body)
        return await self._call(_with_body(environ, body))

    async def _read_whole(self, environ: dict[str, Any], body: Body) -> None:
        try:
            await body.read()
        except Refused:
            # Of an upload that can go on, what came before the cut must not be sent again.
            if environ.get("CONTENT_TYPE", "") == _PIECE and body.size:
                await body.keep_what_came()
                await self._call(_with_body(environ, body))
            raise

    async def _call(self, environ: dict[str, Any]) -> Answer:
        loop, number = asyncio.get_running_loop(), self._parts.watch.number
        done: asyncio.Future[Answer] = loop.create_future()

        def job(too_late: bool) -> None:
            answer: Answer | None = None
            error: BaseException | None = None
            try:
                if too_late:
                    error = Refused(Unavailable(BUSY))
                else:
                    answer = call(self._app, environ)
            except BaseException as caught:
                error = caught
            loop.call_soon_threadsafe(_resolve, done, answer, error)

        self._parts.pool.put(job)
        answer = await done
        if self._scope.method not in _SAFE:
            self._parts.watch.has_changed()  # whoever changed a page sees it changed, here at least
        elif self._key is not None and answer.handover.is_kept and self._scope.method == "GET":
            self._parts.kept.keep(self._key, number, answer)
        return answer

    async def _send(self, answer: Answer) -> None:
        if self._body is not None and not self._body.is_complete:
            answer.headers.append(("Connection", "close"))
        part = answer.handover.file
        if part is not None:
            if not await self._may_send(part):
                raise Refused(Unavailable(TOO_MANY))
            self._proto.response_file_range(answer.status, answer.headers, str(part.path), part.start, part.stop)
        elif not answer.is_whole:
            await self._stream(answer)
        elif answer.body:
            self._proto.response_bytes(answer.status, answer.headers, answer.body)
        else:
            self._proto.response_empty(answer.status, answer.headers)

    async def _may_send(self, part: FilePart | None) -> bool:
        """Tell whether a file, or an answer that is made while it is sent, may be sent now."""
        connections, peer = self._parts.connections, self._scope.client
        if part is not None and self._parts.may_send(part, peer, self._address):
            return True
        if part is None and connections.begin_file(peer, self._address):
            return True
        await asyncio.to_thread(connections.look_again)
        return connections.begin_file(peer, self._address)

    async def _stream(self, answer: Answer) -> None:
        if not await self._may_send(None):
            self._parts.pool.put(lambda _late: answer.finish())
            raise Refused(Unavailable(TOO_MANY))
        try:
            await send_stream(answer, self._proto, self._parts.pool)
        except (StreamBroken, TimeoutError):
            close_connection(self._scope.client, self._parts.connections.port)

    def _send_refusal(self, error: OerError) -> None:
        answer = self._parts.refusals.answer(error, self._scope)
        headers = answer.headers
        if self._body is None or not self._body.is_complete:
            headers = [*headers, ("Connection", "close")]
        if self._scope.method == "HEAD":
            self._proto.response_empty(answer.status, headers)
        else:
            self._proto.response_bytes(answer.status, headers, answer.body)


class _Nothing:
    """The body of a request without one."""

    def read(self, *_: Any) -> bytes:
        return b""

    readline = read

    def readlines(self, *_: Any) -> list[bytes]:
        return []

    def __iter__(self) -> Any:
        return iter(())


_NOTHING = _Nothing()


def _announced(environ: dict[str, Any]) -> int | None:
    """Return the announced length of the body; None if it is not known."""
    if "HTTP_TRANSFER_ENCODING" in environ:
        return None
    try:
        return max(0, int(environ.get("CONTENT_LENGTH") or 0))
    except ValueError:
        return None


def _with_body(environ: dict[str, Any], body: Body) -> dict[str, Any]:
    stream = body.as_stream()
    length = stream.size if isinstance(stream, Arriving) else body.size
    rest = {name: value for name, value in environ.items() if name != "HTTP_TRANSFER_ENCODING"}
    return {**rest, "CONTENT_LENGTH": str(length), "wsgi.input": stream}


def _resolve(done: asyncio.Future[Answer], answer: Answer | None, error: BaseException | None) -> None:
    if done.done():
        return
    if error is not None:
        done.set_exception(error)
    elif answer is not None:
        done.set_result(answer)
