"""From words as they were typed to the words of an index query."""

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
