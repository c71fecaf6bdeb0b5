"""The port, and Granian on it: taken by one server alone, and served again however often a web process dies."""

import errno
import logging
import socket
import threading
import time
from collections import deque
from typing import Any

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from oer.operations.front.connections import MOST_CONNECTIONS

log = logging.getLogger(__name__)
BACKLOG = 4096
STOP_SECONDS = 5
HEADER_SECONDS = 15
# Of a connection: the longest head of a request, and what a slow reader holds beside the block of the file.
BUFFER_BYTES = 64 * 1024
# For so long a reader may take nothing, or be gone without a word; then the system closes the connection.
READER_PAUSE_MS = 60_000
# Of processes that die again and again the next one waits, up to so long.
DEATHS_SECONDS, LONGEST_PAUSE_SECONDS = 60, 30


class PortTaken(Exception):
    """Somebody else listens there, or nobody may."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens. Raises PortTaken, with a sentence for whoever starts the server.

    Not shared by SO_REUSEPORT, as Granian would: with it a second server would take half of the first one's requests.
    """
    listener: socket.socket | None = None
    try:
        family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # connections have it from the socket that they came by
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, READER_PAUSE_MS)
        listener.bind(place)
        listener.listen(BACKLOG)
    except OSError as error:
        if listener is not None:
            listener.close()
        raise PortTaken(_why(error, host, port)) from error
    return listener


def _why(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is taken: another server listens there. Stop it, or choose another PORT."
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {port}. Choose a PORT from 1024 on."
    return f"Nothing can listen on {host}, port {port}: {error.strerror or error}. Check HOST and PORT."


class Server(MPServer):
    """Granian over a socket of ours. A web process that dies is started again, however often it happens.

    Granian itself ends for good when one dies twice within five seconds.
    """

    def __init__(self, listener: socket.socket, target: str, processes: int) -> None:
        host, port = listener.getsockname()[:2]
        super().__init__(
            target,
            factory=True,
            interface=Interfaces.RSGI,
            address=host,
            port=port,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000, max_buffer_size=BUFFER_BYTES),
            websockets=False,
            workers=processes,
            backpressure=MOST_CONNECTIONS,
            backlog=BACKLOG,
            workers_kill_timeout=STOP_SECONDS,
            respawn_failed_workers=True,
            log_level=LogLevels.warning,
        )
        self._listener = listener
        self._deaths: deque[float] = deque(maxlen=20)

    def _init_shared_socket(self) -> None:
        self._sso = self._listener
        descriptor = self._listener.fileno()
        holder = SocketHolder(descriptor, False, BACKLOG)  # type: ignore[call-arg]
        self._sfd, self._shd = descriptor, holder  # type: ignore[assignment]
        self._ssp = None

    def _drop_shared_socket(self) -> None:
        """Leave the socket to whoever opened it."""

    def _respawn_workers(self, workers: list[int], *given: Any, **options: Any) -> None:
        now = time.monotonic()
        self._deaths.append(now)
        recent = sum(now - death < DEATHS_SECONDS for death in self._deaths)
        if recent > 2:
            pause = min(LONGEST_PAUSE_SECONDS, 2 ** (recent - 3))
            log.error("web processes ended %s times within a minute; the next starts in %s s", recent, pause)
            self._wait(pause)
            if self.interrupt_signal:
                return
        super()._respawn_workers(workers, *given, **options)
        self.respawned_wrks.clear()  # Granian would end when one of these dies again within 5.5 s

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        woken = threading.Event()
        while not self.interrupt_signal and (left := until - time.monotonic()) > 0:
            woken.wait(min(left, 0.2))
