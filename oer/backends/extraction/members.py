"""What lies in a file that is an archive inside, for a reader to show: one member at a time, never trusted."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from oer.backends.extraction import media_types as types
from oer.backends.extraction.archives import ArchiveError, open_archive

MOST_PICTURE_BYTES = 20 * 1024**2
_PICTURES = (
    (b"\x89PNG\r\n\x1a\n", types.PNG),
    (b"\xff\xd8\xff", types.JPEG),
    (b"GIF8", types.GIF),
)


class NoMember(Exception):
    """There is no such member, or not one that can be shown."""


def picture_member(path: Path, name: str) -> tuple[bytes, str]:
    """Return the bytes and the media type of a picture in a file: PNG, JPEG, GIF or WebP by its content.

    Raises NoMember for anything else.
    """
    with open_member(path, name) as (stream, size):
        if size > MOST_PICTURE_BYTES:
            raise NoMember(name)
        content = stream.read()
    for magic, media_type in _PICTURES:
        if content.startswith(magic):
            return content, media_type
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return content, types.WEBP
    raise NoMember(name)


@contextmanager
def open_member(path: Path, name: str) -> Iterator[tuple[BinaryIO, int]]:
    """Give a stream of a member's bytes, and how many there are. Raises NoMember, also while it is read."""
    try:
        with open_archive(path) as archive:
            if name not in archive or archive[name].is_folder:
                raise NoMember(name)
            with archive.open(name) as stream:
                yield cast(BinaryIO, stream), archive[name].size
    except ArchiveError as error:
        raise NoMember(name) from error
