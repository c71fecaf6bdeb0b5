"""Everything in one ZIP, written while it is sent."""

import io
import struct
import tracemalloc
import zipfile
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oer.backends.extraction.archives import is_left_by_system
from oer.reading import archives
from oer.reading.archive_contents import portable_name, unique_names, with_ending
from oer.reading.archives import Archive, ArchiveFile

MARCH = datetime(2026, 3, 1, 20, tzinfo=UTC)


def entry(name: str, content: bytes) -> ArchiveFile:
    return ArchiveFile.of(name, content)


def read_as_stream(content: bytes) -> dict[str, bytes]:
    """Return the files as a program finds them that reads from the front, Java's ZipInputStream say."""
    found, at = {}, 0
    while content[at : at + 4] == b"PK\3\4":
        flags, method, checksum, packed, size, name_length, extra = struct.unpack_from("<6xHH4xLLLHH", content, at)
        assert (method, flags & 8, packed) == (0, 0, size), "stored, and nothing that follows the bytes"
        name, at = content[at + 30 : at + 30 + name_length].decode(), at + 30 + name_length + extra
        found[name] = content[at : at + size]
        assert zlib.crc32(found[name]) == checksum
        at += size
    assert content[at : at + 4] in (b"PK\1\2", b"PK\5\6")
    return found


def test_an_archive_holds_the_files_under_their_vietnamese_names() -> None:
    entries = [entry("Đề thi số 1.pdf", b"x" * 100), entry("GIẤY PHÉP.txt", "giấy phép".encode())]
    content = b"".join(Archive(entries, MARCH).blocks())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["Đề thi số 1.pdf", "GIẤY PHÉP.txt"]
        assert archive.read("Đề thi số 1.pdf") == b"x" * 100
        assert archive.infolist()[0].date_time[:4] == (2026, 3, 2, 3)
        assert archive.infolist()[0].flag_bits & 0x800


@given(st.lists(st.tuples(st.text("aăđ. ", min_size=1, max_size=20), st.binary(max_size=50)), max_size=8))
def test_an_archive_opens_from_the_front_and_its_length_is_known_before(files: list[tuple[str, bytes]]) -> None:
    names = unique_names([name for name, _ in files])
    archive = Archive([entry(name, content) for name, (_, content) in zip(names, files, strict=True)], MARCH)
    content = b"".join(archive.blocks())
    assert archive.length == len(content)
    assert read_as_stream(content) == dict(zip(names, [content for _, content in files], strict=True))


def test_an_archive_goes_on_from_any_byte() -> None:
    archive = Archive([entry("ă.txt", b"12345"), entry("empty", b""), entry("b", b"6789")], MARCH)
    whole = b"".join(archive.blocks())
    for start in range(len(whole)):
        assert b"".join(archive.blocks(start)) == whole[start:]
        assert b"".join(archive.blocks(start, min(start + 40, len(whole)))) == whole[start : start + 40]


def test_the_tag_of_an_archive_is_that_of_its_bytes() -> None:
    tag = Archive([entry("a", b"1")], MARCH).etag
    assert tag == Archive([entry("a", b"1")], MARCH).etag
    others = [Archive([entry("b", b"1")], MARCH), Archive([entry("a", b"2")], MARCH)]
    others.append(Archive([entry("a", b"1")], MARCH.replace(minute=2)))
    assert len({tag, *(each.etag for each in others)}) == 4


