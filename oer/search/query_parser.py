"""The query language: words, "phrases", -excluded, one OR another. Everything else is a word, too.

There are no fields, wildcards, ranges or parentheses: whatever looks like one is read as text. Parsing takes time
in proportion to the length of the text.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from oer.backends.search import Phrase, Word
from oer.vietnamese.keys import keys_of, tokens
from oer.vietnamese.marks import compatible_spellings, has_marks
from oer.vietnamese.syllables import is_syllable
from oer.vietnamese.typos import telex_reading, typo_candidates


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
        slips=partial(typo_candidates, token),
        sound=is_syllable(token),
        instead=word_of(telex) if telex else None,
    )


def words_of(text: str) -> tuple[Word, ...]:
    """Return the words of a text in reading order."""
    return tuple(word_of(token) for token in tokens(text))


# Words that only make a question out of others; folded, for many type them without marks. Answers do not repeat them.
_QUESTION_WORDS = re.compile(
    r"\b(?:bao (?:nhieu|lau|gio)|la (?:cai )?gi|(?:nhung |cai )?gi|(?:khi|the|loai|nguoi|nam) nao|nhu the nao|nao"
    r"|(?:tai|vi) sao|o dau|(?:la |nhung )?ai|what|who|whom|whose|when|where|why|which|how (?:many|much|long)|how)\b"
)
_QUESTION_WORD_WEIGHT = 0.3
# Of fewer other words each may be meant: "ai" in a short query may be "AI".
_FEWEST_OTHERS = 3


def weigh_question_words(words: Sequence[Word]) -> list[Word]:
    """Return the words of a query, those that only make a question of it with less weight."""
    text = " ".join(word.folded for word in words)
    asking = {place for found in _QUESTION_WORDS.finditer(text) for place in range(*found.span())}
    weighed, place = [], 0
    for word in words:
        weighed.append(replace(word, weight=_QUESTION_WORD_WEIGHT) if place in asking else word)
        place += len(word.folded) + 1
    others = sum(word.weight == 1.0 for word in weighed)
    return weighed if others >= _FEWEST_OTHERS else list(words)


# What the query box takes: words, "phrases", -without, one OR another. Everything else is a word, too.

Clause = Word | Phrase
_QUOTES = dict.fromkeys(map(ord, '"“”„«»'))
# A quoted phrase, its closing mark maybe forgotten, or whatever stands between spaces.
_ITEM = re.compile(r'(?P<minus>(?<!\S)[-–−])?(?:["“”„«»](?P<phrase>[^"“”„«»]*)["“”„«»]?|(?P<plain>[^\s"“”„«»]+))')
# Each costs a look at every word of many texts. Of further ones only the words are asked for; nobody quotes so much.
MOST_PHRASES = 4
_OR, _AND = frozenset({"OR", "HOẶC", "|"}), frozenset({"AND", "VÀ", "&"})


@dataclass(frozen=True)
class ParsedQuery:
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
class _Item:
    clauses: tuple[Clause, ...]
    unwanted: bool = False
    joins: str = ""


def _items(text: str) -> Iterator[_Item]:
    phrases = 0
    for found in _ITEM.finditer(unicodedata.normalize("NFC", text)):
        phrase, plain = found["phrase"], found["plain"]
        words = words_of(phrase if phrase is not None else plain)
        if not words:
            if plain in _OR:
                yield _Item((), joins="or")
            continue
        if phrase is not None and len(words) > 1:
            phrases += 1
            if phrases <= MOST_PHRASES:
                yield _Item((Phrase(words),), bool(found["minus"]))
            elif not found["minus"]:
                yield _Item(words)
        elif plain in _OR | _AND:
            yield _Item(words, joins="or" if plain in _OR else "and")
        else:
            yield _Item(words, bool(found["minus"]))


def without_quotes(text: str) -> str:
    """Return a text whose words are asked for in any order."""
    return text.translate(_QUOTES)


def parse_query(text: str) -> ParsedQuery:
    """Return what a text asks for. No text is refused; one without any word asks for everything."""
    pieces = list(_items(text))
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
    return ParsedQuery(_with_weights(_without_duplicates(choices)), tuple(dict.fromkeys(unwanted)))


def _add(choices: list[list[Clause]], clauses: tuple[Clause, ...], *, to_last: bool) -> None:
    first, *rest = clauses or (None,)
    if first is None:
        return
    if to_last and choices:
        choices[-1].append(first)
    else:
        choices.append([first])
    choices.extend([clause] for clause in rest)


def _without_duplicates(choices: list[list[Clause]]) -> tuple[tuple[Clause, ...], ...]:
    """Return the choices, what is asked for twice only once."""
    kept: dict[tuple[object, ...], tuple[Clause, ...]] = {}
    for clauses in choices:
        key = tuple((each.folded, each.exact) if isinstance(each, Word) else each for each in clauses)
        kept.setdefault(key, tuple(dict.fromkeys(clauses)))
    return tuple(kept.values())


def _with_weights(choices: tuple[tuple[Clause, ...], ...]) -> tuple[tuple[Clause, ...], ...]:
    single = [clauses[0] for clauses in choices if len(clauses) == 1 and isinstance(clauses[0], Word)]
    words = [word for word in single if isinstance(word, Word)]
    read = dict(zip(map(id, words), weigh_question_words(words), strict=True))
    return tuple(tuple(read.get(id(each), each) for each in clauses) for clauses in choices)
