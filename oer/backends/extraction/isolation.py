"""Running our own reader in a process of its own, which may die without harm and takes along all that it started."""

import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from oer.backends.extraction.protocol import Limits

_BLOCK_BYTES = 256 * 1024
_MOST_LOG_BYTES = 8 * 1024
_TOOL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Outcome:
    """What an isolated process wrote, and how it ended: `stopped` says by which limit of ours, "" for none."""

    output: bytes
    log: str
    returncode: int
    stopped: str = ""


def run_reader(task: str, request: dict[str, Any], limits: Limits, wall: float | None = None) -> Outcome:
    """Run a task of `oer.backends.extraction.worker` in a confined process and return what it wrote."""
    command = [sys.executable, "-I", "-m", "oer.backends.extraction.worker", task]
    told = json.dumps({"limits": asdict(limits), **request}).encode()
    return run_isolated(command, told, output_bytes=limits.output_bytes, wall=wall or limits.wall)


def run_isolated(command: list[str], told: bytes, *, output_bytes: int, wall: float) -> Outcome:
    """Run a command in a session and a folder of its own, with `told` as its input.

    However it ends, its whole group of processes is killed and its folder removed before this returns.
    """
    with _private_folder() as folder, tempfile.TemporaryFile() as request:
        request.write(told)
        request.seek(0)
        process = subprocess.Popen(  # noqa: S603 (the command is ours, the file only an argument)
            command,
            stdin=request,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=_environment(folder),
            start_new_session=True,
        )
        with process:
            try:
                output, log, stopped = _collect(process, output_bytes, time.monotonic() + wall)
            finally:
                _end_group(process)
        return Outcome(output, log, process.returncode, stopped)


@contextmanager
def _private_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="oer-reader-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _environment(folder: Path) -> dict[str, str]:
    # Nothing of ours: no secret, no proxy, no path to a home.
    return {
        "PATH": os.environ.get("PATH", _TOOL_PATH),
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "OMP_THREAD_LIMIT": "1",
    }


def _collect(process: "subprocess.Popen[bytes]", most: int, deadline: float) -> tuple[bytes, str, str]:
    output, log, stopped = bytearray(), bytearray(), ""
    with selectors.DefaultSelector() as selector:
        for stream, target in ((process.stdout, output), (process.stderr, log)):
            assert stream is not None  # noqa: S101 (both are pipes)
            selector.register(stream, selectors.EVENT_READ, target)
        while selector.get_map() and not stopped:
            for key, _ in selector.select(max(0.0, deadline - time.monotonic())):
                block = os.read(key.fd, _BLOCK_BYTES)
                if not block:
                    selector.unregister(key.fileobj)
                elif key.data is output or len(log) < _MOST_LOG_BYTES:
                    key.data.extend(block)
            if len(output) > most:
                stopped = "output"
            elif time.monotonic() >= deadline:
                stopped = "wall"
    if not stopped and not _ends_by(process, deadline):
        stopped = "wall"
    return bytes(output), log.decode("utf-8", "replace"), stopped


def _ends_by(process: "subprocess.Popen[bytes]", deadline: float) -> bool:
    """Wait until the process ends, but leave it unburied: until then nobody else gets its number."""
    while time.monotonic() < deadline:
        if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
            return True
        time.sleep(0.001)
    return False


def _end_group(process: "subprocess.Popen[bytes]") -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
