"""A reader that was taken over by the file that it reads: it runs where real ones do, under their confinement.

Each attempt does something that no reader should be able to, and raises OSError where it is refused.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from oer.backends.extraction import confinement, fork_server, system_calls, worker
from oer.backends.extraction.isolation import Readers

ROOT = Path(__file__).parents[3]
OFF = {
    "landlock": "confinement._ruleset = lambda *_: None",
    "user": "confinement._become_nobody = lambda _: None",
    "system_calls": "system_calls.refuse = lambda _: None",
    "capabilities": "confinement._drop_capabilities = lambda: None",
    "network": "fork_server.leave_network = lambda: None",
    "dumpable": "confinement._PR_SET_DUMPABLE = 8",  # PR_SET_KEEPCAPS: any harmless call
}


def readers(*without: str) -> Readers:
    """Return readers that do what they are told here, under everything that real ones are under but these layers."""
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.backends.extraction import hostile"
    return Readers([sys.executable, "-I", "-c", f"{program}; hostile.serve({without!r})"])


def serve(without: tuple[str, ...]) -> None:
    for name in without:
        exec(OFF[name], {"confinement": confinement, "system_calls": system_calls, "fork_server": fork_server})
    for task in ("program", "ocr", "convert"):  # what each may start differs
        worker.TASKS[task] = _program
    worker.TASKS["attempt"] = _attempt
    fork_server.main()


def _program(_result, program: str, path: str = "", **_) -> None:
    exec(program, {"path": path, "__name__": "program"})


def _attempt(_result, name: str, places: dict[str, str], path: str = "") -> None:
    try:
        ATTEMPTS[name]({**places, "path": path})
    except OSError as error:
        sys.stdout.write(f"refused: {error}\n")
    else:
        sys.stdout.write("done\n")


def _read(place: str) -> Callable[[dict[str, str]], None]:
    return lambda places: _must(Path(places[place]).read_bytes())


def _must(found: object) -> None:
    if not found:
        raise AssertionError("there was nothing to find")


def _libc_call(name: str, *given: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*given) < 0:
        raise OSError(ctypes.get_errno(), name)


def _send_udp(places: dict[str, str]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.sendto(b"x", ("127.0.0.1", int(places["tcp_port"])))


def _connect_local(places: dict[str, str]) -> None:
    with socket.socket(socket.AF_UNIX) as opened:
        opened.connect(places["socket"])


def _link_out(places: dict[str, str]) -> None:
    os.link(places["secret"], "here")
    _must(Path("here").read_bytes())


def _trace(places: dict[str, str]) -> None:
    _libc_call("ptrace", 16, int(places["victim"]), 0, 0)  # PTRACE_ATTACH


def _read_memory(places: dict[str, str]) -> None:
    os.close(os.open(f"/proc/{places['victim']}/mem", os.O_RDONLY))


def _leave_group(_places: dict[str, str]) -> None:
    child = os.fork()
    if not child:
        time.sleep(60)
        os._exit(0)
    os.setpgid(child, child)


ATTEMPTS: dict[str, Callable[[dict[str, str]], None]] = {
    "read the secret": _read("secret"),
    "read the database": _read("database"),
    "read another file": _read("other_blob"),
    "read the list of users": lambda _: _must(Path("/etc/passwd").read_bytes()),
    "read the environment of others": lambda places: _must(Path(f"/proc/{places['victim']}/environ").read_bytes()),
    "list the files of others": lambda places: _must(list(Path(places["uploads"]).iterdir())),
    "link the secret to here": _link_out,
    "write into the index": lambda places: Path(places["index"], "MAIN_1.toc").write_bytes(b"pickle"),
    "write into the uploads": lambda places: Path(places["uploads"], "x").write_bytes(b"x"),
    "write into the instance": lambda places: Path(places["instance"], "jobs.sqlite3").write_bytes(b"pickle"),
    "delete a file": lambda places: Path(places["expendable"]).unlink(),
    "open the secret for all": lambda places: Path(places["secret"]).chmod(0o777),
    "write to its own file": lambda places: os.close(os.open(places["path"], os.O_WRONLY)),
    "connect to a local port": lambda places: socket.create_connection(
        ("127.0.0.1", int(places["tcp_port"])), 5
    ).close(),
    "send a datagram": _send_udp,
    "connect to a local socket": _connect_local,
    "stop another process": lambda places: os.kill(int(places["victim"]), signal.SIGCONT),
    "stop the fork server": lambda _: os.kill(os.getppid(), signal.SIGCONT),
    "trace another process": _trace,
    "read the memory of another process": _read_memory,
    "start a program": lambda _: _must(subprocess.run(["/bin/true"], check=False).returncode == 0),
    "leave its group": _leave_group,
}
