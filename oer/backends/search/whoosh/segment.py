"""One segment of an index as it is read: posting lists, columns, row lengths. Never changes but for its deletions."""

import pickle
import struct
import threading
import weakref
import zlib
from collections.abc import Iterator, Set
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from whoosh.filedb.filestore import FileStorage
from whoosh.reading import TermNotFound
from whoosh.util.numeric import byte_to_length

from oer.backends.search.protocol import IndexBroken
from oer.backends.search.whoosh import schema as names
from oer.backends.search.whoosh.columns import BytesColumn, NoBytes, NumberColumn, map_file
from oer.backends.search.whoosh.folder import mark_damaged
from oer.backends.search.whoosh.names import Names, read_names
from oer.backends.search.whoosh.postings import NOWHERE, PostingCache, Postings, decode

_LENGTH_OF_BYTE = np.array([byte_to_length(byte) for byte in range(256)], np.float64)


@contextmanager
def damage_noticed(folder: Path) -> Iterator[None]:
    """Turn whatever reading a damaged file raises into IndexBroken, and remember it."""
    try:
        yield
    except FileNotFoundError:
        raise  # a commit or rebuild took the file away just now: whoever opened looks again
    except (
        ArithmeticError, AssertionError, AttributeError, EOFError, ImportError, LookupError, MemoryError, OSError,
        TypeError, ValueError, pickle.UnpicklingError, struct.error, zlib.error,
    ) as error:  # fmt: skip
        mark_damaged(folder, f"{type(error).__name__}: {error}")
        raise IndexBroken(f"{folder}: {error!r}") from error
    except Exception as error:
        # Whoosh raises bare exceptions for what it cannot read.
        if type(error) is not Exception and not type(error).__module__.startswith("whoosh"):
            raise
        mark_damaged(folder, str(error))
        raise IndexBroken(f"{folder}: {error!r}") from error


class Segment:
    """The files of one Whoosh segment, opened. Safe for threads."""

    def __init__(self, folder: Path, segment: Any, cache: PostingCache, files: Set[str]) -> None:
        """Open a segment of a folder that held these files. Raises FileNotFoundError for one that is gone by now.

        A column without a value has no file. Whether one is there cannot be asked here: a commit may be removing it.
        """
        self._folder, self._cache, self._files = folder, cache, files
        self._storage = FileStorage(str(folder))
        self._segment = segment
        self._lock = threading.Lock()  # Whoosh's term reader seeks in one file
        self.name: str = segment.segment_id()
        self.rows: int = segment.doc_count_all()
        with damage_noticed(folder):
            self._terms = segment.codec().terms_reader(self._storage, segment)
            # Searches may still run in a snapshot that has been replaced: its files are closed with the last of them.
            weakref.finalize(self, self._terms.close)
            self._postings = map_file(folder / segment.make_filename(".pst"))
            self.parts = self._number_column(names.PART, ">u4").astype(np.int64)
            self.newest = self._number_column(names.NEWEST, ">i8")
            self.lengths = self._lengths()
            self.places = self._bytes_column(names.PLACE)
            self.words = self._bytes_column(names.WORDS)
            self.keys = self._bytes_column(names.KEY)
            self.revisions = self._bytes_column(names.REVISION)
            self.title_keys = self._bytes_column(names.TITLE_KEY)
            self.names = self._bytes_column(names.NAMES)

    def _column_path(self, name: str) -> Path | None:
        file = str(self._segment.make_filename(f".{name}.col"))
        return self._folder / file if file in self._files else None

    def _number_column(self, name: str, dtype: str) -> npt.NDArray[Any]:
        return NumberColumn(self._column_path(name), dtype, self.rows).values

    def _bytes_column(self, name: str) -> BytesColumn:
        path = self._column_path(name)
        if path is None:
            return NoBytes(self.rows)
        with self._storage.open_file(path.name) as stream:
            column = names.schema()[name].column_type
            return BytesColumn(path, column.reader(stream, 0, path.stat().st_size, self.rows))

    def _lengths(self) -> npt.NDArray[np.float64]:
        # A row without any text has no length; Whoosh then reckons with 1.
        lengths = _LENGTH_OF_BYTE[self._number_column(f"_{names.TEXT}_len", "u1")]
        return np.where(lengths > 0, lengths, 1.0)

    @property
    def text_length(self) -> int:
        """How many words its rows have, all told."""
        return int(self._segment._fieldlengths.get(names.TEXT, 0))

    def postings(self, field: str, key: str) -> Postings:
        """Return where a term occurs, deleted rows included; kept in the process's cache."""
        return self._cache.get((self.name, field, key), lambda: self._read(field, key))

    def _read(self, field: str, key: str) -> Postings:
        with damage_noticed(self._folder):
            try:
                with self._lock:
                    info = self._terms.term_info(field, key.encode())
            except TermNotFound:
                return NOWHERE
            return self._decoded(info)

    def _decoded(self, info: Any) -> Postings:
        if info.is_inlined():
            rows, weights, _ = info.inlined_postings()
            return Postings(np.array(rows, np.int32), np.array(weights, np.float32))
        start, _ = info.extent()
        return decode(self._postings, start)

    def knows(self, field: str, key: str) -> int:
        """Return in how many rows a term occurs, without reading them."""
        with damage_noticed(self._folder), self._lock:
            try:
                return int(self._terms.doc_frequency(field, key.encode()))
            except (KeyError, TermNotFound, TypeError):
                return 0

    @cached_property
    def facets(self) -> dict[str, npt.NDArray[np.int32]]:
        """Facet term -> the rows that have it."""
        with damage_noticed(self._folder), self._lock:
            if names.FACET not in self._terms.indexed_field_names():
                return {}
            found = {}
            for (field, term), info in self._terms.items_from(names.FACET, b""):
                if field != names.FACET:
                    break
                found[term.decode()] = self._decoded(info).rows
            return found

    @cached_property
    def known_names(self) -> Names:
        """The names that its documents let be suggested."""
        with damage_noticed(self._folder):
            return read_names(self.names)
