"""The query language: words, "phrases", -excluded, one OR another. Everything else is a word, too.

There are no fields, wildcards, ranges or parentheses: whatever looks like one is read as text. Parsing takes time
in proportion to the length of the text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from oer.backends.search import Phrase, Word
from oer.search.other_names import NONE, Name, OtherNames
from oer.vietnamese.keys import CAPITALS, TOKEN, keys_of, tokens
from oer.vietnamese.marks import compatible_spellings, has_marks, usual_letters, with_usual_d
from oer.vietnamese.syllables import is_syllable
from oer.vietnamese.typos import telex_reading, typo_candidates

Clause = Word | Phrase
# Each phrase means looking at every word of many texts. Of further ones only the words are searched for; nobody quotes
# so much.
MOST_PHRASES = 4
_QUOTES = dict.fromkeys(map(ord, '"“”„«»'))
# A quoted phrase, its closing quote maybe forgotten, or whatever is between spaces.
_ITEM = re.compile(r'(?P<minus>(?<!\S)[-–−])?(?:["“”„«»](?P<phrase>[^"“”„«»]*)["“”„«»]?|(?P<plain>[^\s"“”„«»]+))')
_OR, _AND = frozenset({"OR", "HOẶC", "|"}), frozenset({"AND", "VÀ", "&"})
# Words that only make a question out of others, folded because many type them without diacritics. Texts do not repeat
# them.
_QUESTION_WORDS = re.compile(
    r"\b(?:bao (?:nhieu|lau|gio)|la (?:cai )?gi|(?:nhung |cai )?gi|(?:khi|the|loai|nguoi|nam) nao|nhu the nao|nao"
    r"|(?:tai|vi|(?:phai )?lam) sao|(?:phai )?lam (?:gi|the nao)|o dau|(?:la |nhung )?ai"
    r"|what|who|whom|whose|when|where|why|which|how (?:many|much|long)|how)\b"
)
_QUESTION_WORD_WEIGHT = 0.3
# With fewer other words each may be meant: "ai" in a short query may be "AI".
_FEWEST_OTHERS = 3


@dataclass(frozen=True)
class ParsedQuery:
    """A query as it was understood."""

    must: tuple[tuple[Clause, ...], ...]
    """Each inner tuple is a choice (OR)."""
    must_not: tuple[Clause, ...]
    other_names: tuple[Name, ...] = ()
    """What was typed is called so, too: these are among the choices."""

    @property
    def words(self) -> tuple[Word, ...]:
        """The words that hits should have, those of phrases too: what is highlighted in them."""
        return tuple(
            word
            for choice in self.must
            for clause in choice
            for word in (clause.words if isinstance(clause, Phrase) else (clause,))
        )


def parse_query(text: str, names: OtherNames = NONE) -> ParsedQuery:
    """Return what a text asks for, under other names too. None is refused; one without any word asks for everything."""
    items = list(_items(text))
    choices: list[list[Clause]] = []
    must_not: list[Clause] = []
    joining = False
    for at, item in enumerate(items):
        between = 0 < at < len(items) - 1 and not items[at - 1].excluded
        if item.operator and between and not items[at - 1].operator and not items[at + 1].operator:
            joining = item.operator == "or"
        elif item.excluded:
            must_not.extend(item.clauses)
        else:
            _add(choices, item.clauses, to_last=joining)
            joining = False
    must = _with_implied_spellings(_with_weights(_without_duplicates(choices)))
    must, others = _with_other_names(must, names)
    return ParsedQuery(must, tuple(dict.fromkeys(must_not)), others)


def without_quotes(text: str) -> str:
    """Return a text whose words are searched for in any order."""
    return text.translate(_QUOTES)


def words_of(text: str) -> tuple[Word, ...]:
    """Return the words of a text in reading order."""
    spelled = TOKEN.findall(with_usual_d(usual_letters(text)))
    in_capitals = {each.lower() for each in spelled if len(each) > 1 and each.isupper()}
    return tuple(_word(token, token.lower() in in_capitals) for token in tokens(text))


def _word(spelled: str, in_capitals: bool = False) -> Word:
    """Return what an index is asked for one token (as `tokens` gives it)."""
    keys, token = keys_of(spelled), spelled.lower()
    marked = has_marks(token)
    telex = telex_reading(token)
    return Word(
        folded=keys.folded,
        exact=keys.exact if marked or spelled == CAPITALS else "",
        compatible=compatible_spellings(keys.exact) if marked else (),
        typed=token,
        typo_candidates=partial(typo_candidates, token),
        is_syllable=is_syllable(token),
        in_capitals=in_capitals,
        fallback=_word(telex) if telex else None,
    )


@dataclass(frozen=True)
class _Item:
    """One item of a query's text."""

    clauses: tuple[Clause, ...]
    excluded: bool = False
    operator: str = ""
    """"or" or "and", if it may join the items beside it."""


