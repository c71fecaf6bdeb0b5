"""Ranges: whatever a header says, the bytes are those of the file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oer.web.file_responses import parse_range


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=-5", (95, 100)),
        ("bytes=-500", (0, 100)),
        ("bytes=90-", (90, 100)),
        ("bytes=90-1000", (90, 100)),
        (" Bytes = 1 - 2 ", (1, 3)),
    ],
)
def test_one_range_is_read_as_it_is_meant(header: str, expected: tuple[int, int]) -> None:
    assert parse_range(header, 100) == expected


@pytest.mark.parametrize(
    "header", ["", "bytes=9-3", "bytes=0-1,5-6", "bytes=0-,0-,0-", "bytes=1e30-", "bytes=-", "lines=0-1", "bytes=٣-٥"]
)
def test_what_is_malformed_or_many_asks_for_everything(header: str) -> None:
    assert parse_range(header, 100) is None


@pytest.mark.parametrize("header", ["bytes=-0", "bytes=100-", "bytes=999999999999999999-"])
def test_a_part_without_a_byte_is_refused(header: str) -> None:
    with pytest.raises(ValueError, match="no byte"):
        parse_range(header, 100)


@given(st.integers(0, 300), st.integers(0, 300), st.integers(1, 200))
def test_a_range_lies_within_its_file(first: int, last: int, size: int) -> None:
    try:
        part = parse_range(f"bytes={first}-{last}", size)
    except ValueError:
        assert first >= size
        return
    if part is None:
        assert last < first
    else:
        assert bytes(range(size))[part.start : part.stop] == bytes(range(size))[first : last + 1]
        assert part.start < part.stop <= size
