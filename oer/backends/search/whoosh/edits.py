"""One slip of the finger: keys that differ from a mistyped one by one letter."""

from collections.abc import Iterator

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LONGEST = 24


def edits(key: str, typed: str) -> Iterator[tuple[str, str]]:
    """Return each key one edit away from `key`, and `typed` edited alike, so that it keeps its marks.

    Two letters that changed places come first, then one too many, one too few, one that is another: the order in
    which slips are likely (Damerau 1964). `typed` is `key` with its marks; where it is another length (a stemmed
    word), the new key itself is given for it.
    """
    shown = typed if len(typed) == len(key) else key
    if not 2 < len(key) <= _LONGEST:
        return
    for at in range(len(key) - 1):
        yield _with(key, at, 2, key[at + 1] + key[at]), _with(shown, at, 2, shown[at + 1] + shown[at])
    for at in range(len(key)):
        yield _with(key, at, 1, ""), _with(shown, at, 1, "")
    for at in range(len(key) + 1):
        for letter in _LETTERS:
            yield _with(key, at, 0, letter), _with(shown, at, 0, letter)
    for at in range(len(key)):
        for letter in _LETTERS:
            yield _with(key, at, 1, letter), _with(shown, at, 1, letter)


def _with(word: str, at: int, length: int, instead: str) -> str:
    return word[:at] + instead + word[at + length :]
