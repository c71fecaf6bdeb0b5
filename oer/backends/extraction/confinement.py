"""Limits that a process sets on itself before it opens an untrusted file, and the installed programs it may start."""

import ctypes
import resource
import shutil
import signal
import subprocess
from contextlib import suppress
from functools import cache

from oer.backends.extraction.protocol import Limits

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_MOST_FILES = 512


def confine(limits: Limits) -> None:
    """Limit this process and all that it starts: memory, processor time, files; no network, no core dumps.

    What the system does not grant (network namespaces, say) is done without: no reader here opens a connection.
    """
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_AS, limits.memory_bytes)
    _limit(resource.RLIMIT_CPU, limits.cpu, grace=2)
    _limit(resource.RLIMIT_FSIZE, limits.written_bytes)
    _limit(resource.RLIMIT_NOFILE, _MOST_FILES)
    system = _system()
    if system is not None:
        system.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if system.unshare(_CLONE_NEWNET):
            system.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    die_with_parent()


def die_with_parent() -> None:
    """See to it that this process does not outlive the one that started it, however that ends."""
    system = _system()
    if system is not None:
        system.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _system() -> "ctypes.CDLL | None":
    with suppress(OSError, AttributeError):
        system = ctypes.CDLL(None, use_errno=True)
        system.prctl, system.unshare  # noqa: B018 (absent where there is no Linux)
        return system
    return None


def _limit(kind: int, value: int, grace: int = 0) -> None:
    # Past the soft limit of processor time the system sends SIGXCPU, past the hard one SIGKILL, which says less.
    hardest = resource.getrlimit(kind)[1]
    most = value + grace if hardest == resource.RLIM_INFINITY else min(value + grace, hardest)
    resource.setrlimit(kind, (min(value, most), most))


# Programs of others that are used where they are installed.


@cache
def has_ocr() -> bool:
    """Tell whether tesseract is there, with its Vietnamese."""
    program = shutil.which("tesseract")
    if program is None:
        return False
    listed = subprocess.run([program, "--list-langs"], check=False, capture_output=True, text=True, timeout=20)  # noqa: S603
    return "vie" in listed.stdout.split()


@cache
def find_libreoffice() -> str | None:
    """Return the path of LibreOffice, None if it is not installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")
