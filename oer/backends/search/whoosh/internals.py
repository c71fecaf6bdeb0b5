"""Everything that depends on what Whoosh does not promise to keep: private names, and how its codec lays out files.

`REQUIRED` names all of it; tests/backends/search/whoosh/test_internals.py says which of them a new version lacks.
"""

import mmap
import pickle
import struct
import zlib
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from whoosh import columns, fields, formats, index
from whoosh.codec.whoosh3 import WHOOSH3_HEADER_MAGIC, W3Codec
from whoosh.filedb.filestore import FileStorage
from whoosh.util.numeric import byte_to_length

REQUIRED = {
    "index.TOC": ("_filename", "_latest_generation", "read", "segments"),
    "index.FileIndex": ("_segments",),
    "writing.SegmentWriter": ("_added", "docnum", "perdocwriter", "pool"),
    "codec.whoosh3.W3Codec": ("length_stats",),
    "codec.whoosh3.W3Segment": ("_fieldlengths",),
    "codec.whoosh3.W3TermInfo": ("extent", "inlined_postings", "is_inlined"),
    "columns.VarBytesColumn.Reader": ("_lengths",),
}
"""Class of Whoosh -> what of its objects is used here."""

_INDEX = "MAIN"
_WRITING_MEMORY_MB = 128
_BLOCK_LENGTH = struct.Struct("!i")
UNREADABLE = (pickle.UnpicklingError, struct.error, zlib.error)
"""What decoding damaged files raises, besides the usual errors."""

WORDS_OF_BYTE: npt.NDArray[np.float64] = np.array([byte_to_length(byte) for byte in range(256)], np.float64)
"""How many words the byte means that a row's length is stored as."""


class Postings(NamedTuple):
    """The rows of one segment that a term occurs in, ascending, and its weight in each."""

    rows: npt.NDArray[np.int32]
    weights: npt.NDArray[np.float32]


NO_POSTINGS = Postings(np.empty(0, np.int32), np.empty(0, np.float32))


def make_schema(terms: Sequence[str], numbers: dict[str, str], bytestrings: Sequence[str], text: str) -> Any:
    """Return a schema: a scored text field without positions, fields of whole terms, columns of numbers and of bytes.

    Only stock classes of Whoosh, because it pickles the schema into the index folder. `numbers` gives a type code each.
    """
    return fields.Schema(
        **{
            text: fields.FieldType(formats.Existence(), None, scorable=True),
            **{name: fields.ID() for name in terms},
            **{name: fields.COLUMN(columns.NumericColumn(code)) for name, code in numbers.items()},
            **{name: fields.COLUMN(columns.VarBytesColumn()) for name in bytestrings},
        }
    )


# Segments


def latest_generation(folder: Path) -> int:
    """Return the number of the last commit in a folder; -1 if there is none."""
    return int(index.TOC._latest_generation(FileStorage(str(folder)), _INDEX))


def name_of_commit(generation: int) -> str:
    """Return the name of the file that lists the segments of a commit."""
    return str(index.TOC._filename(_INDEX, generation))


def segments_at(folder: Path, generation: int, schema: Any) -> list[Any]:
    """Return the segments of a commit."""
    return list(index.TOC.read(FileStorage(str(folder)), _INDEX, gen=generation, schema=schema).segments)


def segments_of(opened: Any) -> list[Any]:
    """Return the segments of an open index."""
    return list(opened._segments())


def words_in(segment: Any, field: str) -> int:
    """Return how many words all rows of a segment have in a field."""
    return int(segment._fieldlengths.get(field, 0))


def lengths_of_values(segment_file: Any, column: Any, size: int, rows: int) -> npt.NDArray[np.int64]:
    """Return the length of every row's value in an open file of a column of bytes."""
    return np.array(column.reader(segment_file, 0, size, rows)._lengths, np.int64)


# Posting lists


def postings_of(term_info: Any, content: bytes | mmap.mmap) -> Postings:
    """Return a term's postings: from its entry in the dictionary if there are few, else from the posting file."""
    if term_info.is_inlined():
        rows, weights, _ = term_info.inlined_postings()
        return Postings(np.array(rows, np.int32), np.array(weights, np.float32))
    start, _ = term_info.extent()
    return decode_postings(content, start)


def decode_postings(content: bytes | mmap.mmap, start: int) -> Postings:
    """Return the postings that Whoosh's codec wrote for one term, beginning at `start` of a segment's posting file."""
    place = start + len(WHOOSH3_HEADER_MAGIC)
    if content[start:place] != WHOOSH3_HEADER_MAGIC:
        raise ValueError("no posting list begins here")
    blocks, last = [], False
    while not last:
        (length,) = _BLOCK_LENGTH.unpack_from(content, place)
        last, length = length < 0, abs(length)
        place += _BLOCK_LENGTH.size
        blocks.append(_decode_block(content[place : place + length]))
        place += length
    if len(blocks) == 1:
        return blocks[0]
    rows, weights = zip(*blocks, strict=True)
    return Postings(np.concatenate(rows), np.concatenate(weights))


def _decode_block(raw: bytes) -> Postings:
    stream = BytesIO(raw)
    count, _, _, compression, *_ = pickle.load(stream)  # noqa: S301 (our own folder, which only we write)
    data = stream.read()
    ids, weights, _ = pickle.loads(zlib.decompress(data) if compression else data)  # noqa: S301
    if weights is None or isinstance(weights, float):
        weights = np.full(count, 1.0 if weights is None else weights, np.float32)
    return Postings(np.cumsum(np.array(ids, np.int64)).astype(np.int32), np.array(weights, np.float32))


# Writing


def _codec() -> Any:
    """Return Whoosh's codec with long posting blocks: fewer of them are read a hundred times faster."""
    chosen = W3Codec(blocklimit=4096, compression=1)
    # Lengths per posting block only serve Whoosh's own matchers, and cost a third of the writing.
    chosen.length_stats = False
    return chosen


def open_writer(opened: Any) -> Any:
    """Return Whoosh's writer for an open index; there can be one at a time."""
    return opened.writer(codec=_codec(), compound=False, limitmb=_WRITING_MEMORY_MB)


class RowWriter:
    """Adds rows through a writer of Whoosh: terms with weights, and values of columns, without analysing any text."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def begin(self) -> None:
        """Begin the next row."""
        self._writer.perdocwriter.start_doc(self._writer.docnum)

    def add_terms(self, field: str, terms: Iterable[tuple[str, float]]) -> None:
        """Add terms and their weights to the row, each once."""
        add, number = self._writer.pool.add, self._writer.docnum
        for term, weight in terms:
            add((field, term.encode(), number, weight, b""))

    def set_length(self, field: str, words: int) -> None:
        """Say how many words the row has in a scored field."""
        self._writer.perdocwriter.add_field(field, self._writer.schema[field], None, words)

    def set_column(self, name: str, value: bytes | int) -> None:
        """Give the row its value in a column."""
        self._writer.perdocwriter.add_column_value(name, self._writer.schema[name].column_type, value)

    def end(self) -> None:
        """End the row."""
        self._writer.perdocwriter.finish_doc()
        self._writer._added = True
        self._writer.docnum += 1
