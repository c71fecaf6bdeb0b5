"""Password strength against an attacker who tries words, names, places, keyboard patterns, dates and repetitions."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

WORD_FILE = Path(__file__).parent.parent / "data" / "common_passwords.txt"
MAX_EXAMINED = 64
LONGEST_WORD = 30
LONGEST_PERIOD = 20

# Rows, columns and zigzags of a keyboard, the alphabet and the digits; each is tried in both directions.
_KEY_RUNS = (
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "01234567890",
    "abcdefghijklmnopqrstuvwxyz",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "qawsedrftgyhujikolp",
    "qazwsxedcrfvtgbyhnujmikolp",
    "13579",
    "24680",
    "147258369",
    "159357",
    "00112233445566778899",
    "aabbccddeeffgg",
)
_LEET = str.maketrans("013457@$!", "oieastasi")
_YEAR_OR_DATE = re.compile(r"(?:19|20)\d\d|\d{1,2}[01]\d(?:19|20)\d\d|[0-3]\d[01]\d\d\d")


def fold_password(text: str) -> str:
    """Return `text` in lower case without diacritics, spaces and punctuation; digits and emoji stay, đ becomes d."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("đ", "d"))
    return "".join(letter for letter in plain if letter in "@$!" or _counts(letter))


def _counts(letter: str) -> bool:
    kind = unicodedata.category(letter)
    return kind[0] in "LN" or kind == "So"


@cache
def common_words() -> frozenset[str]:
    """Return the folded words that attackers try first."""
    lines = WORD_FILE.read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def password_strength(password: str, personal: Collection[str] = ()) -> int:
    """Return the smallest number of parts that a password can be composed of by an attacker.

    A known word, keyboard pattern, date or repetition is one part, and so is every other letter or digit; punctuation
    counts for nothing. The words in `personal` (name, e-mail address) are known words. Only the first 64 characters
    are examined.
    """
    folded = fold_password(password)[:MAX_EXAMINED]
    words = common_words() | {part for text in personal for part in _personal_words(text)}
    spellings = {folded, folded.translate(_LEET), folded.translate(_LEET).replace("i", "l")}
    least = [0] + [len(folded)] * len(folded)
    for start in range(len(folded)):
        cost = 0 if folded[start] in "@$!" else 1
        least[start + 1] = min(least[start + 1], least[start] + cost)
        for end in _steps(folded, spellings, start, words):
            least[end] = min(least[end], least[start] + 1)
    return least[-1]


def _personal_words(text: str) -> Iterator[str]:
    parts = [fold_password(part) for part in re.split(r"[\s@._+-]+", text)]
    yield from (part for part in (*parts, "".join(parts)) if len(part) > 1)


def _steps(folded: str, spellings: Collection[str], start: int, words: Collection[str]) -> Iterator[int]:
    """Yield the ends of all parts that begin at `start`."""
    for end in range(start + 2, min(len(folded), start + LONGEST_WORD) + 1):
        if any(spelling[start:end] in words for spelling in spellings):
            yield end
    yield from _key_run_ends(folded, start)
    if found := _YEAR_OR_DATE.match(folded, start):
        yield found.end()
    yield from _repeat_ends(folded, start)


def _key_run_ends(folded: str, start: int) -> Iterator[int]:
    for walk in _KEY_RUNS:
        for way in (walk, walk[::-1]):
            end = start
            while end < len(folded) and folded[start : end + 1] in way:
                end += 1
            yield from range(start + 3, end + 1)


def _repeat_ends(folded: str, start: int) -> Iterator[int]:
    for period in range(1, min(LONGEST_PERIOD, start) + 1):
        end = start
        while end < len(folded) and folded[end] == folded[end - period]:
            end += 1
        yield from range(start + max(2, period), end + 1)
