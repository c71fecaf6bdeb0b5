"""From words as they were typed to the words of an index query."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from oer.backends.search import Word
from oer.core.vietnamese import compatible_spellings, has_marks, is_word, keys_of, slips, telex_reading, tokens


def word_of(token: str) -> Word:
    """Return what an index is asked for one token (as `tokens` gives it)."""
    keys = keys_of(token)
    marked = has_marks(token)
    telex = telex_reading(token)
    return Word(
        folded=keys.folded,
        exact=keys.exact if marked else "",
        compatible=compatible_spellings(keys.exact) if marked else (),
        typed=token,
        slips=partial(slips, token),
        sound=is_word(token),
        instead=word_of(telex) if telex else None,
    )


def words_of(text: str) -> tuple[Word, ...]:
    """Return the words of a text in reading order."""
    return tuple(word_of(token) for token in tokens(text))


# Words that only make a question out of others; folded, for many type them without marks. Answers do not repeat them.
_ASKING = re.compile(
    r"\b(?:bao (?:nhieu|lau|gio)|la (?:cai )?gi|(?:nhung |cai )?gi|(?:khi|the|loai|nguoi|nam) nao|nhu the nao|nao"
    r"|(?:tai|vi) sao|o dau|(?:la |nhung )?ai|what|who|whom|whose|when|where|why|which|how (?:many|much|long)|how)\b"
)
_ASKING_WEIGHT = 0.3
# Of fewer other words each may be meant: "ai" in a short query may be "AI".
_FEWEST_OTHERS = 3


def questions_weighed(words: Sequence[Word]) -> list[Word]:
    """Return the words of a query, those that only make a question of it with less weight."""
    text = " ".join(word.folded for word in words)
    asking = {place for found in _ASKING.finditer(text) for place in range(*found.span())}
    weighed, place = [], 0
    for word in words:
        weighed.append(replace(word, weight=_ASKING_WEIGHT) if place in asking else word)
        place += len(word.folded) + 1
    others = sum(word.weight == 1.0 for word in weighed)
    return weighed if others >= _FEWEST_OTHERS else list(words)
