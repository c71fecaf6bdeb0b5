"""Words as 32-bit numbers: 22 bits say which word, 10 bits how its marks are spelled. 0 separates parts of a row.

Numbers are hashes, not places in a list, so rows of all segments and generations can be compared, and merging
segments leaves them as they are. Two words in four million share a number: that costs a rank, never a hit, except
for phrases, where both neighbours would have to collide.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from zlib import crc32

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.uint32]
SPELLING_BITS = 10
SEPARATOR = 0


@lru_cache(maxsize=1 << 17)
def token_id(folded: str, exact: str) -> int:
    """Return the number of a word; never 0."""
    word = crc32(folded.encode()) >> SPELLING_BITS or 1
    return word << SPELLING_BITS | crc32(exact.encode()) & ((1 << SPELLING_BITS) - 1)


def word_of(folded: str) -> int:
    """Return the part of a word's number that its folded key gives."""
    return crc32(folded.encode()) >> SPELLING_BITS or 1


def token_ids(folded: Sequence[str], exact: Sequence[str]) -> list[int]:
    """Return the numbers of a text's words in reading order."""
    return list(map(token_id, folded, exact))


def spelled_ids(folded: str, exact: Iterable[str]) -> Ids:
    """Return the numbers of one word in several spellings."""
    return np.array([token_id(folded, each) for each in exact], dtype=np.uint32)
