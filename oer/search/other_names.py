"""Other names of the same thing: abbreviations, loan words and words that mean the same.

They are written one thing to a line, its names joined by " = ": in the file of names that comes with the software, and
in what administrators add to it. Asking for one name finds texts that have another one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from oer.backends.search import Phrase, Word
from oer.vietnamese.keys import keys_of, tokens
from oer.vietnamese.marks import has_marks
from oer.vietnamese.syllables import is_plain_syllable

FILE = Path(__file__).parent / "data" / "other_names.txt"
SEPARATOR = "="
# What the words of another name count together, where one that was typed counts 1.
WEIGHT = 0.5
# Each is looked for as a phrase, which takes long in a large index.
MOST_NAMES = 6
_LONGEST_NAME = 8

Keys = tuple[str, ...]


@dataclass(frozen=True)
class Name:
    """One name of a thing."""

    text: str
    folded: Keys
    exact: Keys
    only_in_capitals: bool
    """It is an abbreviation that would be an ordinary syllable in small letters: "VAT" is not "vật"."""

    @property
    def phrase(self) -> Phrase:
        """What an index is asked for it: in this spelling, its words together counting less than one that was typed."""
        weight = WEIGHT / len(self.folded)
        words = zip(self.folded, self.exact, strict=True)
        spelled = (Word(folded, exact, (exact,), weight=weight, typed=exact) for folded, exact in words)
        return Phrase(tuple(spelled), is_other_name=True)

    @property
    def may_be_in_texts(self) -> bool:
        """Whether an index tells it from other words: it knows no capitals, with a few exceptions."""
        return not self.only_in_capitals or self.exact[0].isupper()

    def was_typed(self, words: Sequence[Word]) -> bool:
        """Whether these words, as many as its own and with their folded keys, mean it.

        Diacritics may be left out, unless it is a single syllable that has some: too many others look like it then.
        """
        if self.only_in_capitals and not words[0].in_capitals:
            return False
        if len(words) == 1:
            return words[0].exact == self.exact[0] or not (words[0].exact or self._has_diacritics)
        pairs = zip(words, self.exact, strict=True)
        return all(not word.exact or exact in (word.exact, *word.compatible) for word, exact in pairs)

    @property
    def _has_diacritics(self) -> bool:
        return has_marks(self.text)


@dataclass(frozen=True)
class OtherNames:
    """Things and their names, to be looked up by the words of a query."""

    things: tuple[tuple[Name, ...], ...] = ()
    by_keys: Mapping[Keys, tuple[tuple[Name, tuple[Name, ...]], ...]] = field(default_factory=dict)
    """Folded keys of a name -> the names that have these, each with all names of its thing."""

    @classmethod
    def of(cls, lines: Iterable[str]) -> "OtherNames":
        """Return the names that are written in lines; what is no line of names is left out."""
        things = tuple(filter(None, map(names_in, lines)))
        found: dict[Keys, tuple[tuple[Name, tuple[Name, ...]], ...]] = {}
        for names in things:
            for name in names:
                found[name.folded] = (*found.get(name.folded, ()), (name, names))
        return cls(things, found)

    def beside(self, words: Sequence[Word]) -> list[tuple[range, list[Name]]]:
        """Return which of the words, side by side, are names, the longest first, and what else these are called."""
        found, at = [], 0
        while at < len(words):
            length, names = self._longest_at(words, at)
            if names:
                found.append((range(at, at + length), names))
            at += length
        return found

    def _longest_at(self, words: Sequence[Word], at: int) -> tuple[int, list[Name]]:
        for length in range(min(_LONGEST_NAME, len(words) - at), 0, -1):
            typed = words[at : at + length]
            names = self._also_called(typed) or self._also_called([word.fallback or word for word in typed])
            if names:
                return length, names
        return 1, []

    def _also_called(self, words: Sequence[Word]) -> list[Name]:
        """Return what else is called what these words are; not what has all of them, because that is found anyway."""
        keys = tuple(word.folded for word in words)
        things = (names for name, names in self.by_keys.get(keys, ()) if name.was_typed(words))
        others = {name.exact: name for names in things for name in names if name.may_be_in_texts}
        return [name for name in others.values() if not _within(keys, name.folded)][:MOST_NAMES]


def _within(some: Keys, keys: Keys) -> bool:
    """Whether these keys follow one another among others."""
    return any(keys[at : at + len(some)] == some for at in range(len(keys) - len(some) + 1))


NONE = OtherNames()


def names_in(line: str) -> tuple[Name, ...]:
    """Return the names that a line says are the same thing, each once; none if it does not name two."""
    names: dict[Keys, Name] = {}
    for text in line.partition("#")[0].split(SEPARATOR):
        name = _name(" ".join(text.split()))
        if name.folded:
            names.setdefault(name.exact, name)
    return tuple(names.values()) if len(names) > 1 else ()


def _name(text: str) -> Name:
    keys = [keys_of(token) for token in tokens(text)]
    folded = tuple(each.folded for each in keys)
    in_capitals = len(folded) == 1 and text.isupper() and is_plain_syllable(folded[0])
    return Name(text, folded, tuple(each.exact for each in keys), in_capitals and not has_marks(text))


@cache
def shipped_lines() -> tuple[str, ...]:
    """Return the lines of the file that comes with the software."""
    return tuple(line for line in FILE.read_text(encoding="utf-8").splitlines() if names_in(line))


@cache
def shipped_names() -> OtherNames:
    """Return the names that come with the software."""
    return OtherNames.of(shipped_lines())
