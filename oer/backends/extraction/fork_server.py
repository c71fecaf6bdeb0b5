"""A process that has imported every reader, and forks once for each file: a small file is read in milliseconds.

It is started by `isolation` with an empty environment and holds no secret; a fork confines itself before it opens its
file. The server ends when whoever started it is gone. A fork is killed, with all that it started, when whoever asked
for it hangs up or when its main process ends.
"""

import encodings
import gc
import json
import os
import selectors
import signal
import socket
import sys
import tempfile
import traceback
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, NoReturn

from PIL import Image

from oer.backends.extraction import worker
from oer.backends.extraction.confinement import confine, leave_network, prepare
from oer.backends.extraction.protocol import Limits
from oer.backends.extraction.reader_folders import private_folder
from oer.backends.extraction.system_calls import Programs

CONTROL = 0
"""The descriptor of the socket from which requests come."""
MOST_REQUEST_BYTES = 128 * 1024
_STATUS, _OUTPUT, _LOG, _FILE = range(4)
_FILE_DESCRIPTOR = 3
_WINDOWS_CODECS = {"mbcs", "oem"}


@dataclass(frozen=True)
class _Fork:
    """A running reader, and the socket to whoever asked for it."""

    pid: int
    pidfd: int
    status: socket.socket


class ForkServer:
    """Forks for each request until whoever started it hangs up."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)
        self._is_open = True
        self._running: set[_Fork] = set()

    def serve(self) -> None:
        """Take requests, and tell how each fork ended."""
        while self._is_open or self._running:
            for key, _ in self._selector.select():
                if key.data is None:
                    self._take_request()
                elif key.data in self._running:
                    self._attend(key.data, has_ended=key.fileobj == key.data.pidfd)

    def _take_request(self) -> None:
        content, descriptors, _, _ = socket.recv_fds(self._control, MOST_REQUEST_BYTES, _FILE + 1)
        if not content:
            self._is_open = False
            self._selector.unregister(self._control)
            return
        pid = os.fork()
        if not pid:
            _run(json.loads(content), descriptors)
        for each in descriptors[_OUTPUT:]:
            os.close(each)
        fork = _Fork(pid, os.pidfd_open(pid), socket.socket(fileno=descriptors[_STATUS]))
        self._running.add(fork)
        for either in (fork.pidfd, fork.status):
            self._selector.register(either, selectors.EVENT_READ, fork)

    def _attend(self, fork: _Fork, *, has_ended: bool) -> None:
        # It has not been waited for, so neither its id nor that of its group can have been reused.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(fork.pid, signal.SIGKILL)
        if not has_ended:  # whoever asked hung up
            with suppress(ProcessLookupError):  # in its first moment it has no group yet
                signal.pidfd_send_signal(fork.pidfd, signal.SIGKILL)
            self._selector.unregister(fork.status)
            return
        _, code = os.waitpid(fork.pid, 0)
        with suppress(OSError):
            fork.status.sendall(str(os.waitstatus_to_exitcode(code)).encode())
        self._selector.unregister(fork.pidfd)
        with suppress(KeyError):
            self._selector.unregister(fork.status)
        os.close(fork.pidfd)
        fork.status.close()
        self._running.remove(fork)


def _run(request: dict[str, Any], descriptors: list[int]) -> NoReturn:
    """Do what is asked in this new process, and end it."""
    code = 1
    try:
        file = _take_descriptors(descriptors)
        folder = Path(request.pop("folder"))
        limits = Limits(**request.pop("limits"))
        programs, task = Programs(request.pop("programs")), request.pop("task")
        _move_to(folder)
        confine(limits, folder=folder, file=file, programs=programs)
        if file is not None:
            request["path"] = f"/proc/self/fd/{file}"
        worker.main(task, limits, request)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _take_descriptors(descriptors: list[int]) -> int | None:
    """Keep of all open descriptors only output, log and file. Returns the file's, None if there is none."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    above = max(*descriptors, nothing, _FILE_DESCRIPTOR) + 1
    for position, each in enumerate((nothing, *descriptors[_OUTPUT:])):
        os.dup2(each, above + position)
    count = len(descriptors)  # /dev/null in place of the status
    for target in range(count):
        os.dup2(above + target, target, inheritable=target != _FILE_DESCRIPTOR)
    os.closerange(count, os.sysconf("SC_OPEN_MAX"))
    return _FILE_DESCRIPTOR if count > _FILE else None


def _move_to(folder: Path) -> None:
    os.chdir(folder)
    os.environ.update(HOME=str(folder), TMPDIR=str(folder))
    tempfile.tempdir = str(folder)


def warm_up() -> None:
    """Import every reader with its codecs, read a few small texts, and make once what each fork needs.

    A fork may not even be able to import: it is another user, and Python may be installed in somebody's home folder.
    """
    worker.import_readers()
    Image.init()
    for codec in iter_modules(encodings.__path__):
        if codec.name not in _WINDOWS_CODECS:
            import_module(f"encodings.{codec.name}")
    with private_folder() as folder:
        prepare(folder)
        worker.rehearse(folder)
    gc.collect()
    gc.freeze()


def main() -> None:
    """Serve at the socket that is standard input."""
    leave_network()
    warm_up()
    with socket.socket(fileno=CONTROL) as control:
        control.send(b"+")
        ForkServer(control).serve()


if __name__ == "__main__":
    main()
