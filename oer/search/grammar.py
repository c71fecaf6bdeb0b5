"""What the query box takes: words, "phrases", -without, one OR another. Everything else is a word, too.

There are no fields, no wildcards, no ranges and no parentheses: whatever looks like one is read as text. Reading takes
time in proportion to the text's length.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from oer.backends.search import Phrase, Word
from oer.search.words import questions_weighed, words_of

Clause = Word | Phrase
_QUOTES = dict.fromkeys(map(ord, '"“”„«»'))
# A quoted phrase, its closing mark maybe forgotten, or whatever stands between spaces.
_PIECE = re.compile(r'(?P<minus>(?<!\S)[-–−])?(?:["“”„«»](?P<phrase>[^"“”„«»]*)["“”„«»]?|(?P<plain>[^\s"“”„«»]+))')
# Each costs a look at every word of many texts. Of further ones only the words are asked for; nobody quotes so much.
MOST_PHRASES = 4
_EITHER, _BOTH = frozenset({"OR", "HOẶC", "|"}), frozenset({"AND", "VÀ", "&"})


@dataclass(frozen=True)
class Asked:
    """A query as it was understood."""

    wanted: tuple[tuple[Clause, ...], ...]
    """Each inner tuple is a choice."""
    unwanted: tuple[Clause, ...]

    @property
    def words(self) -> tuple[Word, ...]:
        """The words that hits are to have, those of phrases too: what is marked in them."""
        return tuple(word for choice in self.wanted for clause in choice for word in _words(clause))


def _words(clause: Clause) -> tuple[Word, ...]:
    return clause.words if isinstance(clause, Phrase) else (clause,)


@dataclass(frozen=True)
class _Piece:
    clauses: tuple[Clause, ...]
    unwanted: bool = False
    joins: str = ""


def _pieces(text: str) -> Iterator[_Piece]:
    phrases = 0
    for found in _PIECE.finditer(unicodedata.normalize("NFC", text)):
        phrase, plain = found["phrase"], found["plain"]
        words = words_of(phrase if phrase is not None else plain)
        if not words:
            if plain in _EITHER:
                yield _Piece((), joins="or")
            continue
        if phrase is not None and len(words) > 1:
            phrases += 1
            if phrases <= MOST_PHRASES:
                yield _Piece((Phrase(words),), bool(found["minus"]))
            elif not found["minus"]:
                yield _Piece(words)
        elif plain in _EITHER | _BOTH:
            yield _Piece(words, joins="or" if plain in _EITHER else "and")
        else:
            yield _Piece(words, bool(found["minus"]))


def unquoted(text: str) -> str:
    """Return a text whose words are asked for in any order."""
    return text.translate(_QUOTES)


def understand(text: str) -> Asked:
    """Return what a text asks for. No text is refused; one without any word asks for everything."""
    pieces = list(_pieces(text))
    choices: list[list[Clause]] = []
    unwanted: list[Clause] = []
    chosen = False
    for at, piece in enumerate(pieces):
        between = 0 < at < len(pieces) - 1 and not pieces[at - 1].unwanted
        if piece.joins and between and not pieces[at - 1].joins and not pieces[at + 1].joins:
            chosen = piece.joins == "or"
        elif piece.unwanted:
            unwanted.extend(piece.clauses)
        else:
            _add(choices, piece.clauses, to_last=chosen)
            chosen = False
    return Asked(_weighed(_each_once(choices)), tuple(dict.fromkeys(unwanted)))


def _add(choices: list[list[Clause]], clauses: tuple[Clause, ...], *, to_last: bool) -> None:
    first, *rest = clauses or (None,)
    if first is None:
        return
    if to_last and choices:
        choices[-1].append(first)
    else:
        choices.append([first])
    choices.extend([clause] for clause in rest)


def _each_once(choices: list[list[Clause]]) -> tuple[tuple[Clause, ...], ...]:
    """Return the choices, what is asked for twice only once."""
    kept: dict[tuple[object, ...], tuple[Clause, ...]] = {}
    for clauses in choices:
        key = tuple((each.folded, each.exact) if isinstance(each, Word) else each for each in clauses)
        kept.setdefault(key, tuple(dict.fromkeys(clauses)))
    return tuple(kept.values())


def _weighed(choices: tuple[tuple[Clause, ...], ...]) -> tuple[tuple[Clause, ...], ...]:
    single = [clauses[0] for clauses in choices if len(clauses) == 1 and isinstance(clauses[0], Word)]
    words = [word for word in single if isinstance(word, Word)]
    read = dict(zip(map(id, words), questions_weighed(words), strict=True))
    return tuple(tuple(read.get(id(each), each) for each in clauses) for clauses in choices)
