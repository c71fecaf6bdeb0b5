"""Whoosh's column files as arrays in mapped memory: shared by all processes, read only where touched."""

import mmap
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


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


class NoBytes(BytesColumn):
    """A column that no row has a value in."""

    def __init__(self, rows: int) -> None:
        self._ends = self._starts = np.zeros(rows, np.int64)
        self._content = b""
