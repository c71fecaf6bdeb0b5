"""Runs a reader in a process of its own: a crash there does no harm, and everything it started is killed with it.

The processes are forks of a server (`fork_server`) that this process starts when it first needs one.
"""

import atexit
import json
import logging
import os
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from oer.backends.extraction.confinement import missing_layers
from oer.backends.extraction.protocol import Limits
from oer.backends.extraction.reader_folders import open_for_reader, private_folder
from oer.backends.extraction.worker import programs_for

log = logging.getLogger(__name__)

_BLOCK_BYTES = 256 * 1024
_MOST_LOG_BYTES = 8 * 1024
_TOOL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_COMMAND = (sys.executable, "-I", "-m", "oer.backends.extraction.fork_server")
# A new server then: all forks of one have the same memory layout, which an attacker could learn bit by bit.
_MOST_FORKS = 2000
_START_SECONDS = 60.0


@dataclass(frozen=True)
class Outcome:
    """What an isolated process wrote and how it ended. `stopped` names the limit it ran into, "" for none."""

    output: bytes
    log: str
    returncode: int
    stopped: str = ""


_others: list["subprocess.Popen[bytes]"] = []  # servers of the process that we were forked from


class _ServerGone(Exception):
    """The fork server ended before the process that was asked for."""


class Readers:
    """Forks of one fork server at a time, which is started when it is needed; safe to use from several threads."""

    def __init__(self, command: Sequence[str] = _COMMAND) -> None:
        self._command = command
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._retired: list[subprocess.Popen[bytes]] = []
        self._forks = 0

    def run(
        self, task: str, path: Path | None, limits: Limits, *, wall: float, folder: Path, **request: Any
    ) -> Outcome:
        """Run a task in a fork that may open this file and use this folder, and nothing else of ours."""
        programs = programs_for(task, request.get("media_type", ""))
        request = {"task": task, "programs": programs.value, "limits": asdict(limits), "folder": str(folder), **request}
        for tries_left in (1, 0):
            try:
                return self._run(json.dumps(request).encode(), path, limits, wall, folder)
            except OSError as error:  # the file cannot be opened
                return Outcome(b"", f"{type(error).__name__}: {error}", 1)
            except _ServerGone:  # somebody ended it
                if not tries_left:
                    return Outcome(b"", "the fork server ended", 1)
        raise AssertionError

    def _run(self, request: bytes, path: Path | None, limits: Limits, wall: float, folder: Path) -> Outcome:
        with ExitStack() as ours:
            with ExitStack() as theirs:
                output, log_end, status, given = _ends(ours, theirs)
                if path is not None:
                    given.append(open_for_reader(path, folder))
                    theirs.callback(os.close, given[-1])
                self._send(request, given)
            return _collect(output, log_end, status, limits.output_bytes, time.monotonic() + wall)

    def start(self) -> None:
        """Start the fork server, so that nobody waits for it later."""
        with self._lock:
            if self._control is None:
                self._start()

    def _send(self, request: bytes, descriptors: list[int]) -> None:
        with self._lock:
            control = self._control
            if control is None or self._forks >= _MOST_FORKS:
                control = self._start()
            self._forks += 1
            try:
                socket.send_fds(control, [request], descriptors)
            except (BrokenPipeError, ConnectionResetError):
                self._retire()
                raise _ServerGone from None

    def _start(self) -> socket.socket:
        self._retire()
        _say_once_what_is_missing()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._server = subprocess.Popen(  # noqa: S603 (the command is ours)
                self._command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                cwd="/",
                env=_environment(),
                start_new_session=True,
            )
        ours.settimeout(_START_SECONDS)
        with suppress(TimeoutError):  # the request will wait in the socket
            ours.recv(1)  # it is warm
        ours.settimeout(None)
        self._control, self._forks = ours, 0
        return ours

    def _retire(self) -> None:
        """Hang up on the server: it ends once its last fork did."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._server is not None:
            self._retired.append(self._server)
            self._server = None
        self._retired = [each for each in self._retired if each.poll() is None]

    def close(self) -> None:
        """End the server, and wait until it is gone."""
        with self._lock:
            self._retire()
            for each in self._retired:
                each.wait()
            self._retired = []

    def forget(self) -> None:
        """Leave the server to the process that this one was forked from."""
        self._lock = threading.Lock()
        self._control = None
        _others.extend(each for each in (self._server, *self._retired) if each)
        self._server, self._retired = None, []


readers = Readers()
atexit.register(readers.close)
os.register_at_fork(after_in_child=readers.forget)


def run_reader(task: str, path: Path, limits: Limits, wall: float | None = None, **request: Any) -> Outcome:
    """Run a task of `worker` on a file, confined to it. `wall` replaces the limits' wall time.

    However it ends, all that it started is killed and its folder removed before this returns.
    """
    with private_folder() as folder:
        return readers.run(task, path, limits, wall=wall or limits.wall_seconds, folder=folder, **request)


_said: set[str] = set()


def _say_once_what_is_missing() -> None:
    for each in missing_layers():
        if each not in _said:
            _said.add(each)
            log.warning("%s", each)


def _environment() -> dict[str, str]:
    # Nothing is inherited but PATH: no secrets, no proxy, no home folder.
    return {
        "PATH": os.environ.get("PATH", _TOOL_PATH),
        "LANG": "C.UTF-8",
        "OMP_THREAD_LIMIT": "1",
        # Each thread of LibreOffice may reserve an arena of 64 MB, which counts against the memory limit.
        "MALLOC_ARENA_MAX": "2",
    }


def _ends(ours: ExitStack, theirs: ExitStack) -> tuple[int, int, socket.socket, list[int]]:
    """Return our ends of output, log and status, and the reader's ends of status, output and log."""
    (output, to_output), (log_end, to_log) = os.pipe(), os.pipe()
    for each in (output, log_end):
        ours.callback(os.close, each)
    for each in (to_output, to_log):
        theirs.callback(os.close, each)
    status, to_status = socket.socketpair()
    ours.enter_context(status)
    theirs.enter_context(to_status)
    return output, log_end, status, [to_status.fileno(), to_output, to_log]


