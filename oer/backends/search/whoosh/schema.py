"""How documents are stored: Whoosh's schema, and words as 32-bit token ids.

Only stock fields and columns, because Whoosh pickles the schema into the index folder.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
from whoosh import columns, fields, formats
from whoosh.codec.whoosh3 import W3Codec

TEXT, ID, FACET = "text", "id", "facet"
# Per row: which part of its material it is, where in the files it stands, its words as token ids.
PART, PLACE, WORDS = "part", "place", "words"
# Per material, on its first row: public id, revision, sort keys, names to suggest.
KEY, REVISION, NEWEST, TITLE_KEY, NAMES = "key", "revision", "newest", "titlekey", "names"
BYTES = (PLACE, WORDS, KEY, REVISION, TITLE_KEY, NAMES)
FACET_SEPARATOR = "\x1f"


def schema() -> Any:
    """Return a new schema. A row is one section of one material; its first row stands for the material itself.

    The text field keeps no positions: phrases and nearness are read off the token ids, which is smaller and three
    times faster when cold.
    """
    return fields.Schema(
        **{
            TEXT: fields.FieldType(formats.Existence(), None, scorable=True),
            ID: fields.ID(),
            FACET: fields.ID(),
            PART: fields.COLUMN(columns.NumericColumn("I")),
            NEWEST: fields.COLUMN(columns.NumericColumn("q")),
            **{name: fields.COLUMN(columns.VarBytesColumn()) for name in BYTES},
        }
    )


def codec() -> Any:
    """Return Whoosh's codec with long posting blocks: fewer of them are read a hundred times faster."""
    chosen = W3Codec(blocklimit=4096, compression=1)
    # Lengths per posting block only serve Whoosh's own matchers, and cost a third of the writing.
    chosen.length_stats = False
    return chosen


# Words as 32-bit numbers: 22 bits say which word, 10 bits how its marks are spelled. 0 separates parts of a row.

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
