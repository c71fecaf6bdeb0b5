"""One segment of an index as it is read: posting lists, columns, row lengths. Only its deletions ever change."""

import mmap
import pickle
import struct
import threading
import weakref
import zlib
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from whoosh.codec.whoosh3 import WHOOSH3_HEADER_MAGIC
from whoosh.filedb.filestore import FileStorage
from whoosh.reading import TermNotFound
from whoosh.util.numeric import byte_to_length

from oer.backends.search.documents import Document
from oer.backends.search.protocol import IndexBroken
from oer.backends.search.whoosh import schema as names
from oer.backends.search.whoosh.folder import mark_damaged


def map_file(path: Path) -> mmap.mmap | bytes:
    """Return a file's content without reading it; an empty one cannot be mapped."""
    with path.open("rb") as stream:
        if not path.stat().st_size:
            return b""
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


class NumberColumn:
    """One number per row; without a file all are 0."""

    def __init__(self, path: Path | None, dtype: str, rows: int) -> None:
        self.values: npt.NDArray[Any] = np.zeros(rows, np.dtype(dtype).newbyteorder("="))
        if path is not None:
            # Whoosh leaves out zeros at the end.
            found = np.frombuffer(path.read_bytes(), np.dtype(dtype))[:rows]
            self.values[: len(found)] = found


