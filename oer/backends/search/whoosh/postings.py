"""Reading Whoosh's posting lists into NumPy arrays, a block at a time, and keeping them within a bound."""

import mmap
import pickle
import struct
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from whoosh.codec.whoosh3 import WHOOSH3_HEADER_MAGIC

Rows = npt.NDArray[np.int32]
Weights = npt.NDArray[np.float32]
_LENGTH = struct.Struct("!i")
_ENTRY_OVERHEAD = 400


class Postings(NamedTuple):
    """The rows of one segment that a term occurs in, ascending, and its weight in each."""

    rows: Rows
    weights: Weights


NOWHERE = Postings(np.empty(0, np.int32), np.empty(0, np.float32))


def _block(raw: bytes) -> Postings:
    stream = BytesIO(raw)
    count, _, _, compression, *_ = pickle.load(stream)  # noqa: S301 (our own folder, which only we write)
    data = stream.read()
    ids, weights, _ = pickle.loads(zlib.decompress(data) if compression else data)  # noqa: S301
    if weights is None or isinstance(weights, float):
        weights = np.full(count, 1.0 if weights is None else weights, np.float32)
    return Postings(np.cumsum(np.array(ids, np.int64)).astype(np.int32), np.array(weights, np.float32))


def decode(content: bytes | mmap.mmap, start: int) -> Postings:
    """Return the postings that Whoosh's codec wrote for one term, beginning at `start` of a segment's posting file."""
    place = start + len(WHOOSH3_HEADER_MAGIC)
    if content[start:place] != WHOOSH3_HEADER_MAGIC:
        raise ValueError("no posting list begins here")
    blocks, last = [], False
    while not last:
        (length,) = _LENGTH.unpack_from(content, place)
        last, length = length < 0, abs(length)
        place += _LENGTH.size
        blocks.append(_block(content[place : place + length]))
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
        size = _size(postings)
        if size > self._limit:
            return
        with self._lock:
            if key not in self._kept:
                self._kept[key] = postings
                self.bytes += size
            while self.bytes > self._limit:
                _, oldest = self._kept.popitem(last=False)
                self.bytes -= _size(oldest)

    def __len__(self) -> int:
        return len(self._kept)


def _size(postings: Postings) -> int:
    return postings.rows.nbytes + postings.weights.nbytes + _ENTRY_OVERHEAD
