"""Limits that a process sets on itself before it opens an untrusted file, and the installed programs it may start."""

import ctypes
import resource
import shutil
import signal
import subprocess
from contextlib import suppress
from functools import cache

from oer.backends.extraction.protocol import Limits

# linux/prctl.h and linux/sched.h
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_MOST_OPEN_FILES = 512


def confine(limits: Limits) -> None:
    """Limit this process and its children: memory, CPU time, file sizes, open files; no network, no core dumps.

    Where the kernel refuses a network namespace we go on without one: no reader opens a connection anyway.
    """
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_AS, limits.memory_bytes)
    _limit(resource.RLIMIT_CPU, limits.cpu_seconds, grace=2)
    _limit(resource.RLIMIT_FSIZE, limits.written_bytes)
    _limit(resource.RLIMIT_NOFILE, _MOST_OPEN_FILES)
    libc = _libc()
    if libc is not None:
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if libc.unshare(_CLONE_NEWNET):
            libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    die_with_parent()


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent dies."""
    libc = _libc()
    if libc is not None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _libc() -> "ctypes.CDLL | None":
    with suppress(OSError, AttributeError):
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl, libc.unshare  # noqa: B018 (raises where this is not Linux)
        return libc
    return None


def _limit(kind: int, value: int, grace: int = 0) -> None:
    # Past the soft CPU limit the kernel sends SIGXCPU, which we can tell apart; past the hard one SIGKILL.
    hard = resource.getrlimit(kind)[1]
    most = value + grace if hard == resource.RLIM_INFINITY else min(value + grace, hard)
    resource.setrlimit(kind, (min(value, most), most))


@cache
def has_ocr() -> bool:
    """Whether tesseract is installed with its Vietnamese model."""
    program = shutil.which("tesseract")
    if program is None:
        return False
    listed = subprocess.run([program, "--list-langs"], check=False, capture_output=True, text=True, timeout=20)  # noqa: S603
    return "vie" in listed.stdout.split()


@cache
def find_libreoffice() -> str | None:
    """Return the path of LibreOffice, None if it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def run_program(command: list[str], timeout_seconds: float) -> "subprocess.CompletedProcess[bytes] | None":
    """Run a program from within the confined process and return what it wrote; None if it took too long."""
    try:
        return subprocess.run(  # noqa: S603 (the command is ours, the file only an argument)
            command,
            check=False,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout_seconds,
            preexec_fn=die_with_parent,
        )
    except subprocess.TimeoutExpired:
        return None
