"""What a process takes from itself before it opens an untrusted file: files, network, other processes, time, memory.

Each layer stands alone, so that what one kernel lacks leaves the others: Landlock (Linux 5.13 and later) for files,
TCP and signals; another user where we are root; no capabilities; refused system calls (`system_calls`); limits.
"""

import ctypes
import os
import resource
import signal
import sys
import sysconfig
from contextlib import suppress
from functools import cache
from pathlib import Path

import landlockpy
from landlockpy import AccessFS, Scope

from oer.backends.extraction import system_calls
from oer.backends.extraction.protocol import Limits
from oer.backends.extraction.system_calls import Programs

# linux/prctl.h, linux/sched.h, linux/capability.h
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 1, 4, 38
_CLONE_NEWUSER, _CLONE_NEWNET, _CLONE_NEWIPC = 0x10000000, 0x40000000, 0x08000000
_CAPABILITY_VERSION_3 = 0x20080522
_MOST_OPEN_FILES = 512

# Users that nobody else is: one for each reader by its process id, so that two readers cannot touch each other.
_FIRST_USER, _NOBODY = 0x7A000000, 65534

_READ = AccessFS.READ_FILE | AccessFS.READ_DIR
_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
# Programs, libraries, fonts, models of languages. Not /etc (passwords), /proc (other processes), /home, /var, /tmp.
_INSTALLED = (
    *("/usr/bin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec", "/usr/share", "/lib", "/lib32", "/lib64"),
    *("/bin", "/usr/local/bin", "/usr/local/lib", "/usr/local/share", "/etc/fonts", "/etc/libreoffice"),
    *("/etc/ld.so.cache", "/etc/localtime", "/var/cache/fontconfig", "/var/lib/libreoffice"),
    "/var/spool/libreoffice",
)
_IN_ITS_FOLDER = ~(
    AccessFS.MAKE_CHAR | AccessFS.MAKE_BLOCK | AccessFS.MAKE_SOCK | AccessFS.EXECUTE | AccessFS.IOCTL_DEV
)


def missing_layers() -> list[str]:
    """Return what this kernel or installation cannot take from readers, in words for the operator; [] at best."""
    missing = []
    abi = landlockpy.abi_version()
    if not abi:
        missing.append("Landlock is off in this kernel: readers of uploaded files can read what the service's user can")
    elif abi < 6:
        missing.append(f"Landlock is old here (version {abi} of 6): readers of uploaded files can send signals")
    if not system_calls.can_refuse():
        missing.append("libseccomp is not installed: readers of uploaded files can open local sockets")
    return missing


def prepare(folder: Path) -> None:
    """Make once what confining needs, so that processes forked from this one are quicker."""
    system_calls.prepare()
    ruleset = _ruleset(folder, None, Programs.NONE)
    if ruleset is not None:
        ruleset.close()


def leave_network() -> None:
    """Move this process and its future children to a network without any connection, where the kernel allows that."""
    libc = _libc()
    if libc is not None and libc.unshare(_CLONE_NEWNET | _CLONE_NEWIPC):
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC)


def confine(limits: Limits, *, folder: Path, file: int | None = None, programs: Programs) -> None:
    """Take from this process and its children everything but one open file, one folder and what is installed.

    `file` is a descriptor. Raises OSError where a layer that this kernel has
    does not hold, so that nothing is read without it.
    """
    ruleset = _ruleset(folder, file, programs)
    _become_nobody(folder)
    libc = _libc()
    if libc is not None:
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)  # others of the same user cannot look into this process
    die_with_parent()  # after the user changed, which undoes it
    if ruleset is not None:
        with ruleset:
            ruleset.restrict()
    _drop_capabilities()
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_AS, limits.memory_bytes)
    _limit(resource.RLIMIT_CPU, limits.cpu_seconds, grace=2)
    _limit(resource.RLIMIT_FSIZE, limits.written_bytes)
    _limit(resource.RLIMIT_NOFILE, _MOST_OPEN_FILES)
    system_calls.refuse(programs)


def _ruleset(folder: Path, file: int | None, programs: Programs) -> landlockpy.Ruleset | None:
    """Return the Landlock rules: nothing can be opened but what they name, and no TCP port used."""
    if not landlockpy.supported():
        return None
    ruleset = landlockpy.Ruleset(scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL)
    for place, of_place in installed_places():
        ruleset.allow_path(place, of_place if programs is Programs.NONE else of_place | AccessFS.EXECUTE)
    for device in _DEVICES:
        with suppress(FileNotFoundError):
            ruleset.allow_path(device, AccessFS.READ_FILE | AccessFS.WRITE_FILE)
    ruleset.allow_path(folder, _IN_ITS_FOLDER)
    if file is not None:
        ruleset.allow_path(f"/proc/self/fd/{file}", AccessFS.READ_FILE)
    return ruleset


@cache
def installed_places() -> tuple[tuple[str, AccessFS], ...]:
    """Return where programs, libraries, fonts, Python and this package are, each with what may be done there."""
    python = (sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    office = Path("/opt").glob("libreoffice*")
    places = (*_INSTALLED, *python, str(Path(__file__).parents[2]), *map(str, office))
    there = (Path(place) for place in dict.fromkeys(places))
    return tuple((str(place), _READ if place.is_dir() else AccessFS.READ_FILE) for place in there if place.exists())


def _become_nobody(folder: Path) -> None:
    """Become a user that owns nothing but the folder, if we are root and such a user can reach it."""
    if os.geteuid() != 0 or not _can_be_reached(folder):
        return
    for user in (_FIRST_USER + os.getpid(), _NOBODY):
        with suppress(OSError):  # a container may have few users
            os.chown(folder, user, user)
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
            return


def _can_be_reached(folder: Path) -> bool:
    return all(each.stat().st_mode & 0o001 for each in folder.parents)


def _drop_capabilities() -> None:
    libc = _libc()
    if libc is not None and hasattr(libc, "capset"):
        header, nothing = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0), (ctypes.c_uint32 * 6)()
        libc.capset(header, nothing)


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent dies."""
    libc = _libc()
    if libc is not None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


@cache
def _libc() -> "ctypes.CDLL | None":
    return ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _limit(kind: int, value: int, grace: int = 0) -> None:
    # Past the soft CPU limit the kernel sends SIGXCPU, which we can tell apart; past the hard one SIGKILL.
    hard = resource.getrlimit(kind)[1]
    most = value + grace if hard == resource.RLIM_INFINITY else min(value + grace, hard)
    resource.setrlimit(kind, (min(value, most), most))
