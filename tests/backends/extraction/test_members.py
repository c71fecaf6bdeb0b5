"""Pictures and files out of documents and archives, one at a time."""

import pytest

from oer.backends.extraction import NoMember, open_member, picture_member
from tests.backends.extraction import archive_factories as archives
from tests.backends.extraction.document_factories import png


@pytest.fixture
def archive(tmp_path):
    def write(content):
        (tmp_path / "a.zip").write_bytes(content)
        return tmp_path / "a.zip"

    return write


def test_a_picture_is_given_with_its_own_type_whatever_it_is_called(archive):
    path = archive(archives.zip_of({"word/media/i.jpg": png(), "b.webp": b"RIFF\0\0\0\0WEBPxx"}))
    assert picture_member(path, "word/media/i.jpg") == (png(), "image/png")
    assert picture_member(path, "b.webp")[1] == "image/webp"


@pytest.mark.parametrize("name", ["a.svg", "a.html", "none.png", "../a.png", "", "folder/"])
def test_anything_else_is_no_picture(archive, name):
    path = archive(archives.zip_of({"a.svg": "<svg/>", "a.html": "<script>", "folder/": ""}))
    with pytest.raises(NoMember):
        picture_member(path, name)


def test_a_member_is_streamed(archive):
    with open_member(archive(archives.zip_of({"a.txt": "x" * 100_000})), "a.txt") as (stream, size):
        assert (stream.read(10), size) == (b"x" * 10, 100_000)


@pytest.mark.parametrize(
    "content",
    [
        archives.encrypted(),
        archives.raw_zip([archives.member("secret.txt", b"x" * 99, crc=1)]),
        archives.symlink(),
        b"no archive",
    ],
)
def test_a_member_that_cannot_be_read_is_none(archive, content):
    with pytest.raises(NoMember), open_member(archive(content), "secret.txt") as (stream, _):
        stream.read()
