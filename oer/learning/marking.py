"""Marking an answer to a self-check: what was given, whether it is right, and in which order things are shown."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from oer.learning.self_checks import Kind, Number, Question
from oer.vietnamese.keys import keys_of, tokens
from oer.vietnamese.marks import compatible_spellings, has_marks
from oer.vietnamese.typos import telex_reading

IN_A_ROUND = 6
_LONGEST_GIVEN = 300
_FIGURE = re.compile(r"([-−+]?)([\d.,  ]*\d)\s*(.*)$", re.DOTALL)
_GROUPED = re.compile(r"\d{1,3}(?:([., \u00a0])\d{3})(?:\1\d{3})*$")


@dataclass(frozen=True)
class Given:
    """What a reader answered, as the form sent it: words, or the places that were chosen. Empty: nothing."""

    words: str = ""
    places: tuple[int, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was answered; of places a -1 stands for one that was left open."""
        return not self.words and (not self.places or -1 in self.places)


def given_in(question: Question, values_of: Callable[[str], Sequence[str]]) -> Given:
    """Return the answer in a form: `a` for words and choices, `a0`, `a1`, ... for each pair or place of an order.

    Whatever a form cannot have sent is as if it had not been answered.
    """
    most = len(question.options)
    if question.kind in (Kind.NUMBER, Kind.WORDS):
        return Given(words="".join(values_of("a")[:1]).strip()[:_LONGEST_GIVEN])
    if question.kind in (Kind.ONE, Kind.SEVERAL):
        chosen = sorted({place for place in map(_place, values_of("a")) if 0 <= place < most})
        return Given(places=tuple(chosen[:1] if question.kind is Kind.ONE else chosen))
    places = [_place("".join(values_of(f"a{number}")[:1])) for number in range(most)]
    return Given(places=tuple(place if 0 <= place < most else -1 for place in places))


def _place(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1


def is_right(question: Question, given: Given) -> bool:
    """Tell whether an answer is right. There is no nearly right."""
    if given.is_empty:
        return False
    if question.number is not None:
        return is_number(question.number, given.words)
    if question.kind is Kind.WORDS:
        return any(says(given.words, option) for option in question.options)
    if question.kind is Kind.PAIRS:
        return all(
            question.partners[mine] == right for mine, right in zip(given.places, question.partners, strict=True)
        )
    return given.places == (question.right if question.kind is not Kind.ORDER else tuple(range(len(question.options))))


def is_number(right: Number, words: str) -> bool:
    """Tell whether typed words say a number: 2,5 or 2.5, with or without its unit, also 1.200 or 1 200 for 1200."""
    found = _FIGURE.match(words.strip())
    if found is None:
        return False
    unit = "".join(found[3].split()).casefold()
    if unit and unit != "".join(right.unit.split()).casefold():
        return False
    sign = -1 if found[1] in ("-", "−") else 1
    return any(abs(sign * value - right.value) <= right.off for value in _readings(found[2]))


def _readings(figure: str) -> list[Decimal]:
    readings = []
    whole, point, rest = figure, "", ""
    last = max(figure.rfind("."), figure.rfind(","))
    if last >= 0:
        whole, point, rest = figure[:last], figure[last], figure[last + 1 :]
    if rest.isdecimal() == bool(point) and (whole.isdecimal() or (_GROUPED.match(whole) and point not in whole)):
        readings.append(Decimal("".join(filter(str.isdecimal, whole)) + (f".{rest}" if point else "")))
    if _GROUPED.match(figure):
        readings.append(Decimal("".join(filter(str.isdecimal, figure))))
    return readings


def says(typed: str, right: str) -> bool:
    """Tell whether typed words say an accepted answer: without marks, with some of them, in Telex, in any case.

    Marks that were typed have to be right: "má" is not "mà", but "ma" is taken for either.
    """
    given, wanted = tokens(typed), tokens(right)
    if not wanted:
        return " ".join(typed.split()).casefold() == " ".join(right.split()).casefold()
    return len(given) == len(wanted) and all(map(_says_word, given, wanted))


def _says_word(typed: str, right: str) -> bool:
    typed, right = typed.lower(), right.lower()
    if typed == right:
        return True
    readings = [typed] + [reading for reading in [telex_reading(typed)] if reading]
    wanted = keys_of(right)
    for reading in readings:
        keys = keys_of(reading)
        if keys.folded == wanted.folded and (
            not has_marks(reading) or wanted.exact in compatible_spellings(keys.exact)
        ):
            return True
    return False


def shown_order(question: Question) -> list[int]:
    """Return the places of what is matched or ordered as they are shown: mixed, the same each time, never in order."""
    count = len(question.options)
    order = sorted(range(count), key=lambda place: _mixed(question, place))
    return order if order != list(range(count)) else order[1:] + order[:1]


def _mixed(question: Question, place: int) -> bytes:
    return hashlib.blake2b(f"{question.text}\0{question.options[place]}".encode()).digest()


@dataclass(frozen=True)
class Round:
    """A round of up to six questions of a material: where it began, and what came of those that were answered.

    It is all that is known of a reader, and it is in their page alone.
    """

    start: int
    results: str
    count: int

    @property
    def total(self) -> int:
        """How many questions it has."""
        return min(self.count, IN_A_ROUND)

    @property
    def is_over(self) -> bool:
        """Whether all of them have been answered."""
        return len(self.results) >= self.total

    @property
    def number(self) -> int:
        """The number of the question that is next, from 1."""
        return len(self.results) + 1

    def place(self, number: int) -> int:
        """Return the place among the material's questions of the one with a number in this round."""
        return (self.start + number - 1) % self.count

    def after(self, *, right: bool) -> "Round":
        """Return the round after one more answer."""
        return Round(self.start, self.results + ("1" if right else "0"), self.count)

    @property
    def next_start(self) -> int:
        """Where the next round begins."""
        return (self.start + self.total) % self.count


def read_round(values: Mapping[str, str], count: int) -> Round:
    """Return the round that a form or an address tells of; what it cannot tell of begins anew."""
    start, results = values.get("start", ""), values.get("so_far", "")
    known = re.fullmatch(r"[01]*", results) is not None and len(results) <= min(count, IN_A_ROUND)
    return Round(max(_place(start), 0) % count, results if known else "", count)
