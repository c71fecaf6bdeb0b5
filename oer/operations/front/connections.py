"""The open connections of this process: how many files an address may fetch, who goes when there are too many.

Granian says nothing about a connection once its answer was handed over. The system knows: its sockets are ours.
"""

import fcntl
import logging
import os
import resource
import socket
import struct
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from oer.operations.front.asking import network_of

log = logging.getLogger(__name__)
LOOK_SECONDS = 1.0
# Sent and received nothing for so long: a file is over, or a connection may go when there are too many.
FINISHED_MS, IDLE_MS = 300, 3000
# Whoever is about to be refused has somebody look first, but not more often than this.
LOOK_AGAIN_SECONDS = 0.05
_DESCRIPTORS = "/proc/self/fd"
_UNSENT = struct.Struct("i")
_SIOCOUTQ = 0x5411
# Of Linux' struct tcp_info: how many ms ago data was sent and received.
_LAST_SENT, _LAST_RECEIVED = 44, 52


@dataclass(frozen=True)
class ConnectionLimits:
    """How many connections, and files on their way, this process has from one address and in all."""

    connections_per_address: int
    connections_in_all: int
    files_per_address: int
    files_in_all: int
    behind_proxy: bool = False


MOST_CONNECTIONS = 8192
_OTHER_FILES = 1024


def most_connections() -> int:
    """Return how many connections a process can have, once it may open as many files as its user is allowed to."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS * 2 + _OTHER_FILES  # a file on its way is another one
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        allowed = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
    return MOST_CONNECTIONS if allowed == resource.RLIM_INFINITY else max(128, min(wanted, allowed) // 2 - 256)


@dataclass(frozen=True)
class _Connection:
    peer: str
    host: str
    descriptor: int
    idle_ms: int
    unsent: int


class Connections:
    """Files on their way, and a thread that looks at the sockets while there is something to look for."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self._limits = limits
        self._looked_at = float("-inf")
        self.port = 0  # not known before the first request
        self._lock = threading.Lock()
        self._files: dict[str, str] = {}
        self._by_address: Counter[str] = Counter()

    def start(self) -> None:
        """Look from now on, in a thread that ends with the process."""
        if os.path.isdir(_DESCRIPTORS):  # noqa: PTH112 (Linux; elsewhere nothing can be said of a socket)
            threading.Thread(target=self._go_on, name="connections", daemon=True).start()

    def begin_file(self, peer: str, address: str) -> bool:
        """Count a file that is sent over the connection of `peer`; False if there are too many already."""
        with self._lock:
            if peer not in self._files:
                if len(self._files) >= self._limits.files_in_all:
                    return False
                if self._by_address[address] >= self._limits.files_per_address:
                    return False
            self._forget(peer)
            self._files[peer] = address
            self._by_address[address] += 1
            return True

    def next_request(self, peer: str) -> None:
        """Count no file of a connection that has sent another request: it is over."""
        if peer in self._files:
            with self._lock:
                self._forget(peer)

    def _forget(self, peer: str) -> None:
        address = self._files.pop(peer, None)
        if address is not None:
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]

    def _go_on(self) -> None:
        pause = threading.Event()
        while not pause.wait(LOOK_SECONDS):
            try:
                if self._files or self._are_many():
                    self.look()
            except OSError:
                log.warning("the sockets cannot be looked at", exc_info=True)

    def _are_many(self) -> bool:
        fewest = min(self._limits.connections_per_address, self._limits.connections_in_all // 2)
        return len(os.listdir(_DESCRIPTORS)) > fewest  # noqa: PTH208

    def look_again(self) -> None:
        """Look now, unless somebody has just looked."""
        if time.monotonic() - self._looked_at > LOOK_AGAIN_SECONDS:
            self.look()

    def look(self) -> None:
        """Count finished files no longer, and close the idlest connections where there are too many."""
        self._looked_at = time.monotonic()
        open_ones: list[_Connection] = []
        try:
            open_ones.extend(_connections(self.port))
            self._end_files(open_ones)
            for each in self._too_many(open_ones):
                _shut(each.descriptor)
        finally:
            for each in open_ones:
                os.close(each.descriptor)

    def _end_files(self, open_ones: list[_Connection]) -> None:
        sending = {each.peer for each in open_ones if each.unsent or each.idle_ms < FINISHED_MS}
        with self._lock:
            for peer in [peer for peer in self._files if peer not in sending]:
                self._forget(peer)

    def _too_many(self, open_ones: list[_Connection]) -> Iterator[_Connection]:
        idle = sorted((each for each in open_ones if each.idle_ms > IDLE_MS), key=lambda each: -each.idle_ms)
        limits, left = self._limits, len(open_ones)
        of_address: dict[str, int] = defaultdict(int)
        for each in open_ones:
            of_address[each.host] += 1
        for each in idle:
            over = not limits.behind_proxy and of_address[each.host] > limits.connections_per_address
            if over or left > limits.connections_in_all * 3 // 4:
                of_address[each.host] -= 1
                left -= 1
                yield each


def close_connection(peer: str, port: int) -> None:
    """Close the connection of a peer, so that it does not take what came for the whole."""
    if not os.path.isdir(_DESCRIPTORS):  # noqa: PTH112
        return
    for each in _connections(port):
        if each.peer == peer:
            _shut(each.descriptor)
        os.close(each.descriptor)


def _connections(port: int) -> Iterator[_Connection]:
    """Give the connections to a port, each with a descriptor of its own that is to be closed."""
    for name in os.listdir(_DESCRIPTORS):  # noqa: PTH208
        try:
            descriptor = os.dup(int(name))
        except OSError:
            continue
        found = _connection(descriptor, port)
        if found is None:
            os.close(descriptor)
        else:
            yield found


def _connection(descriptor: int, port: int) -> _Connection | None:
    try:
        opened = socket.socket(fileno=descriptor)
    except OSError:
        return None
    try:
        if opened.family not in {socket.AF_INET, socket.AF_INET6} or opened.getsockname()[1] != port:
            return None
        host, peer_port = opened.getpeername()[:2]
        facts = opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 64)
        unsent = struct.unpack("i", _ioctl(descriptor))[0]
    except OSError:
        return None
    finally:
        opened.detach()
    sent, received = (struct.unpack_from("I", facts, at)[0] for at in (_LAST_SENT, _LAST_RECEIVED))
    peer = f"[{host}]:{peer_port}" if ":" in host else f"{host}:{peer_port}"
    return _Connection(peer, network_of(host), descriptor, min(sent, received), unsent)


def _ioctl(descriptor: int) -> bytes:
    return fcntl.ioctl(descriptor, _SIOCOUTQ, _UNSENT.pack(0))


def _shut(descriptor: int) -> None:
    opened = socket.socket(fileno=descriptor)
    with suppress(OSError):
        opened.shutdown(socket.SHUT_RDWR)
    opened.detach()
