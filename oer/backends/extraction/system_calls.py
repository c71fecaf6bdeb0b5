"""System calls that a reader may not make, by libseccomp where it is installed.

The library is called by its C interface, which has not changed since version 2.0; Debian and Ubuntu have it wherever
they have `apt`.
"""

import ctypes
import errno
import os
import socket
from contextlib import suppress
from enum import StrEnum
from functools import cache

_LIBRARY = "libseccomp.so.2"
# seccomp.h
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NOT_EQUAL, _MASKED_EQUAL = 1, 7
_CLONE_NEWUSER = 0x10000000

_NEVER = (
    # other processes: their memory, their files, their groups (who leaves his group is not ended with it)
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_getfd", "kcmp", "setsid", "setpgid"),
    # the kernel's keys, shared memory, and parts of it that had many holes
    *("keyctl", "add_key", "request_key", "shmget", "msgget", "semget", "mq_open", "bpf", "perf_event_open"),
    *("userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register"),
    # another view of the file system, and files without their path
    *("mount", "umount2", "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr"),
    *("pivot_root", "chroot", "unshare", "setns", "open_by_handle_at", "swapon", "swapoff", "quotactl", "acct"),
    # owners and rights of files, which Landlock does not look at
    *("chmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchownat", "setxattr", "lsetxattr", "removexattr"),
    *("init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot", "settimeofday"),
)
_SIGNALS = ("kill", "tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal")
_STARTS = ("execve", "execveat")


class _Comparison(ctypes.Structure):
    """`struct scmp_arg_cmp`: an argument of a system call, and what it is compared with."""

    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operator", ctypes.c_int),
        ("mask", ctypes.c_uint64),
        ("value", ctypes.c_uint64),
    )


# All sockets but those of local streams: LibreOffice does not start without one to listen at. It is made to believe
# that it listens, and that nobody answers.
_OTHER_SOCKETS = (
    (_Comparison(0, _NOT_EQUAL, socket.AF_UNIX),),
    *((_Comparison(1, _MASKED_EQUAL, 0xF, kind),) for kind in range(2, 16)),
)


class Programs(StrEnum):
    """Which installed programs a reader may start: a program may do more than a reader alone."""

    NONE = "none"
    MEDIA = "media"
    OFFICE = "office"


def can_refuse() -> bool:
    """Whether system calls can be refused here."""
    return _library() is not None


def prepare() -> None:
    """Make the filters, so that processes forked from this one need not."""
    for programs in Programs:
        _filter(programs)


def refuse(programs: Programs) -> None:
    """Refuse from now on, in this process and its children, what no reader needs: sockets first of all.

    Raises OSError where the kernel does not take it.
    """
    library = _library()
    if library is not None:
        _checked(library.seccomp_load(_filter(programs)))


@cache
def _library() -> "ctypes.CDLL | None":
    with suppress(OSError):
        library = ctypes.CDLL(_LIBRARY)
        library.seccomp_init.restype = ctypes.c_void_p
        library.seccomp_init.argtypes = [ctypes.c_uint32]
        library.seccomp_load.argtypes = [ctypes.c_void_p]
        library.seccomp_rule_add_array.argtypes = [
            *(ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint),
            ctypes.POINTER(_Comparison),
        ]
        return library
    return None


@cache
def _filter(programs: Programs) -> int | None:
    """Return a filter that libseccomp can load, None without it."""
    library = _library()
    if library is None:
        return None
    context: int | None = library.seccomp_init(_ALLOW)
    if not context:
        raise MemoryError("seccomp_init")
    for name in (*_NEVER, *_SIGNALS, *_STARTS) if programs is Programs.NONE else _NEVER:
        _add(library, context, name, errno.EPERM)
    _add(library, context, "connect", errno.ECONNREFUSED)
    for refused in _OTHER_SOCKETS if programs is Programs.OFFICE else ((),):
        _add(library, context, "socket", errno.EACCES, *refused)
    for name in ("bind", "listen"):
        _add(library, context, name, 0 if programs is Programs.OFFICE else errno.EACCES)
    # A new user namespace would bring new capabilities. The flags of clone3 cannot be looked at: C libraries use clone
    # where there is none.
    _add(library, context, "clone", errno.EPERM, _Comparison(0, _MASKED_EQUAL, _CLONE_NEWUSER, _CLONE_NEWUSER))
    _add(library, context, "clone3", errno.ENOSYS)
    return context


def _add(library: "ctypes.CDLL", context: int, name: str, error: int, *comparisons: _Comparison) -> None:
    number = library.seccomp_syscall_resolve_name(name.encode())
    if number < 0:
        return  # this processor has no such call
    array = (_Comparison * len(comparisons))(*comparisons) if comparisons else None
    _checked(library.seccomp_rule_add_array(context, _ERRNO | error, number, len(comparisons), array))


def _checked(result: int) -> None:
    if result < 0:
        raise OSError(-result, f"seccomp: {os.strerror(-result)}")
