"""docs/architecture.md speaks of functions and rooms that are there."""

import re
from importlib import import_module

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
