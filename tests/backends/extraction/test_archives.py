"""The one place where a ZIP is found safe or not, and members are read."""

import io
import time
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oer.backends.extraction.archives import ArchiveLimits, ArchiveUnreadable, check_archive, open_archive
from oer.backends.extraction.zip_directory import ArchiveDamaged, ArchiveError, ArchiveLimit, ArchiveUnsafe
from tests.backends.extraction import archive_factories as made


def check(content, limits=None):
    return check_archive(io.BytesIO(content), *([limits] if limits else []))


@pytest.fixture
def opened(tmp_path):
    def read(content, name, most=10**6):
        (tmp_path / "a.zip").write_bytes(content)
        with open_archive(tmp_path / "a.zip") as archive:
            return archive.read(name, most)

    return read


def test_an_ordinary_archive_is_listed_and_read(opened):
    content = made.zip_of({"Bài 1/đề.txt": "Đề bài" * 1000, "rỗng.txt": "", "b/": b""})
    entries = check(content)
    assert [(each.name, each.size, each.is_folder) for each in entries] == [
        ("Bài 1/đề.txt", 10_000, False),
        ("rỗng.txt", 0, False),
        ("b/", 0, True),
    ]
    assert opened(content, "Bài 1/đề.txt").decode() == "Đề bài" * 1000
    assert opened(content, "rỗng.txt") == b""


def test_an_archive_written_to_a_pipe_is_read(opened):
    class Pipe(io.RawIOBase):
        def __init__(self):
            self.written = b""

        def writable(self):
            return True

        def write(self, block):
            self.written += bytes(block)
            return len(block)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", "một" * 500)
    assert opened(pipe.written, "a.txt").decode() == "một" * 500


def test_bytes_in_front_of_an_archive_do_not_hide_its_members(opened):
    assert opened(b"%PDF-1.7 something else" + made.zip_of({"a": "x"}), "a") == b"x"


def test_an_archive_with_64_bit_fields_is_read(opened):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive, archive.open("a.txt", "w", force_zip64=True) as member:
        member.write(b"wide")
    with zipfile.ZipFile(target, "a") as archive:
        for number in range(300):
            archive.writestr(f"{number}", "")
    assert opened(target.getvalue(), "a.txt") == b"wide"


def test_more_than_65535_members_are_counted_rightly():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for number in range(65_600):
            archive.writestr(str(number), "")
    assert len(check(target.getvalue(), ArchiveLimits(entries=100_000))) == 65_600


@pytest.mark.parametrize(
    "bomb", [made.flat_bomb, made.one_big_member, made.nested_bomb, made.quoted_overlap, made.many_entries]
)
def test_a_bomb_is_refused_before_it_is_inflated(bomb):
    content = bomb()
    begun = time.process_time()
    with pytest.raises(ArchiveLimit):
        check(content)
    assert time.process_time() - begun < 3


def test_archives_too_deep_in_each_other_are_refused():
    assert check(made.deep_archive(3))
    with pytest.raises(ArchiveLimit):
        check(made.deep_archive(5))


def test_what_would_inflate_past_the_total_is_refused_however_badly_it_is_packed():
    content = made.zip_of({f"{n}.bin": bytes([n]) * 1000 for n in range(4)}, method=zipfile.ZIP_STORED)
    assert len(check(content, ArchiveLimits(total_bytes=4000))) == 4
    with pytest.raises(ArchiveLimit):
        check(content, ArchiveLimits(total_bytes=3999))


def test_a_well_packed_text_is_no_bomb():
    assert check(made.zip_of({"sheet.xml": b"<c><v>1</v></c>" * 3_000_000}))[0].size == 45_000_000


@pytest.mark.parametrize(
    "name",
    ["../slip", "a/../../slip", "/etc/passwd", "\\\\server\\x", "..\\slip", "C:\\x", "c:x", "a\0b", "a\r\nb", "a/.."],
)
def test_a_name_that_leads_elsewhere_is_unsafe(name):
    with pytest.raises(ArchiveUnsafe):
        check(made.raw_zip([made.member(name, b"x")]))


def test_links_and_names_given_twice_are_unsafe():
    with pytest.raises(ArchiveUnsafe):
        check(made.symlink())
    with pytest.raises(ArchiveUnsafe):
        check(made.raw_zip([made.member("same", b"1"), made.member("same", b"2")]))


@pytest.mark.parametrize(
    ("names", "flags", "shown"),
    [
        ([b"\xc3\xa9.txt", b"e\xcc\x81.txt"], 0x800, ["\u00e9.txt", "e\u0301.txt"]),
        ([b"\xff\xfe.txt"], 0x800, ["��.txt"]),
        (["日本.txt".encode("cp932")], 0, ["ô·û{.txt"]),
    ],
    ids=["nfd_nfc", "bad_utf8", "sjis"],
)
def test_odd_names_are_listed(names, flags, shown):
    entries = check(made.raw_zip([made.member(name, b"x", flags=flags) for name in names]))
    assert [each.name for each in entries] == shown


def test_encryption_is_seen_and_such_a_member_is_not_read(opened):
    assert check(made.encrypted())[0].encrypted
    with pytest.raises(ArchiveUnreadable):
        opened(made.encrypted(), "secret.txt")


def test_an_unusual_packing_is_not_read(opened):
    with pytest.raises(ArchiveUnreadable):
        opened(made.zip_of({"a": b"x" * 100}, zipfile.ZIP_LZMA), "a")


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\x03\x04", b"no archive", made.zip_of({"a": "x" * 100})[:60], made.zip_of({"a": "x" * 100})[:-10]],
    ids=["empty", "four bytes", "another file", "half", "without its end"],  # a ZIP holds the time at which it was made
)
def test_what_is_no_whole_archive_is_damaged(content):
    with pytest.raises(ArchiveDamaged):
        check(content)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"crc": 1}, ArchiveDamaged),
        ({"size": 2000}, ArchiveDamaged),
        ({"size": 10}, ArchiveLimit),
        ({"packed": b"\xff" * 50}, ArchiveDamaged),
        ({"packed": made.deflate(b"y" * 1000)[:-3]}, ArchiveDamaged),
    ],
)
def test_a_member_that_is_not_what_the_directory_says_is_found_out(opened, changes, error):
    with pytest.raises(error):
        opened(made.raw_zip([made.member("a", b"y" * 1000, **changes)]), "a")


def test_a_member_above_the_callers_limit_is_not_read(opened):
    with pytest.raises(ArchiveLimit):
        opened(made.zip_of({"a": bytes(1001)}), "a", most=1000)


@given(st.binary(max_size=200_000), st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]), st.integers(1, 9999))
def test_every_member_is_read_back_as_it_was(tmp_path_factory, content, method, block):
    path = tmp_path_factory.getbasetemp() / "property.zip"
    path.write_bytes(made.zip_of({"a": content * 3}, method))
    with open_archive(path) as archive, archive.open("a") as stream:
        assert b"".join(iter(lambda: stream.read(block), b"")) == content * 3


@given(st.data())
def test_flipped_bytes_are_refused_by_name_or_read_safely(data):
    content = bytearray(made.zip_of({"a.txt": "bài học " * 50, "b/c.txt": "x"}))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        entries = check(bytes(content))
    except ArchiveError:
        return
    assert all(each.size <= 8 * 1024**3 for each in entries)
