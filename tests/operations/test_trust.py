"""The documents about trust name tests that there are."""

import re

import pytest

from tests.serving import ROOT

DOCUMENTS = ("docs/trust.md", "docs/misuse.md")


def _rows(document: str) -> list[list[str]]:
    lines = (ROOT / document).read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return [row for row in rows if row[0] not in {"#", "promise"}]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_row_is_whole_and_names_a_test_that_there_is(document: str) -> None:
    rows = _rows(document)
    assert len(rows) > 25
    for row in rows:
        assert len(row) == 4, row
        assert all(row), row
        named = re.findall(r"`([\w/]+\.py)(?:::(\w+))?`", " ".join(row[2:]))
        assert named, f"no test: {row[0]}"
        for file, name in named:
            text = (ROOT / "tests" / file).read_text(encoding="utf-8")
            assert not name or re.search(rf"^ *def {name}\(", text, re.MULTILINE), f"{file} has no {name}"


def test_no_number_of_a_misuse_stands_twice() -> None:
    numbers = [row[0] for row in _rows("docs/misuse.md")]
    assert len(set(numbers)) == len(numbers)


def test_every_test_that_security_names_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+(?:\.py)?)`", (ROOT / "SECURITY.md").read_text(encoding="utf-8"))
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []
