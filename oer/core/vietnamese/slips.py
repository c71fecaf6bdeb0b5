"""One slip of the finger: words that differ from a mistyped one by one letter."""

from collections.abc import Iterator

from oer.core.vietnamese.keys import keys_of

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SHORTEST, _LONGEST = 3, 24
_key = keys_of.__wrapped__  # hundreds of words that nobody wrote would push real ones out of the cache


def slips(token: str) -> Iterator[tuple[str, str]]:
    """Return the folded key and the spelling of each word that `token` may be a slip for, the likeliest slips first.

    Two letters that changed places, one too many, one too few, one that is another (Damerau 1964). Marks that were
    typed are kept, so "tíhc" gives "tích". Words of less than three letters give nothing.
    """
    if not _SHORTEST <= len(token) <= _LONGEST:
        return
    for spelled in _edits(token):
        folded = _key(spelled).folded
        # What has marks is no English word: "gảning" is no form of "gan", and nobody meant it.
        if spelled != token and (spelled.isascii() or len(folded) == len(spelled)):
            yield folded, spelled


def _edits(word: str) -> Iterator[str]:
    places = range(len(word))
    yield from (word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in places[:-1])
    yield from (word[:at] + word[at + 1 :] for at in places)
    yield from (word[:at] + letter + word[at:] for at in range(len(word) + 1) for letter in _LETTERS)
    yield from (word[:at] + letter + word[at + 1 :] for at in places for letter in _LETTERS)
