"""Which sentence of a text answers a query, and what is shown of it.

A text is looked at around places where the index found words of the query, or whole. Of its sentences and lines that
have such words the best is the one with most of them, close together; an entry of a table of contents, a line about
the licence and a row of numbers answer nothing, however many words of the query they have.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

from oer.search.highlighting import Fragment, HighlightTerms, fragments_of, matches_of
from oer.search.passages import Kind, Passage, begin_of_passage, kind_of, passages
from oer.vietnamese.keys import TOKEN, keys_of, keys_of_word, tokens, tokens_from

LENGTH = 220
# How much of a text is looked at around a place: two or three sentences before it, and a paragraph after it.
_BEFORE, _AFTER = 240, 700
# A match further than this from the beginning of its sentence is shown from shortly before it.
_FARTHEST_MATCH, _SHORTLY_BEFORE = 140, 50
_SHORTEST_ANSWER, _SHORTEST_SENTENCE = 70, 20
_MOST_CONSIDERED = 300
# What it counts, where a word of the query counts 1.
_ADJACENT = 0.4
_LOSS_OF_LINE = 0.5
_LOSS = {Kind.SENTENCE: 0.0, Kind.QUESTION: 0.6, Kind.LINE: _LOSS_OF_LINE}
_LOSS_OF_TITLE = 0.2  # a heading with the sentence below it
_SMALL_WEIGHT = 0.3
# Words that are in most sentences and say little by themselves.
_SMALL_WORDS = frozenset(
    keys_of(each).exact
    for each in tokens(
        "là và của có được những các cho với trong thì mà bị ở một khi này đó phải làm sao gì như thế nào từ đến để"
        " không về ra vào lại đã đang sẽ rồi cũng the a an of to in on for and or is are be do how what"
    )
)


@dataclass(frozen=True)
class Answer:
    """A passage of a text that has words of the query."""

    passage: Passage
    kind: Kind
    score: float
    place: int
    """Position of the first word of the query in it."""
    after: Passage | None = None
    """The passage after it, if that is to be read with it: the sentence below a heading."""
    matches: Sequence[re.Match[str]] = ()
    """The words of the query around it, which are highlighted."""

    missed: float = 0.0
    """By how much a passage near by that answers nothing has more of the query."""

    printed: bool = False
    """Whether its text has the lines of a print."""

    @property
    def answers(self) -> bool:
        """Whether showing it tells anybody anything about what was asked: it has at least half of what others have."""
        return self.kind.says_something and self.score >= self.missed

    @property
    def rank(self) -> tuple[bool, float]:
        """What the best answer has most of."""
        return self.kind.says_something, self.score

    @property
    def is_enough(self) -> bool:
        """Whether looking elsewhere is not worth while."""
        return self.answers and self.missed < _ADJACENT


def answer_near(
    text: str, terms: HighlightTerms, word: int, offset: tuple[int, int], *, printed: bool
) -> Answer | None:
    """Return the best passage of a text in NFC around its `word`th word; None if it has no word of the query.

    `offset` is a word before that and the position of its first character, if known.
    """
    at = next((token.start() for token in tokens_from(text, word, offset)), 0)
    start = begin_of_passage(text, max(0, at - _SHORTLY_BEFORE), printed=printed, most=_BEFORE) if at else 0
    return best_answer(text, terms, start, min(len(text), at + _AFTER), printed=printed)


def best_answer(text: str, terms: HighlightTerms, start: int, end: int, *, printed: bool = False) -> Answer | None:
    """Return the best passage between two positions of a text in NFC; None if none has a word of the query."""
    matches = matches_of(TOKEN.finditer(text, start, end), terms)
    if not matches:
        return None
    best: Answer | None = None
    most, at, considered = 0.0, 0, 0
    found = passages(text, start, end, printed=printed)
    for number, passage in enumerate(found):
        while at < len(matches) and matches[at].start() < passage.start:
            at += 1
        own = []
        while at < len(matches) and matches[at].start() < passage.end:
            own.append(matches[at])
            at += 1
        if own and (considered := considered + 1) <= _MOST_CONSIDERED:
            worth = _worth(text, own)
            if best is not None and best.kind.says_something and worth <= best.score:
                continue  # whatever it is: its score is not more than its worth
            answer = _answer(text, passage, found[number + 1 : number + 2], own, worth)
            most = max(most, answer.score)
            if best is None or answer.rank > best.rank:
                best = answer
    return best and replace(best, matches=matches, missed=most - best.score, printed=printed)


def _answer(
    text: str, passage: Passage, following: list[Passage], own: Sequence[re.Match[str]], score: float
) -> Answer:
    """Return a passage as an answer; `score` is what it counts before it is known what it is."""
    kind, after = kind_of(text, passage), None
    if kind is Kind.LINE and following and _stands_above(text, passage, following[0]):
        after = following[0]
        score -= _LOSS_OF_TITLE
    else:
        score -= _LOSS_OF_LINE if passage.end - passage.start < _SHORTEST_SENTENCE else _LOSS.get(kind, 0.0)
    return Answer(passage, kind, score, own[0].start(), after)


def _worth(text: str, own: Sequence[re.Match[str]]) -> float:
    """Return how much of the query a passage has: its distinct words, more if they are side by side."""
    worth, seen, before = 0.0, set[str](), None
    for match in own:
        keys = keys_of_word(match[0])
        if keys.folded not in seen:
            seen.add(keys.folded)
            small = keys.exact in _SMALL_WORDS
            worth += _SMALL_WEIGHT if small else 1.0
            if before is not None and not small and not text[before : match.start()].strip():
                worth += _ADJACENT
        before = match.end()
    return worth


def _stands_above(text: str, heading: Passage, after: Passage) -> bool:
    return "\n" in text[heading.end : after.start] and kind_of(text, after) is Kind.SENTENCE


# What is shown


def shown(text: str, answer: Answer, *, length: int = LENGTH) -> tuple[Fragment, ...]:
    """Return about `length` characters from the beginning of an answer, the query's words highlighted.

    "…" shows where text is left out, never alone on a line.
    """
    begin, passage = answer.passage.start, answer.passage
    if answer.place - begin > _FARTHEST_MATCH:
        begin = text.rfind(" ", begin, answer.place - _SHORTLY_BEFORE) + 1
    end = passage.end
    if answer.kind is not Kind.LINE:
        end = _end_of_what_follows(text, begin, end, length, answer.printed)
    end = min(end, _word_end(text, begin + length))
    found = fragments_of(text, answer.matches, begin, end)
    if answer.after and end == passage.end and end - begin < length:
        stop = _end_of_what_follows(text, begin, answer.after.end, length, answer.printed)
        stop = min(stop, _word_end(text, begin + length))
        found += (Fragment(" – ", False), *fragments_of(text, answer.matches, answer.after.start, stop))
        end = stop
    left = (Fragment("…\u00a0", False),) if text[:begin].strip() else ()
    right = (Fragment("\u00a0…", False),) if text[end:].strip() else ()
    return left + found + right


def _end_of_what_follows(text: str, begin: int, end: int, most: int, printed: bool) -> int:
    """Return where the sentences end that follow a passage, within so many characters from its beginning.

    They are on its line, or on the next one as long as there is too little to understand it by.
    """
    if end < begin + most:
        for each in passages(text, end, min(len(text), begin + most + 80), printed=printed):
            is_apart = "\n" in text[end : each.start] and end - begin >= _SHORTEST_ANSWER
            if is_apart or kind_of(text, each) is not Kind.SENTENCE or each.start >= begin + most:
                break
            end = each.end
    return end


def _word_end(text: str, end: int) -> int:
    if end >= len(text):
        return len(text)
    space = max(text.rfind(" ", 0, end), text.rfind("\n", 0, end))
    return space if space > end - 40 else end


def shown_of_summary(summary: str, terms: HighlightTerms, *, length: int = LENGTH) -> tuple[Fragment, ...]:
    """Return about `length` characters of a summary: its beginning, or from the sentence that has words of the query.

    A summary was written to be read from its beginning: it is left out only where the words are further on.
    """
    text = unicodedata.normalize("NFC", summary)
    end = _word_end(text, length)
    matches = matches_of(TOKEN.finditer(text, 0, end), terms)
    answer = best_answer(text, terms, 0, len(text)) if not matches and end < len(text) else None
    if answer is not None:
        return shown(text, answer, length=length)
    found = fragments_of(text, matches, 0, end)
    return found + ((Fragment("\u00a0…", False),) if text[end:].strip() else ())
