"""Rows of totals as a compressed matrix of whole numbers, and back."""

import zlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[Any]
ITEM, METHOD, FORMAT, FIRST_MEASURE = range(4)
_TYPE = np.dtype("<i4")
_FAST = 1


def pack(rows: Iterable[Sequence[int]], width: int) -> bytes:
    """Return rows of `width` whole numbers below 2^31 as bytes."""
    matrix = np.array(list(rows), dtype=_TYPE).reshape(-1, width)
    return zlib.compress(matrix.tobytes(), _FAST)


def unpack(data: bytes, width: int) -> Matrix:
    """Return what `pack` was given, as a matrix."""
    return np.frombuffer(zlib.decompress(data), dtype=_TYPE).reshape(-1, width)
