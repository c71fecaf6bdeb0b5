"""docs/architecture.md speaks of functions and rooms that are there."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from tests.serving import ROOT

TEXT = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
WALKS = re.findall(r"^### (.+)\n\n((?:\d+\. .+\n)+)", TEXT, re.MULTILINE)
NAMED = sorted(set(re.findall(r"`(oer\.[a-z_.]+):([A-Za-z_.]+)`", TEXT)))


def test_each_walk_has_at_most_fifteen_stops() -> None:
    assert len(WALKS) == 4
    for name, stops in WALKS:
        assert 5 <= stops.count("\n") <= 15, name
        assert all("`oer." in line for line in stops.splitlines()), name


@pytest.mark.parametrize(("module", "name"), NAMED)
def test_every_function_of_a_walk_exists(module: str, name: str) -> None:
    found = import_module(module)
    for part in name.split("."):
        found = getattr(found, part)


def test_every_room_is_in_the_table_of_rooms() -> None:
    table = TEXT.split("## Rooms")[1].split("\n## ")[0]
    named = set(re.findall(r"`([a-z_]+)`", table))
    rooms = {path.stem for path in (ROOT / "oer").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert rooms - {"__init__", "__main__"} <= named


# Where the product opens connections, and to whom: always a place that the settings name.
CONNECTING = {
    "oer/accounts/services/identity_provider.py",  # the provider of identities that the settings name
    "oer/backends/scanning/clamd.py",  # the virus scanner
    "oer/backends/storage/bucket.py",  # the object store
    "oer/backends/extraction/fork_server.py",  # the process that readers of files are forked from
    "oer/backends/extraction/isolation.py",  # the same
    "oer/backends/extraction/system_calls.py",  # nobody: it refuses sockets to readers
    "oer/operations/cli.py",  # nobody: it listens
    "oer/operations/front/connections.py",  # nobody: it looks at connections of others
    "oer/operations/listening.py",  # nobody: it listens
    "oer/operations/serve.py",  # itself
}
CLIENTS = {"urllib.request", "http.client", "urllib3", "requests", "httpx", "aiohttp", "pycurl", "ftplib", "botocore"}
CLIENTS |= {"boto3", "socket"}


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_no_address_that_somebody_typed_is_ever_fetched_by_the_server() -> None:
    connecting = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "oer").rglob("*.py")
        if any(name in CLIENTS or name.partition(".")[0] in CLIENTS for name in _imported(path))
    }
    assert connecting <= CONNECTING, "say in CONNECTING to whom it connects; to what people typed, nothing may"
