"""How documents lie in Whoosh: stock fields and columns only, for Whoosh pickles them into the index folder."""

from typing import Any

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