def _items(text: str) -> Iterator[_Item]:
    phrases, text = 0, usual_letters(text)
    is_shouted = text.isupper() and len(text.split()) > 1
    for found in _ITEM.finditer(text):
        phrase, plain = found["phrase"], found["plain"]
        said = phrase if phrase is not None else plain
        words = words_of(said.lower() if is_shouted else said)
        if not words:
            if plain in _OR:
                yield _Item((), operator="or")
            continue
        if phrase is not None and len(words) > 1:
            phrases += 1
            if phrases <= MOST_PHRASES:
                yield _Item((Phrase(words),), bool(found["minus"]))
            elif not found["minus"]:
                yield _Item(words)
        elif plain in _OR | _AND:
            yield _Item(words, operator="or" if plain in _OR else "and")
        else:
            yield _Item(words, bool(found["minus"]))


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
    kept: dict[tuple[object, ...], tuple[Clause, ...]] = {}
    for clauses in choices:
        key = tuple((each.folded, each.exact) if isinstance(each, Word) else each for each in clauses)
        kept.setdefault(key, tuple(dict.fromkeys(clauses)))
    return tuple(kept.values())


def _with_weights(choices: tuple[tuple[Clause, ...], ...]) -> tuple[tuple[Clause, ...], ...]:
    """Return the choices; words that only make a question of them count less."""
    single = [clauses[0] for clauses in choices if len(clauses) == 1 and isinstance(clauses[0], Word)]
    words = [word for word in single if isinstance(word, Word)]
    weighed = dict(zip(map(id, words), _weigh_question_words(words), strict=True))
    return tuple(tuple(weighed.get(id(each), each) for each in clauses) for clauses in choices)


def _with_implied_spellings(choices: tuple[tuple[Clause, ...], ...]) -> tuple[tuple[Clause, ...], ...]:
    """Return the choices; in a query with diacritics, syllables without any are meant so, if texts spell them so."""
    if not any(isinstance(each, Word) and has_marks(each.typed) for clauses in choices for each in clauses):
        return choices
    return tuple(tuple(map(_implied, clauses)) for clauses in choices)


def _with_other_names(
    choices: tuple[tuple[Clause, ...], ...], names: OtherNames
) -> tuple[tuple[tuple[Clause, ...], ...], tuple[Name, ...]]:
    """Return the choices, beside words that are a name of something its other names; and these names."""
    extended: list[tuple[Clause, ...]] = list(choices)
    found: dict[tuple[str, ...], Name] = {}
    for first, words in _runs_of_words(choices):
        for places, others in names.beside(words):
            phrases = tuple(name.phrase for name in others)
            found |= {name.exact: name for name in others}
            for place in places:
                extended[first + place] = (_as_abbreviation(words[place]), *phrases)
    return tuple(extended), tuple(found.values())


def _as_abbreviation(word: Word) -> Word:
    """Return a word; of a name in capitals that looks like a syllable ("VAT") only this spelling is meant."""
    if not word.in_capitals or word.exact or not word.is_syllable:
        return word
    exact = keys_of(word.typed).exact
    return replace(word, exact=exact, compatible=(exact,))


def _runs_of_words(choices: Sequence[Sequence[Clause]]) -> Iterator[tuple[int, list[Word]]]:
    """Return the single words that stand side by side, as runs, each with the place of its first word."""
    run: list[Word] = []
    for place, clauses in enumerate(choices):
        word = clauses[0] if len(clauses) == 1 else None
        if isinstance(word, Word):
            run.append(word)
        elif run:
            yield place - len(run), run
            run = []
    yield len(choices) - len(run), run


def _implied(clause: Clause) -> Clause:
    if isinstance(clause, Phrase) or clause.exact or not clause.is_syllable:
        return clause
    exact = keys_of(clause.typed).exact
    return replace(clause, exact=exact, compatible=compatible_spellings(exact), spelling_is_implied=True)


def _weigh_question_words(words: Sequence[Word]) -> list[Word]:
    text = " ".join(word.folded for word in words)
    asking = {position for found in _QUESTION_WORDS.finditer(text) for position in range(*found.span())}
    weighed, position = [], 0
    for word in words:
        weighed.append(
            replace(word, weight=_QUESTION_WORD_WEIGHT) if position in asking and not word.in_capitals else word
        )
        position += len(word.folded) + 1
    others = sum(word.weight == 1.0 for word in weighed)
    return weighed if others >= _FEWEST_OTHERS else list(words)
