"""Everything in one ZIP, written while it is sent."""

import io
import tracemalloc
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oer.reading.archives import ArchiveFile, archive_blocks, archive_length, unique_names

MARCH = datetime(2026, 3, 1, 20, tzinfo=UTC)


def entry(name: str, content: bytes) -> ArchiveFile:
    return ArchiveFile(name, len(content), lambda: [content[:7], content[7:]])


def test_an_archive_holds_the_files_under_their_vietnamese_names() -> None:
    entries = [entry("Đề thi số 1.pdf", b"x" * 100), entry("GIẤY PHÉP.txt", "giấy phép".encode())]
    content = b"".join(archive_blocks(entries, MARCH))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["Đề thi số 1.pdf", "GIẤY PHÉP.txt"]
        assert archive.read("Đề thi số 1.pdf") == b"x" * 100
        assert archive.infolist()[0].date_time[:4] == (2026, 3, 2, 3)
        assert archive.infolist()[0].flag_bits & 0x800


@given(st.lists(st.tuples(st.text("aăđ. ", min_size=1, max_size=20), st.binary(max_size=50)), max_size=8))
def test_the_length_is_known_before_the_first_byte(files: list[tuple[str, bytes]]) -> None:
    names = unique_names([name for name, _ in files])
    entries = [entry(name, content) for name, (_, content) in zip(names, files, strict=True)]
    assert archive_length(entries) == sum(len(block) for block in archive_blocks(entries, MARCH))


def test_the_length_of_a_very_long_archive_is_not_promised() -> None:
    assert archive_length([ArchiveFile("a", 2**31, lambda: ())]) is None


def test_a_large_file_goes_through_without_staying_in_memory() -> None:
    block = bytes(1024 * 1024)
    large = ArchiveFile("a.bin", 64 * len(block), lambda: (block for _ in range(64)))
    tracemalloc.start()
    total = sum(len(each) for each in archive_blocks([large], MARCH))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == archive_length([large])
    assert peak < 8 * len(block)


def test_a_file_of_another_length_than_promised_breaks_the_archive_off() -> None:
    with pytest.raises(ValueError, match="another length"):
        list(archive_blocks([ArchiveFile("a", 5, lambda: [b"1234"])], MARCH))


def test_a_source_is_closed_when_the_reader_goes_away() -> None:
    closed = []

    def blocks():
        try:
            while True:
                yield b"x" * 1000
        finally:
            closed.append(True)

    sending = archive_blocks([ArchiveFile("a", 10**6, blocks)], MARCH)
    next(sending)
    next(sending)
    sending.close()
    assert closed == [True]


def test_names_that_were_there_already_are_numbered() -> None:
    names = ["a.pdf", "A.pdf", "a.pdf", "b", "b", ".x", "a (2).pdf"]
    assert unique_names(names) == ["a.pdf", "A (2).pdf", "a (3).pdf", "b", "b (2)", ".x", "a (2) (2).pdf"]
