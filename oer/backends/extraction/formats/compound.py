"""What the old office formats share: an OLE compound file (MS-CFB) with streams and properties."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import olefile

from oer.backends.extraction.protocol import Damaged, LimitReached
from oer.backends.extraction.result import ExtractionResult

_MOST_STREAM_BYTES = 128 * 1024**2


class CompoundFile:
    """An open compound file."""

    def __init__(self, ole: olefile.OleFileIO) -> None:
        self._ole = ole

    def __contains__(self, name: str) -> bool:
        return bool(self._ole.exists(name))

    def read(self, name: str) -> bytes:
        """Return the bytes of a stream. Raises Damaged if there is none, LimitReached if it is too large."""
        if self._ole.get_type(name) != olefile.STGTY_STREAM:
            raise Damaged(f"no stream {name!r}")
        if self._ole.get_size(name) > _MOST_STREAM_BYTES:
            raise LimitReached(f"a stream of {self._ole.get_size(name)} bytes")
        try:
            with self._ole.openstream(name) as stream:
                content: bytes = stream.read()
        except (OSError, ValueError, TypeError, IndexError) as error:  # sectors outside of the file
            raise Damaged(str(error)) from error
        return content

    def read_properties(self, result: ExtractionResult) -> None:
        """Set title and creator from the summary; a broken summary is none."""
        try:
            found = self._ole.get_metadata()
        except Exception:
            return
        result.set_title(_text(found.title, found.codepage))
        result.set_creator(_text(found.author, found.codepage))


def _text(value: object, codepage: int | None) -> str:
    if not isinstance(value, bytes):
        return ""
    page = (codepage or 0) & 0xFFFF  # a number with a sign, and 65001 is UTF-8
    known = f"cp{page}" if 1250 <= page <= 1258 else "utf-8" if page == 65001 else "cp1252"
    return value.decode(known, "replace").strip("\0 ")


@contextmanager
def open_compound_file(path: Path) -> Iterator[CompoundFile]:
    """Yield an open compound file. Raises Damaged."""
    try:
        ole = olefile.OleFileIO(str(path))
    except (OSError, ValueError, IndexError) as error:
        raise Damaged(str(error)) from error
    with ole:
        yield CompoundFile(ole)
