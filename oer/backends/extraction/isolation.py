"""Runs a reader in a process of its own: a crash there does no harm, and everything it started is killed with it."""

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
from datetime import timedelta
from pathlib import Path
from typing import Any

from oer.backends.extraction.protocol import Limits

FOLDER_PREFIXES = ("oer-reader-", "oer-office-")
_BLOCK_BYTES = 256 * 1024
_MOST_LOG_BYTES = 8 * 1024
_TOOL_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Outcome:
    """What an isolated process wrote and how it ended. `stopped` names the limit it ran into, "" for none."""

    output: bytes
    log: str
    returncode: int
    stopped: str = ""


def run_reader(task: str, request: dict[str, Any], limits: Limits, wall: float | None = None) -> Outcome:
    """Run a task of `oer.backends.extraction.worker` in a confined process. `wall` replaces the limits' wall time."""
    command = [sys.executable, "-I", "-m", "oer.backends.extraction.worker", task]
    stdin = json.dumps({"limits": asdict(limits), **request}).encode()
    return run_isolated(command, stdin, output_bytes=limits.output_bytes, wall=wall or limits.wall_seconds)


def run_isolated(command: list[str], stdin: bytes, *, output_bytes: int, wall: float) -> Outcome:
    """Run a command in its own session and temporary folder.

    However it ends, its process group is killed and its folder removed before this returns.
    """
    with _private_folder() as folder, tempfile.TemporaryFile() as request:
        request.write(stdin)
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


def sweep_folders(older_than: timedelta) -> int:
    """Remove folders left by readers whose parent died at least `older_than` ago; return how many."""
    latest, count = time.time() - older_than.total_seconds(), 0
    for prefix in FOLDER_PREFIXES:
        for folder in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
            with suppress(FileNotFoundError):
                if folder.stat().st_mtime <= latest:
                    shutil.rmtree(folder, ignore_errors=True)
                    count += 1
    return count


@contextmanager
def _private_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIXES[0]))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _environment(folder: Path) -> dict[str, str]:
    # Nothing is inherited but PATH: no secrets, no proxy, no home folder.
    return {
        "PATH": os.environ.get("PATH", _TOOL_PATH),
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "OMP_THREAD_LIMIT": "1",
        # Each thread of LibreOffice may reserve an arena of 64 MB, which counts against the memory limit.
        "MALLOC_ARENA_MAX": "2",
    }


def _collect(process: "subprocess.Popen[bytes]", most: int, deadline: float) -> tuple[bytes, str, str]:
    """Return output and log of a process, and the limit that it ran into, if any.

    We wait for the process itself, not for its pipes to close: a child that it left behind may keep them open for ever.
    """
    output, log = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector, _watched(process) as end:
        for stream, target in ((process.stdout, output), (process.stderr, log), (end, None)):
            selector.register(stream, selectors.EVENT_READ, target)  # type: ignore[arg-type]
        has_ended, stopped = False, ""
        while not stopped:
            ready = selector.select(0 if has_ended else max(0.0, deadline - time.monotonic()))
            if has_ended and not ready:
                break
            for key, _ in ready:
                if key.data is None:
                    has_ended = True
                    selector.unregister(key.fileobj)
                elif not _read_into(key.data, key.fd, most if key.data is output else _MOST_LOG_BYTES):
                    selector.unregister(key.fileobj)
            stopped = _limit_hit(output, most, deadline)
    return bytes(output[:most]), log.decode("utf-8", "replace"), stopped


@contextmanager
def _watched(process: "subprocess.Popen[bytes]") -> Iterator[int]:
    """Yield a file descriptor that becomes readable when the process ends."""
    descriptor = os.pidfd_open(process.pid)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _read_into(target: bytearray, descriptor: int, most: int) -> bool:
    block = os.read(descriptor, _BLOCK_BYTES)
    if len(target) <= most:
        target.extend(block)
    return bool(block)


def _limit_hit(output: bytearray, most: int, deadline: float) -> str:
    if len(output) > most:
        return "output"
    return "wall" if time.monotonic() >= deadline else ""


def _end_group(process: "subprocess.Popen[bytes]") -> None:
    # The process has not been waited for, so its id cannot have been reused.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