class BytesColumn:
    """A byte string per row, left in the file until asked for."""

    def __init__(self, path: Path, reader: Any) -> None:
        lengths = np.array(reader._lengths, np.int64)
        self._ends = np.cumsum(lengths)
        self._starts = self._ends - lengths
        self._content = map_file(path)

    def __getitem__(self, row: int) -> bytes:
        return self._content[self._starts[row] : self._ends[row]]

    def numbers(self, row: int) -> npt.NDArray[np.uint32]:
        """Return a row's value as 32-bit numbers, without copying it; all values of the column must be such."""
        return self.all_numbers[self._starts[row] // 4 : self._ends[row] // 4]

    def starts_of_numbers(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return where the values of some rows begin in `all_numbers`."""
        return self._starts[rows] // 4

    def ends_of_numbers(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return where the values of some rows end in `all_numbers`."""
        return self._ends[rows] // 4

    def rows_of_numbers(self, places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the rows that some places in `all_numbers` belong to."""
        return np.searchsorted(self._ends, 4 * places, side="right")

    @cached_property
    def all_numbers(self) -> npt.NDArray[np.uint32]:
        """The values of all rows, one after the other."""
        return np.frombuffer(self._content, np.dtype("<u4"), int(self._ends[-1]) // 4 if len(self._ends) else 0)

    def lengths(self) -> npt.NDArray[np.int64]:
        """Return the length of every row's value in bytes."""
        return self._ends - self._starts


class EmptyColumn(BytesColumn):
    """A column that no row has a value in."""

    def __init__(self, rows: int) -> None:
        self._ends = self._starts = np.zeros(rows, np.int64)
        self._content = b""


# The names of a segment, laid out for scanning.

NAME_FIELDS_SEPARATOR = "\x02"
Offsets = npt.NDArray[np.int32]


def suggestion_lines(document: Document) -> bytes:
    """Return what a document lets be suggested, a line each, the folded text in front."""
    lines = []
    for name in document.names:
        shown = (name.kind, " ".join(name.text.split()), name.code)
        lines.append(f"{name.folded}{NAME_FIELDS_SEPARATOR}{NAME_FIELDS_SEPARATOR.join(shown)}")
    return "\n".join(dict.fromkeys(lines)).encode(errors="replace")


@dataclass(frozen=True)
class _PackedLists:
    """Many short lists, one after the other in one sequence: a tenth of the memory that as many objects take."""

    content: bytes | Offsets
    starts: Offsets
    """Where each list begins, and where the last one ends."""

    def __getitem__(self, number: int) -> bytes | Offsets:
        return self.content[self.starts[number] : self.starts[number + 1]]


@dataclass(frozen=True)
class SuggestionNames:
    """The different names of a segment: those that most rows bear first, then the short ones."""

    folded: bytes
    """Their folded texts, a line break before each."""
    _starts: Offsets
    _lines: _PackedLists
    _rows: _PackedLists

    def at(self, place: int) -> int:
        """Return the number of the name that a place in `folded` belongs to."""
        return bisect_right(self._starts, place) - 1

    def line(self, name: int) -> str:
        """Return all that is known of a name, its fields separated."""
        return bytes(self._lines[name]).decode()

    def rows(self, name: int) -> Offsets:
        """Return the rows that bear a name."""
        return np.asarray(self._rows[name], np.int32)


def _all_lines(column: BytesColumn) -> Iterator[tuple[bytes, int]]:
    for row in np.flatnonzero(column.lengths()).tolist():
        for line in column[row].split(b"\n"):
            yield line, row


def _starts(lengths: Sequence[int]) -> Offsets:
    return np.cumsum([0, *lengths], dtype=np.int32)


def read_suggestion_names(column: BytesColumn) -> SuggestionNames:
    """Return the names in a column of lines."""
    bearers: dict[bytes, list[int]] = {}
    for line, row in _all_lines(column):
        bearers.setdefault(line, []).append(row)
    lines = sorted(bearers, key=lambda line: (-len(bearers[line]), len(line), line))
    folded = [b"\n" + line.partition(NAME_FIELDS_SEPARATOR.encode())[0] for line in lines]
    rows = [bearers[line] for line in lines]
    return SuggestionNames(
        b"".join(folded),
        _starts([len(each) for each in folded]),
        _PackedLists(b"".join(lines), _starts([len(line) for line in lines])),
        _PackedLists(np.array([row for each in rows for row in each], np.int32), _starts([len(each) for each in rows])),
    )


# Reading Whoosh's posting lists into NumPy arrays, a block at a time, and keeping them within a bound.

Rows = npt.NDArray[np.int32]
Weights = npt.NDArray[np.float32]
_LENGTH = struct.Struct("!i")
_ENTRY_OVERHEAD = 400


class Postings(NamedTuple):
    """The rows of one segment that a term occurs in, ascending, and its weight in each."""

    rows: Rows
    weights: Weights


NO_POSTINGS = Postings(np.empty(0, np.int32), np.empty(0, np.float32))


def _decode_block(raw: bytes) -> Postings:
    stream = BytesIO(raw)
    count, _, _, compression, *_ = pickle.load(stream)  # noqa: S301 (our own folder, which only we write)
    data = stream.read()
    ids, weights, _ = pickle.loads(zlib.decompress(data) if compression else data)  # noqa: S301
    if weights is None or isinstance(weights, float):
        weights = np.full(count, 1.0 if weights is None else weights, np.float32)
    return Postings(np.cumsum(np.array(ids, np.int64)).astype(np.int32), np.array(weights, np.float32))


def decode_postings(content: bytes | mmap.mmap, start: int) -> Postings:
    """Return the postings that Whoosh's codec wrote for one term, beginning at `start` of a segment's posting file."""
    place = start + len(WHOOSH3_HEADER_MAGIC)
    if content[start:place] != WHOOSH3_HEADER_MAGIC:
        raise ValueError("no posting list begins here")
    blocks, last = [], False
    while not last:
        (length,) = _LENGTH.unpack_from(content, place)
        last, length = length < 0, abs(length)
        place += _LENGTH.size
        blocks.append(_decode_block(content[place : place + length]))
        place += length
    if len(blocks) == 1:
        return blocks[0]
    rows, weights = zip(*blocks, strict=True)
    return Postings(np.concatenate(rows), np.concatenate(weights))


class PostingCache:
    """The most recently used postings of a process, at most `limit` bytes of them. Safe for threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._kept: OrderedDict[Any, Postings] = OrderedDict()
        self.bytes = 0

    def get(self, key: Any, read: Callable[[], Postings]) -> Postings:
        """Return what is kept under `key`, or read it and keep it."""
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
                return found
        found = read()
        self._keep(key, found)
        return found

    def _keep(self, key: Any, postings: Postings) -> None:
        size = _bytes_of(postings)
        if size > self._limit:
            return
        with self._lock:
            if key not in self._kept:
                self._kept[key] = postings
                self.bytes += size
            while self.bytes > self._limit:
                _, oldest = self._kept.popitem(last=False)
                self.bytes -= _bytes_of(oldest)

    def __len__(self) -> int:
        return len(self._kept)


def _bytes_of(postings: Postings) -> int:
    return postings.rows.nbytes + postings.weights.nbytes + _ENTRY_OVERHEAD


# One segment of an index as it is read: posting lists, columns, row lengths. Never changes but for its deletions.

_LENGTH_OF_BYTE = np.array([byte_to_length(byte) for byte in range(256)], np.float64)


@contextmanager
def detecting_damage(folder: Path) -> Iterator[None]:
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
        with detecting_damage(folder):
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
            return EmptyColumn(self.rows)
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
        with detecting_damage(self._folder):
            try:
                with self._lock:
                    info = self._terms.term_info(field, key.encode())
            except TermNotFound:
                return NO_POSTINGS
            return self._decoded(info)

    def _decoded(self, info: Any) -> Postings:
        if info.is_inlined():
            rows, weights, _ = info.inlined_postings()
            return Postings(np.array(rows, np.int32), np.array(weights, np.float32))
        start, _ = info.extent()
        return decode_postings(self._postings, start)

    def knows(self, field: str, key: str) -> int:
        """Return in how many rows a term occurs, without reading them."""
        with detecting_damage(self._folder), self._lock:
            try:
                return int(self._terms.doc_frequency(field, key.encode()))
            except (KeyError, TermNotFound, TypeError):
                return 0

    @cached_property
    def facets(self) -> dict[str, npt.NDArray[np.int32]]:
        """Facet term -> the rows that have it."""
        with detecting_damage(self._folder), self._lock:
            if names.FACET not in self._terms.indexed_field_names():
                return {}
            found = {}
            for (field, term), info in self._terms.items_from(names.FACET, b""):
                if field != names.FACET:
                    break
                found[term.decode()] = self._decoded(info).rows
            return found

    @cached_property
    def known_names(self) -> SuggestionNames:
        """The names that its documents let be suggested."""
        with detecting_damage(self._folder):
            return read_suggestion_names(self.names)