def _collect(output_end: int, log_end: int, status: socket.socket, most: int, deadline: float) -> Outcome:
    """Return output and log of a fork, how it ended, and the limit that it ran into, if any. Raises _ServerGone.

    We wait for the process itself, not for its pipes to close: a child that it left behind may keep them open for ever.
    """
    output, log_text = bytearray(), bytearray()
    has_ended, stopped = False, ""
    with selectors.DefaultSelector() as selector:
        for end, target in ((output_end, output), (log_end, log_text), (status.fileno(), None)):
            selector.register(end, selectors.EVENT_READ, target)
        while not stopped:
            ready = selector.select(0 if has_ended else max(0.0, deadline - time.monotonic()))
            if has_ended and not ready:
                break
            for key, _ in ready:
                if key.data is None:
                    has_ended = True
                    selector.unregister(key.fd)
                elif not _read_into(key.data, key.fd, most if key.data is output else _MOST_LOG_BYTES):
                    selector.unregister(key.fd)
            stopped = _limit_hit(output, most, deadline)
    status.shutdown(socket.SHUT_WR)  # if it runs still, it is killed now
    code = status.recv(16)
    if not code:
        raise _ServerGone
    return Outcome(bytes(output[:most]), log_text.decode("utf-8", "replace"), int(code), stopped)


def _read_into(target: bytearray, descriptor: int, most: int) -> bool:
    block = os.read(descriptor, _BLOCK_BYTES)
    if len(target) <= most:
        target.extend(block)
    return bool(block)


def _limit_hit(output: bytearray, most: int, deadline: float) -> str:
    if len(output) > most:
        return "output"
    return "wall" if time.monotonic() >= deadline else ""
