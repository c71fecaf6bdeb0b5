"""One segment of an index as it is read: posting lists, columns, row lengths. Only its deletions ever change.

Column files are arrays in mapped memory: all processes share them, and only what is used is read.
"""

import errno
import mmap
import threading
import weakref
from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterator, Sequence, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
from cachetools import LRUCache
from whoosh.filedb.filestore import FileStorage
from whoosh.reading import TermNotFound

from oer.backends.search.protocol import IndexBroken
from oer.backends.search.whoosh.folder import mark_damaged
from oer.backends.search.whoosh.internals import (
    NO_POSTINGS,
    UNREADABLE,
    WORDS_OF_BYTE,
    Postings,
    lengths_of_values,
    postings_of,
    words_in,
)
from oer.backends.search.whoosh.rows import (
    FACET,
    KEY,
    LOCATION,
    NEWEST,
    PART,
    REVISION,
    SUGGESTION_SEPARATOR,
    SUGGESTIONS,
    TEXT,
    TITLE_KEY,
    WORDS,
    schema,
)

Numbers = npt.NDArray[np.int64]
Offsets = npt.NDArray[np.int32]
_K = TypeVar("_K", bound=Hashable)
_V = TypeVar("_V")
_POSTINGS_OVERHEAD = 400
# A full disk, or no file or memory more for this process: that is no damage, and a rebuild would need still more.
_OF_THE_MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM}


@contextmanager
def detecting_damage(folder: Path) -> Iterator[None]:
    """Turn whatever reading a damaged file raises into IndexBroken, and remember it."""
    try:
        yield
    except FileNotFoundError:
        raise  # a commit or rebuild has just removed the file: whoever opened it looks again
    except (
        ArithmeticError, AssertionError, AttributeError, EOFError, ImportError, LookupError, MemoryError, OSError,
        TypeError, ValueError, *UNREADABLE,
    ) as error:  # fmt: skip
        if isinstance(error, OSError) and error.errno in _OF_THE_MACHINE:
            raise  # nothing was read wrongly: the index is as it was
        mark_damaged(folder, f"{type(error).__name__}: {error}")
        raise IndexBroken(f"{folder}: {error!r}") from error
    except Exception as error:
        # Whoosh raises bare exceptions for what it cannot read.
        if type(error) is not Exception and not type(error).__module__.startswith("whoosh"):
            raise
        mark_damaged(folder, str(error))
        raise IndexBroken(f"{folder}: {error!r}") from error


class SharedCache(Generic[_K, _V]):
    """The least recently used values go first. Safe for threads, which do not wait while another one reads a value."""

    def __init__(self, most: float, size: Callable[[_V], float] | None = None) -> None:
        self._values: LRUCache[_K, _V] = LRUCache(most, size)
        self._lock = threading.Lock()

    def get(self, key: _K, read: Callable[[], _V]) -> _V:
        """Return what is cached under `key`, or read it and cache it."""
        with self._lock:
            try:
                return self._values[key]
            except KeyError:
                pass
        value = read()
        with suppress(ValueError), self._lock:  # a value that is larger than the whole cache
            self._values[key] = value
        return value

    @property
    def size(self) -> float:
        """The sizes of all values together."""
        return self._values.currsize

    def __len__(self) -> int:
        return len(self._values)


PostingCache = SharedCache[tuple[str, str, str], Postings]


def posting_cache(most_bytes: int) -> PostingCache:
    """Return a cache for the postings that a process was asked for last: segment, field and term -> postings."""
    return SharedCache(most_bytes, lambda postings: postings.rows.nbytes + postings.weights.nbytes + _POSTINGS_OVERHEAD)


# Columns


def map_file(path: Path) -> mmap.mmap | bytes:
    """Return a file's content without reading it; an empty one cannot be mapped."""
    with path.open("rb") as stream:
        if not path.stat().st_size:
            return b""
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


def read_numbers(path: Path | None, dtype: str, rows: int) -> npt.NDArray[Any]:
    """Return the numbers of a column, one per row; without a file all are 0."""
    values: npt.NDArray[Any] = np.zeros(rows, np.dtype(dtype).newbyteorder("="))
    if path is not None:
        # Whoosh leaves out zeros at the end.
        found = np.frombuffer(path.read_bytes(), np.dtype(dtype))[:rows]
        values[: len(found)] = found
    return values


