"""Self-checks of a material: the questions, and the plain text in which educators write them.

A question begins with `?`; below it stand its answers in one of six forms, then, if wanted, `!` with the explanation
and `@` with the place to read again. docs/self-checks.md describes the text for people. `parse` names every fault at
once; `write` gives a text that `parse` reads as the same questions.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from oer.core.errors import Invalid
from oer.core.i18n import N_

MOST_LETTERS, MOST_QUESTIONS, MOST_ANSWERS = 20_000, 50, 10
_LONGEST = {"?": 500, "!": 1000, "@": 200}
_LONGEST_ANSWER = 300
ARROW = "->"
EXAMPLE = {
    "vi": """\
? Hộp cơm bằng nhựa dính dầu, rửa sơ được, bỏ vào nhóm nào?
(x) Tái chế được
( ) Thức ăn thừa
( ) Rác khác
! Hộp không rửa được mới là rác khác.
@ Trang 4: nhóm tái chế

? Những thứ nào là rác nguy hại?
[x] Pin
[x] Bóng đèn
[ ] Vỏ chuối

? Máy lạnh 900 W chạy 3 giờ tốn bao nhiêu điện?
# 2,7 kWh ± 0,1

? Thành phố nào đông dân nhất Việt Nam?
= Thành phố Hồ Chí Minh
= Sài Gòn

? Thứ nào bỏ vào nhóm nào?
Pin -> Rác nguy hại
Vỏ chuối -> Thức ăn thừa

? Làm gì trước, làm gì sau?
1. Đổ hết thức ăn
2. Tráng qua nước
3. Ép dẹp
""",
    "en": """\
? A greasy plastic lunch box that can be rinsed: which group?
(x) Recyclable
( ) Food waste
( ) Other waste
! Only a box that cannot be rinsed is other waste.
@ Page 4: recyclables

? Which of these are hazardous?
[x] Batteries
[x] Lamps
[ ] Banana peel

? How much does an air conditioner of 900 W use in 3 hours?
# 2.7 kWh ± 0.1

? Which is the largest city of Viet Nam?
= Ho Chi Minh City
= Saigon

? What goes where?
Battery -> Hazardous waste
Banana peel -> Food waste

