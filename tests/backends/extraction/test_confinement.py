"""A reader that was taken over gets nothing but its own file: each layer is tried alone, and against none."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import landlockpy
import pytest

from oer.backends.extraction import system_calls
from oer.backends.extraction.isolation import Readers
from oer.backends.extraction.protocol import Limits
from oer.backends.extraction.reader_folders import private_folder
from tests.backends.extraction import hostile

OF_FILES = {name for name in hostile.ATTEMPTS if name.split()[0] in {"read", "list", "link", "write", "delete"}}
# What each layer refuses by itself. Landlock knows no datagrams and local sockets before versions 10 and 9.
ALONE = {
    "landlock": OF_FILES
    | {
        "connect to a local port",
        "stop another process",
        "stop the fork server",
        "trace another process",
        "start a program",
    },
    "system_calls": set(hostile.ATTEMPTS) - OF_FILES,
    "user": {
        *("read the secret", "read the database", "read another file", "read the environment of others"),
        *("write into the index", "write into the uploads", "write into the instance", "delete a file"),
        *("open the secret for all", "stop another process", "stop the fork server", "trace another process"),
        *("link the secret to here", "write to its own file", "read the memory of another process"),
    },
}
NOT_WITHOUT_ROOT = {"trace another process", "read the memory of another process"}  # by Yama, on many systems
CASES = [(layer, name) for layer, names in ALONE.items() for name in sorted(names)]
NEEDS = {
    "landlock": (landlockpy.abi_version() >= 6, "this kernel's Landlock is older than version 6"),
    "system_calls": (system_calls.can_refuse(), "there is no libseccomp here"),
    "user": (os.geteuid() == 0, "only root can become another user"),
}


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """An installation's files, and another process, as a reader would find them."""
    instance = tmp_path_factory.mktemp("instance")
    for name in ("secret", "database", "other_blob"):
        (instance / name).write_bytes(b"not yours")
        (instance / name).chmod(0o600)
    for name in ("index", "uploads"):
        (instance / name).mkdir()
    (instance / "uploads" / "file").write_bytes(b"x")
    (instance / "given").write_bytes("của mình".encode())
    (instance / "given").chmod(0o644)
    command = [sys.executable, "-c", "input()"]
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as local,
        subprocess.Popen(command, stdin=subprocess.PIPE) as victim,
    ):
        local.bind(str(instance / "socket"))
        local.listen()
        named = ("secret", "database", "other_blob", "index", "uploads", "socket", "given")
        found = {name: str(instance / name) for name in named}
        yield {**found, "instance": str(instance), "tcp_port": str(tcp.getsockname()[1]), "victim": str(victim.pid)}
        victim.kill()  # whatever was done to it


@pytest.fixture(scope="module")
def taken_over():
    """Readers that do what an attacker wants, without some layers of the confinement; kept for the whole file."""
    kept: dict[tuple[str, ...], Readers] = {}

    def without(*layers: str) -> Readers:
        return kept.setdefault(layers, hostile.readers(*layers))

    yield without
    for each in kept.values():
        each.close()


def attempt(readers, name, places):
    expendable = Path(places["instance"], "expendable")
    expendable.touch()
    with private_folder() as folder:
        outcome = readers.run(
            "attempt",
            Path(places["given"]),
            Limits(),
            wall=60,
            folder=folder,
            name=name,
            places={**places, "expendable": str(expendable)},
        )
    assert outcome.returncode == 0, outcome.log
    return outcome.output.decode().strip()


@pytest.mark.parametrize("name", hostile.ATTEMPTS)
def test_a_reader_that_was_taken_over_is_refused_to(name, taken_over, places):
    assert attempt(taken_over(), name, places).startswith("refused")


@pytest.mark.parametrize("name", hostile.ATTEMPTS)
def test_without_any_confinement_it_would_have(name, taken_over, places):
    """What is tried above can be done: nothing but the confinement refuses it."""
    if os.geteuid() != 0 and name in NOT_WITHOUT_ROOT:
        pytest.skip("an ordinary user may not do it anyway")
    assert attempt(taken_over(*hostile.OFF), name, places) == "done"


@pytest.mark.parametrize(("layer", "name"), CASES)
def test_each_layer_holds_alone(layer, name, taken_over, places):
    is_here, what_is_missing = NEEDS[layer]
    if not is_here:
        pytest.skip(what_is_missing)
    readers = taken_over(*(each for each in hostile.OFF if each != layer))
    assert attempt(readers, name, places).startswith("refused")