class BytesColumn:
    """A byte string per row, left in the file until asked for."""

    def __init__(self, lengths: Numbers, content: mmap.mmap | bytes) -> None:
        self.lengths = lengths
        self._ends = np.cumsum(lengths)
        self._starts = self._ends - lengths
        self._content = content

    def __getitem__(self, row: int) -> bytes:
        return self._content[self._starts[row] : self._ends[row]]

    def numbers(self, row: int) -> npt.NDArray[np.uint32]:
        """Return a row's value as 32-bit numbers, without copying it; all values of the column must be such."""
        return self.all_numbers[self._starts[row] // 4 : self._ends[row] // 4]

    def starts_of_numbers(self, rows: Numbers) -> Numbers:
        """Return where the values of some rows begin in `all_numbers`."""
        return self._starts[rows] // 4

    def ends_of_numbers(self, rows: Numbers) -> Numbers:
        """Return where the values of some rows end in `all_numbers`."""
        return self._ends[rows] // 4

    def rows_of_numbers(self, places: Numbers) -> Numbers:
        """Return the rows that some places in `all_numbers` belong to."""
        return np.searchsorted(self._ends, 4 * places, side="right")

    @cached_property
    def all_numbers(self) -> npt.NDArray[np.uint32]:
        """The values of all rows, one after the other."""
        return np.frombuffer(self._content, np.dtype("<u4"), int(self._ends[-1]) // 4 if len(self._ends) else 0)


# Suggestions


@dataclass(frozen=True)
class _PackedLists:
    """Many short lists, one after the other in one sequence: a tenth of the memory that as many objects take."""

    content: bytes | Offsets
    starts: Offsets
    """Where each list begins, and where the last one ends."""

    def __getitem__(self, number: int) -> bytes | Offsets:
        return self.content[self.starts[number] : self.starts[number + 1]]


# The place of the exact keys among the fields of a name's line; empty where they are the folded ones, or unknown.
SPELLED = 4


class NamesText:
    """Names as one text, a line break before each and after the last: scanning it finds what begins so."""

    def __init__(self, names: Sequence[bytes]) -> None:
        self.content = b"".join(b"\n" + name for name in names) + b"\n"
        self._starts = _starts([1 + len(name) for name in names])

    def at(self, position: int) -> int:
        """Return the number of the name that a position belongs to."""
        return bisect_right(self._starts, position) - 1

    def words_before(self, name: int, position: int) -> int:
        """Return how many words of a name end at or before a position."""
        start = int(self._starts[name])
        return self.content.count(b" ", start, position) + (position > start)


@dataclass(frozen=True)
class SuggestionNames:
    """The different names of a segment that can be suggested: those of most rows first, then the short ones."""

    folded: NamesText
    spelled: NamesText
    """The same names in exact keys."""
    _lines: _PackedLists
    _rows: _PackedLists

    def line(self, name: int) -> str:
        """Return all that is known of a name, its fields separated."""
        return bytes(self._lines[name]).decode()

    def rows(self, name: int) -> Offsets:
        """Return the rows that bear a name."""
        return np.asarray(self._rows[name], np.int32)


def read_suggestion_names(column: BytesColumn) -> SuggestionNames:
    """Return the names in a column of lines."""
    bearers: dict[bytes, list[int]] = {}
    for row in np.flatnonzero(column.lengths).tolist():
        for line in column[row].split(b"\n"):
            bearers.setdefault(line, []).append(row)
    lines = sorted(bearers, key=lambda line: (-len(bearers[line]), len(line), line))
    fields = [line.split(SUGGESTION_SEPARATOR.encode()) for line in lines]
    rows = [bearers[line] for line in lines]
    return SuggestionNames(
        NamesText([each[0] for each in fields]),
        NamesText([each[SPELLED] if each[SPELLED:] and each[SPELLED] else each[0] for each in fields]),
        _PackedLists(b"".join(lines), _starts([len(line) for line in lines])),
        _PackedLists(np.array([row for each in rows for row in each], np.int32), _starts([len(each) for each in rows])),
    )


def _starts(lengths: Sequence[int]) -> Offsets:
    return np.cumsum([0, *lengths], dtype=np.int32)


class Segment:
    """The files of one Whoosh segment, opened. Safe for threads."""

    def __init__(self, folder: Path, segment: Any, cache: PostingCache, files: Set[str]) -> None:
        """Open a segment of a folder that held these files. Raises FileNotFoundError for one that is gone by now.

        A column without a value has no file. Whether there is one cannot be asked here: a commit may be removing it.
        """
        self._folder, self._cache, self._files = folder, cache, files
        self._storage = FileStorage(str(folder))
        self._segment = segment
        self._lock = threading.Lock()  # Whoosh's term reader seeks in one file
        self.name: str = segment.segment_id()
        self.rows: int = segment.doc_count_all()
        with detecting_damage(folder):
            self.text_length = words_in(segment, TEXT)
            """How many words all its rows have."""
            self._terms = segment.codec().terms_reader(self._storage, segment)
            # Searches may still run in a snapshot that has been replaced: its files are closed with the last of them.
            weakref.finalize(self, self._terms.close)
            self._postings = map_file(folder / segment.make_filename(".pst"))
            self.parts = self._number_column(PART, ">u4").astype(np.int64)
            self.newest = self._number_column(NEWEST, ">i8")
            self.lengths = self._lengths()
            self.locations = self._bytes_column(LOCATION)
            self.words = self._bytes_column(WORDS)
            self.keys = self._bytes_column(KEY)
            self.revisions = self._bytes_column(REVISION)
            self.title_keys = self._bytes_column(TITLE_KEY)
            self._suggestions = self._bytes_column(SUGGESTIONS)

    def _column_path(self, name: str) -> Path | None:
        file = str(self._segment.make_filename(f".{name}.col"))
        return self._folder / file if file in self._files else None

    def _number_column(self, name: str, dtype: str) -> npt.NDArray[Any]:
        return read_numbers(self._column_path(name), dtype, self.rows)

    def _bytes_column(self, name: str) -> BytesColumn:
        path = self._column_path(name)
        if path is None:
            return BytesColumn(np.zeros(self.rows, np.int64), b"")
        with self._storage.open_file(path.name) as stream:
            lengths = lengths_of_values(stream, schema()[name].column_type, path.stat().st_size, self.rows)
        return BytesColumn(lengths, map_file(path))

    def _lengths(self) -> npt.NDArray[np.float64]:
        # A row without any text has no length; Whoosh then takes 1.
        lengths = WORDS_OF_BYTE[self._number_column(f"_{TEXT}_len", "u1")]
        return np.where(lengths > 0, lengths, 1.0)

    def postings(self, field: str, key: str) -> Postings:
        """Return where a term occurs, deleted rows included; from the process's cache if it is there."""
        return self._cache.get((self.name, field, key), lambda: self._read(field, key))

    def _read(self, field: str, key: str) -> Postings:
        with detecting_damage(self._folder):
            try:
                with self._lock:
                    info = self._terms.term_info(field, key.encode())
            except TermNotFound:
                return NO_POSTINGS
            return postings_of(info, self._postings)

    def frequency(self, field: str, key: str) -> int:
        """Return in how many rows a term occurs, without reading them."""
        with detecting_damage(self._folder), self._lock:
            try:
                return int(self._terms.doc_frequency(field, key.encode()))
            except (KeyError, TermNotFound, TypeError):
                return 0

    @cached_property
    def facets(self) -> dict[str, Offsets]:
        """Facet term -> the rows that have it."""
        with detecting_damage(self._folder), self._lock:
            if FACET not in self._terms.indexed_field_names():
                return {}
            found = {}
            for (field, term), info in self._terms.items_from(FACET, b""):
                if field != FACET:
                    break
                found[term.decode()] = postings_of(info, self._postings).rows
            return found

    @cached_property
    def suggestion_names(self) -> SuggestionNames:
        """The names that its documents add to the suggestions."""
        with detecting_damage(self._folder):
            return read_suggestion_names(self._suggestions)