def test_an_archive_longer_than_4_gib_has_the_fields_for_that(tmp_path) -> None:
    block = bytes(1024 * 1024)

    def zeros(start: int):
        yield from (block for _ in range((long - start) // len(block)))
        yield bytes((long - start) % len(block))

    long = 2**32 + 5
    # The checksum of so many zeros is not computed here, but known: only the frame is looked at.
    files = [ArchiveFile("a.bin", long, "zeros", zeros), entry("b.txt", b"behind")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(archives._checksums, "zeros", 1)
        archive = Archive(files, MARCH)
        head = b"".join(archive.blocks(0, 100))
        tail = b"".join(archive.blocks(long))
    path = tmp_path / "long.zip"
    with path.open("wb") as sparse:
        sparse.write(head)
        sparse.seek(long)
        sparse.write(tail)
    with zipfile.ZipFile(path) as opened:
        assert [each.file_size for each in opened.infolist()] == [long, 6]
        assert opened.read("b.txt") == b"behind"
    assert path.stat().st_size == archive.length


def test_a_large_file_goes_through_without_staying_in_memory() -> None:
    block = bytes(1024 * 1024)
    large = ArchiveFile("a.bin", 64 * len(block), "64 MiB", lambda _start: (block for _ in range(64)))
    tracemalloc.start()
    archive = Archive([large], MARCH)
    total = sum(len(each) for each in archive.blocks())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total == archive.length
    assert peak < 8 * len(block)


@pytest.mark.parametrize("content", [b"1234", b"123456"])
def test_a_file_of_another_length_than_promised_breaks_the_archive_off(content: bytes) -> None:
    with pytest.raises(ValueError, match="another length"):
        list(Archive([ArchiveFile("a", 5, f"of {content!r}", lambda _start: [content])], MARCH).blocks())


def test_a_source_is_closed_when_the_reader_goes_away() -> None:
    opened, closed = [], []

    def blocks(_start: int):
        opened.append(True)
        try:
            for _ in range(1000):
                yield b"x" * 1000
        finally:
            closed.append(True)

    sending = Archive([ArchiveFile("a", 10**6, "many x", blocks)], MARCH).blocks()
    next(sending)
    next(sending)
    assert (len(opened), len(closed)) == (2, 1), "read once for its checksum"
    sending.close()
    assert len(closed) == 2


def test_names_that_were_there_already_are_numbered() -> None:
    names = ["a.pdf", "A.pdf", "a.pdf", "b", "b", ".x", "a (2).pdf"]
    assert unique_names(names) == ["a.pdf", "A (2).pdf", "a (3).pdf", "b", "b (2)", ".x", "a (2) (2).pdf"]


def test_a_letter_written_another_way_is_the_same_name() -> None:
    assert unique_names(["Hòa.txt", "Hòa.txt"]) == ["Hòa.txt", "Hòa (2).txt"]


@pytest.mark.parametrize(
    ("name", "portable"),
    [
        ("Bài 1: Đo điện?.pdf", "Bài 1_ Đo điện_.pdf"),
        ('a<b>c"d|e*f\\g/h.txt', "a_b_c_d_e_f_g_h.txt"),
        ("CON", "_CON"),
        ("nul.txt", "_nul.txt"),
        ("Aux.tar.gz", "_Aux.tar.gz"),
        ("com1 .txt", "_com1 .txt"),
        ("LPT².doc", "_LPT².doc"),
        ("console.txt", "console.txt"),
        ("com10.txt", "com10.txt"),
        ("cuối câu. . ", "cuối câu"),
        ("...", "tep"),
        ("a\tb\x07.txt", "a b.txt"),
    ],
)
def test_a_name_is_one_that_windows_takes(name: str, portable: str) -> None:
    assert portable_name(name) == portable


@given(st.text(max_size=300))
def test_no_name_is_refused_by_any_system(name: str) -> None:
    portable = portable_name(name)
    assert 0 < len(portable.encode()) <= 240
    assert not set(portable) & set('<>:"/\\|?*')
    assert portable[-1] not in ". "
    assert portable.isprintable() or not any(ord(letter) < 32 for letter in portable)


def test_a_long_vietnamese_name_keeps_its_ending() -> None:
    assert portable_name("ệ" * 170 + ".docx").endswith("ệ.docx")


@pytest.mark.parametrize("path", ["__MACOSX/bai/._1.txt", "bai/.DS_Store", "Thumbs.db", "a\\THUMBS.DB", "bai/._1.txt"])
def test_what_a_system_left_is_told_from_files_of_somebody(path: str) -> None:
    assert is_left_by_system(path)
    assert not is_left_by_system("bai/1.txt")


@pytest.mark.parametrize(
    ("title", "ending", "name"),
    [
        ("Đề thi", ".pdf", "Đề thi.pdf"),
        ("Đề thi.PDF", ".pdf", "Đề thi.pdf"),
        ("1. Bài tập", ".docx", "1. Bài tập.docx"),
        ("Đọc thêm...", ".md", "Đọc thêm.md"),
        ("Không đuôi", "", "Không đuôi"),
    ],
)
def test_a_title_becomes_a_file_name_with_its_ending(title: str, ending: str, name: str) -> None:
    assert with_ending(title, ending) == name


def test_a_long_title_keeps_its_ending_as_a_file_name() -> None:
    name = with_ending("Ề" * 200, ".transcript.md")
    assert name.endswith("Ề.transcript.md")
    assert len(name.encode()) <= 240