? What comes first, what next?
1. Empty it
2. Rinse it
3. Press it flat
""",
}


class Kind(StrEnum):
    """How a question is answered."""

    ONE = "one"
    SEVERAL = "several"
    NUMBER = "number"
    WORDS = "words"
    PAIRS = "pairs"
    ORDER = "order"


@dataclass(frozen=True)
class Number:
    """A right number: how far one may be off, and the unit, "" for none."""

    value: Decimal
    off: Decimal = Decimal(0)
    unit: str = ""


@dataclass(frozen=True)
class Question:
    """One question. Which of the fields below `kind` are filled follows from it.

    `options` are the choices, the accepted words, the left sides of the pairs, or what is to be ordered, in the right
    order. `right` are the places of the right choices; `partners` the right sides, each beside its left one.
    """

    kind: Kind
    text: str
    options: tuple[str, ...] = ()
    right: tuple[int, ...] = ()
    partners: tuple[str, ...] = ()
    number: Number | None = None
    why: str = ""
    again: str = ""


@dataclass(frozen=True)
class Fault:
    """What is wrong in a line: a message to be translated, and its values."""

    line: int
    reason: str
    values: dict[str, str | int] = field(default_factory=dict)


class FaultyText(Invalid):
    """A text of questions that cannot be kept, with all its faults."""

    status = 422

    def __init__(self, faults: Sequence[Fault]) -> None:
        first = faults[0]
        super().__init__(first.reason, code="faulty_self_check", field="text", **first.values)
        self.faults = list(faults)


TOO_LONG = N_("The text is longer than %(most)s characters.")
TOO_MANY = N_("There are more than %(most)s questions.")
_TOO_LONG_LINE = N_("At most %(most)s characters fit into this line.")
_NO_QUESTION = N_("A question has to come first, in a line that begins with “?”.")
_NOTHING_ASKED = N_("Nothing follows the sign at the beginning of this line.")
_TWICE = N_("This question has such a line already.")
_UNKNOWN = N_(
    "It cannot be told what this line is. Begin it with ?, ( ), [ ], =, #, 1., ! or @, or put -> between a pair."
)
_MIXED = N_("The answers of one question have to be of one kind.")
_NO_ANSWERS = N_("This question has no answers.")
_TOO_FEW = N_("This question needs at least two answers.")
_TOO_MANY_ANSWERS = N_("This question has more than %(most)s answers.")
_ONE_RIGHT = N_("Mark exactly one answer as right with (x). For several, use [x] and [ ].")
_SOME_RIGHT = N_("Mark at least one answer as right with [x].")
_SAME = N_("This answer stands here already.")
_ARROWS = N_("Write a pair with one ->, and words on both sides of it.")
_NUMBER = N_(
    "This is no number that can be read. Write it as 2,7 or 2,7 kWh or 2,7 kWh ± 0,1, without dots for thousands."
)
_ONE_NUMBER = N_("A question has one number only.")
_SEQUENCE = N_("Number the lines one after the other: %(number)s is expected here.")

_CHOICE = re.compile(r"([(\[])\s*([xX]?)\s*([)\]])(?:\s+(.*))?$")
_ORDERED = re.compile(r"(\d{1,3})\.(?:\s+(.*))?$")
_FIGURE = r"-?\d{1,12}(?:[.,]\d{1,9})?"
_NUMBER_LINE = re.compile(rf"({_FIGURE})(?:\s*([^\s\d.,±+-][^±]{{0,29}}?))?(?:\s*(?:±|\+-|\+/-)\s*({_FIGURE}))?$")


@dataclass
class _Draft:
    """A question while its lines are read."""

    line: int
    text: str
    kind: Kind | None = None
    answers: list[tuple[int, str, bool]] = field(default_factory=list)
    number: Number | None = None
    why: list[str] = field(default_factory=list)
    again: str = ""


def parse(text: str) -> list[Question]:
    """Return the questions of a text. Raises FaultyText with every fault, in the order of the lines."""
    if len(text) > MOST_LETTERS:
        raise FaultyText([Fault(1, TOO_LONG, {"most": MOST_LETTERS})])
    reader = _Reader()
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), 1):
        reader.read(number, " ".join(line.replace("\0", " ").split()))
    questions = [reader.finished(draft) for draft in reader.drafts]
    if len(questions) > MOST_QUESTIONS:
        reader.fault(reader.drafts[MOST_QUESTIONS].line, TOO_MANY, most=MOST_QUESTIONS)
    if reader.faults:
        raise FaultyText(sorted(reader.faults, key=lambda fault: fault.line))
    return questions


class _Reader:
    """Reads line by line, and keeps what is wrong."""

    def __init__(self) -> None:
        self.drafts: list[_Draft] = []
        self.faults: list[Fault] = []

    def fault(self, line: int, reason: str, **values: str | int) -> None:
        self.faults.append(Fault(line, reason, values))

    def read(self, number: int, line: str) -> None:
        """Take in a line, its blanks made single."""
        if not line:
            return
        sign, rest = line[0], line[1:].strip()
        if sign in _LONGEST and self._is_too_long(number, rest, _LONGEST[sign]):
            rest = rest[: _LONGEST[sign]]
        if sign == "?":
            self.drafts.append(_Draft(number, rest))
            if not rest:
                self.fault(number, _NOTHING_ASKED)
        elif not self.drafts:
            self.fault(number, _NO_QUESTION)
        elif sign in "!@":
            self._read_beside(self.drafts[-1], number, sign, rest)
        else:
            self._read_answer(self.drafts[-1], number, line)

    def _is_too_long(self, number: int, text: str, most: int) -> bool:
        if len(text) > most:
            self.fault(number, _TOO_LONG_LINE, most=most)
        return len(text) > most

    def _read_beside(self, draft: _Draft, number: int, sign: str, rest: str) -> None:
        if not rest:
            self.fault(number, _NOTHING_ASKED)
        elif sign == "!":
            draft.why.append(rest)
        elif draft.again:
            self.fault(number, _TWICE)
        else:
            draft.again = rest

    def _read_answer(self, draft: _Draft, number: int, line: str) -> None:
        kind, words, right = self._answer_of(draft, number, line)
        if kind is None:
            return
        if draft.kind is not None and draft.kind is not kind:
            self.fault(number, _MIXED)
            return
        draft.kind = kind
        if not words:
            self.fault(number, _NOTHING_ASKED)
        elif kind is Kind.NUMBER:
            self._read_number(draft, number, words)
        elif not self._is_too_long(number, words, _LONGEST_ANSWER):
            if any(words.casefold() == other.casefold() for _line, other, _right in draft.answers):
                self.fault(number, _SAME)
            draft.answers.append((number, words, right))

    def _answer_of(self, draft: _Draft, number: int, line: str) -> tuple[Kind | None, str, bool]:
        choice = _CHOICE.match(line)
        if choice and (choice[1] == "(") == (choice[3] == ")"):
            return Kind.ONE if choice[1] == "(" else Kind.SEVERAL, choice[4] or "", bool(choice[2])
        if line[0] in "=#":
            return Kind.WORDS if line[0] == "=" else Kind.NUMBER, line[1:].strip(), True
        if ordered := _ORDERED.match(line):
            expected = len(draft.answers) + 1
            if int(ordered[1]) != expected:
                self.fault(number, _SEQUENCE, number=expected)
            return Kind.ORDER, ordered[2] or "", True
        if ARROW in line:
            sides = [side.strip() for side in line.split(ARROW)]
            if len(sides) == 2 and all(sides):
                return Kind.PAIRS, f"{sides[0]} {ARROW} {sides[1]}", True
            self.fault(number, _ARROWS)
        else:
            self.fault(number, _UNKNOWN)
        draft.kind = draft.kind or (Kind.PAIRS if ARROW in line else None)
        return None, "", False

    def _read_number(self, draft: _Draft, number: int, words: str) -> None:
        read = read_number(words)
        if read is None:
            self.fault(number, _NUMBER)
        elif draft.number is not None:
            self.fault(number, _ONE_NUMBER)
        else:
            draft.number = read

    def finished(self, draft: _Draft) -> Question:
        """Return a question whose lines were all read, and note what is missing."""
        answers, kind = draft.answers, draft.kind or Kind.WORDS
        if draft.kind is None:
            self.fault(draft.line, _NO_ANSWERS)
        right = tuple(place for place, (_line, _words, is_right) in enumerate(answers) if is_right)
        if kind is Kind.ONE and len(right) != 1:
            self.fault(draft.line, _ONE_RIGHT)
        if kind is Kind.SEVERAL and not right:
            self.fault(draft.line, _SOME_RIGHT)
        if draft.kind and kind not in (Kind.NUMBER, Kind.WORDS) and len(answers) < 2:
            self.fault(draft.line, _TOO_FEW)
        if len(answers) > MOST_ANSWERS:
            self.fault(answers[MOST_ANSWERS][0], _TOO_MANY_ANSWERS, most=MOST_ANSWERS)
        options = tuple(words for _line, words, _right in answers)
        partners: tuple[str, ...] = ()
        if kind is Kind.PAIRS:
            sides = [words.split(f" {ARROW} ") for words in options]
            options, partners = tuple(left for left, _ in sides), tuple(other for _, other in sides)
            self._find_same(answers, options)
        chosen = right if kind in (Kind.ONE, Kind.SEVERAL) else ()
        return Question(kind, draft.text, options, chosen, partners, draft.number, "\n".join(draft.why), draft.again)

    def _find_same(self, answers: list[tuple[int, str, bool]], options: tuple[str, ...]) -> None:
        before: set[str] = set()
        for (line, _words, _right), option in zip(answers, options, strict=True):
            if option.casefold() in before:
                self.fault(line, _SAME)
            before.add(option.casefold())


def read_number(words: str) -> Number | None:
    """Return the number that a line of the text gives, with its unit and how far one may be off; None if it is none."""
    found = _NUMBER_LINE.match(words)
    if found is None:
        return None
    value, off = (Decimal((part or "0").replace(",", ".")) for part in (found[1], found[3]))
    return Number(value, abs(off), (found[2] or "").strip())


def shown_number(value: Decimal, point: str = ",") -> str:
    """Return a number as it is written in the text."""
    return f"{value:f}".replace(".", point)


def write(questions: Sequence[Question]) -> str:
    """Return the text of questions, "" for none."""
    return "\n\n".join("\n".join(_lines_of(question)) for question in questions) + ("\n" if questions else "")


def _lines_of(question: Question) -> Iterator[str]:
    yield f"? {question.text}"
    yield from _answer_lines(question)
    for line in question.why.split("\n") if question.why else ():
        yield f"! {line}"
    if question.again:
        yield f"@ {question.again}"


def _answer_lines(question: Question) -> Iterator[str]:
    marks = {Kind.ONE: ("(", ")"), Kind.SEVERAL: ("[", "]")}
    if question.number is not None:
        number = question.number
        unit = f" {number.unit}" if number.unit else ""
        yield f"# {shown_number(number.value)}{unit}" + (f" ± {shown_number(number.off)}" if number.off else "")
    for place, option in enumerate(question.options):
        if question.kind in marks:
            begin, end = marks[question.kind]
            yield f"{begin}{'x' if place in question.right else ' '}{end} {option}"
        elif question.kind is Kind.PAIRS:
            yield f"{option} {ARROW} {question.partners[place]}"
        else:
            yield f"{place + 1}. {option}" if question.kind is Kind.ORDER else f"= {option}"
