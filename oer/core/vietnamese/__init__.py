"""Vietnamese as people type it: keys under which a word is found, however its marks were written.

Every token of a text has two keys. The *folded key* is the word without marks (`d` for `đ`, `i` for a lone final
`y`), English words lightly stemmed: it is what the index finds by, so nothing is lost when no mark was typed. The
*exact key* keeps the marks in one spelling (tone as a trailing digit, wherever it was placed): it is what ranks by
tone when a tone was typed. The exact key determines the folded key.
"""

from oer.core.vietnamese.collation import collation_key
from oer.core.vietnamese.keys import (
    Keys,
    Words,
    analyse,
    folded_text,
    keys_of,
    search_tokens,
    token_starts,
    tokens,
    tokens_from,
)
from oer.core.vietnamese.marks import compatible_spellings, fold, has_marks
from oer.core.vietnamese.slips import slips
from oer.core.vietnamese.syllables import is_word
from oer.core.vietnamese.telex import telex_reading

__all__ = [
    "Keys",
    "Words",
    "analyse",
    "collation_key",
    "compatible_spellings",
    "fold",
    "folded_text",
    "has_marks",
    "is_word",
    "keys_of",
    "search_tokens",
    "slips",
    "telex_reading",
    "token_starts",
    "tokens",
    "tokens_from",
]
