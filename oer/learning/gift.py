r"""GIFT, the text format in which Moodle and others exchange questions: read and written.

GIFT knows neither units, nor orders, nor what to read again. These stand in comments that others skip (`// oer-unit:`,
`// oer-again:`, `// oer-order`), and an order is written as pairs of a number and its step: nothing is lost here, and
something of use arrives elsewhere. A backslash stands before a sign that would mean something.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from oer.core.i18n import N_
from oer.learning.self_checks import ARROW, Fault, Kind, Number, Question, read_number, shown_number

LEFT_OUT_FEEDBACK = N_("The words on a single answer were left out: here a question has one explanation.")
_NO_ANSWERS = N_("A text without answers was left out.")
_ESSAY = N_("A question with a free answer was left out.")
_NOT_CLOSED = N_("A question whose braces do not match was left out.")
_FORMATTED = N_("A question in HTML or Markdown was left out.")
_GAP = N_("A question with a gap in a sentence was left out.")
_SHARES = N_("A question in which an answer counts for a part was left out.")
_UNREADABLE = N_("A question whose answers cannot be read was left out.")
_CATEGORY = N_("A category was left out.")

_COMMENT = re.compile(r"//\s*oer-(unit|again|order)\b:?\s*(.*)$")
_FORMAT = re.compile(r"\[(html|markdown|moodle|plain)\]", re.IGNORECASE)
_TITLE = re.compile(r"::(?:\\.|[^:\\]|:(?!:))*::\s*", re.DOTALL)
_SHARE = re.compile(r"%(-?\d+(?:\.\d+)?)%")
_TRUTH = {"T": 0, "TRUE": 0, "F": 1, "FALSE": 1}
_SPAN = re.compile(r"(-?[\d.]+)\s*\.\.\s*(-?[\d.]+)$")
_ESCAPED, _MEANING = re.compile(r"([~=#{}:\\])"), re.compile(r"\\(.)", re.DOTALL)
# An escaped sign while answers are taken apart: one letter of a private area for each.
_SIGNS = "~=#{}:\\n"
_HIDDEN = {sign: chr(0xE000 + place) for place, sign in enumerate(_SIGNS)}
_SHOWN = {ord(hidden): " " if sign == "n" else sign for sign, hidden in _HIDDEN.items()}


@dataclass
class _Block:
    """The lines of one question, with the line on which it begins, and what comments say of it."""

    line: int
    text: str = ""
    notes: dict[str, str] = field(default_factory=dict)


class _LeftOut(Exception):
    """A question that is not taken, with the reason."""


def read_gift(text: str, true_and_false: tuple[str, str]) -> tuple[list[Question], list[Fault]]:
    """Return the questions of a GIFT file, and what of it was left out, each with its line and the reason.

    `true_and_false` are the words of the two choices that a question with T or F becomes.
    """
    questions: list[Question] = []
    left_out: list[Fault] = []
    for block in _blocks(text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")):
        if block.text.startswith("$CATEGORY"):
            left_out.append(Fault(block.line, _CATEGORY))
            continue
        try:
            question, has_feedback = _read_block(block, true_and_false)
        except _LeftOut as reason:
            left_out.append(Fault(block.line, str(reason)))
            continue
        if has_feedback:
            left_out.append(Fault(block.line, LEFT_OUT_FEEDBACK))
        questions.append(question)
    return questions, left_out


def _blocks(text: str) -> Iterator[_Block]:
    block: _Block | None = None
    notes: dict[str, str] = {}
    for number, line in enumerate([*text.split("\n"), ""], 1):
        if line.strip().startswith("//"):
            if note := _COMMENT.match(line.strip()):
                notes[note[1]] = _MEANING.sub(r"\1", note[2]).strip()
            continue
        if line.strip():
            block = block or _Block(number)
            block.text += f"{line}\n"
        elif block:
            yield _Block(block.line, block.text.strip(), notes)
            block, notes = None, {}


def _hide(found: re.Match[str]) -> str:
    return _HIDDEN.get(found[1], found[1])


def _words(hidden: str) -> str:
    return " ".join(hidden.translate(_SHOWN).split())


def _read_block(block: _Block, true_and_false: tuple[str, str]) -> tuple[Question, bool]:
    text = _MEANING.sub(_hide, block.text)
    text = _TITLE.sub("", text, count=1) if text.startswith("::") else text
    marked = _FORMAT.match(text)
    if marked and marked[1].lower() in ("html", "markdown"):
        raise _LeftOut(_FORMATTED)
    text = text[marked.end() :] if marked else text
    if "{" not in text and "}" not in text:
        raise _LeftOut(_NO_ANSWERS)
    if text.count("{") != 1 or text.count("}") != 1 or text.index("}") < text.index("{"):
        raise _LeftOut(_NOT_CLOSED)
    asked, _, rest = text.partition("{")
    inside, _, behind = rest.partition("}")
    if behind.strip():
        raise _LeftOut(_GAP)
    answers, _, why = inside.partition("####")
    if not asked.strip():
        raise _LeftOut(_UNREADABLE)
    return _question(block, _words(asked), answers.strip(), _words(why), true_and_false)


def _question(
    block: _Block, asked: str, answers: str, why: str, true_and_false: tuple[str, str]
) -> tuple[Question, bool]:
    again = block.notes.get("again", "")
    if not answers:
        raise _LeftOut(_ESSAY)
    if answers.startswith("#"):
        number, has_feedback = _number(answers[1:].strip(), block.notes.get("unit", ""))
        return Question(Kind.NUMBER, asked, number=number, why=why, again=again), has_feedback
    truth, *feedback = answers.split("#")
    if truth.strip().upper() in _TRUTH:
        right = (_TRUTH[truth.strip().upper()],)
        return Question(Kind.ONE, asked, true_and_false, right, why=why, again=again), bool(feedback)
    read = _Answers(answers)
    kind, options, places, partners = read.told(is_order="order" in block.notes)
    return Question(kind, asked, options, places, partners, None, why, again), read.has_feedback


class _Answers:
    """The answers between the braces: which sign each begins with, how much it counts, its words."""

    def __init__(self, answers: str) -> None:
        if answers[0] not in "=~":
            raise _LeftOut(_UNREADABLE)
        self.signs: list[str] = []
        self.shares: list[Decimal | None] = []
        self.words: list[str] = []
        self.has_feedback = False
        for sign, body in re.findall(r"([=~])([^=~]*)", answers):
            words, hash_, _feedback = body.partition("#")
            share = _SHARE.match(words.strip())
            self.signs.append(sign)
            self.shares.append(Decimal(share[1]) if share else None)
            self.words.append(_words(words.strip()[share.end() :] if share else words))
            self.has_feedback |= bool(hash_)

    def told(self, *, is_order: bool) -> tuple[Kind, tuple[str, ...], tuple[int, ...], tuple[str, ...]]:
        """Return the kind of question that they make, its options, which are right, and their partners."""
        options, only = tuple(self.words), set(self.signs)
        if not all(options):
            raise _LeftOut(_UNREADABLE)
        if only == {"="} and all(ARROW in words for words in options):
            sides = [tuple(side.strip() for side in words.split(ARROW, 1)) for words in options]
            partners = tuple(other for _left, other in sides)
            return (
                (Kind.ORDER, partners, (), ()) if is_order else (Kind.PAIRS, tuple(s[0] for s in sides), (), partners)
            )
        if "=" in self.signs and any(share not in (None, 100, 0) for share in self.shares):
            raise _LeftOut(_SHARES)
        if only == {"="}:
            return Kind.WORDS, options, (), ()
        if "=" in self.signs:
            return Kind.ONE, options, tuple(place for place, sign in enumerate(self.signs) if sign == "="), ()
        right = tuple(place for place, share in enumerate(self.shares) if share and share > 0)
        if not right:
            raise _LeftOut(_UNREADABLE)
        return Kind.SEVERAL, options, right, ()


def _number(answer: str, unit: str) -> tuple[Number, bool]:
    answer, hash_, _feedback = answer.partition("#")
    answer = answer.removeprefix("=").strip()
    if "=" in answer or "~" in answer or "%" in answer:
        raise _LeftOut(_SHARES)
    answer = answer.translate(_SHOWN)
    if span := _SPAN.match(answer):
        low, high = (_figure(part) for part in span.groups())
        return Number((low + high) / 2, abs(high - low) / 2, unit), bool(hash_)
    value, _, off = answer.partition(":")
    return Number(_figure(value), abs(_figure(off or "0")), unit), bool(hash_)


def _figure(text: str) -> Decimal:
    read = read_number(text.strip())
    if read is None or read.unit or read.off:
        raise _LeftOut(_UNREADABLE)
    return read.value


def write_gift(questions: Sequence[Question]) -> str:
    """Return questions as a GIFT file."""
    return "\n\n".join("\n".join(_lines_of(question)) for question in questions) + ("\n" if questions else "")


def _escaped(text: str) -> str:
    return _ESCAPED.sub(r"\\\1", text)


def _lines_of(question: Question) -> Iterator[str]:
    if question.number and question.number.unit:
        yield f"// oer-unit: {_escaped(question.number.unit)}"
    if question.again:
        yield f"// oer-again: {_escaped(question.again)}"
    if question.kind is Kind.ORDER:
        yield "// oer-order"
    # The mark keeps words such as "[html]", "$CATEGORY" or "//" at the beginning from being taken for signs.
    yield f"[plain]{_escaped(question.text)} {{"
    yield from _answer_lines(question)
    if question.why:
        yield f"####{_escaped(question.why.replace(chr(10), ' '))}"
    yield "}"


def _answer_lines(question: Question) -> Iterator[str]:
    if question.number is not None:
        value, off = (shown_number(each, ".") for each in (question.number.value, question.number.off))
        yield f"#{value}:{off}"
    share = f"{100 / len(question.right):.5f}".rstrip("0").rstrip(".") if question.right else ""
    for place, option in enumerate(question.options):
        words, is_right = _escaped(option), place in question.right
        if question.kind is Kind.SEVERAL:
            yield f"~%{share if is_right else -100}%{words}"
        elif question.kind is Kind.PAIRS:
            yield f"={words} {ARROW} {_escaped(question.partners[place])}"
        elif question.kind is Kind.ORDER:
            yield f"={place + 1} {ARROW} {words}"
        else:
            yield f"{'=' if is_right or question.kind is Kind.WORDS else '~'}{words}"
