"""What the text of a file offers for its own description: a summary, outcomes, keywords, codes of vocabularies.

Pure functions over the beginning of a text, as extraction left it. They rather find nothing than something odd: what
they give is shown to its author as a suggestion, never kept unasked.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from oer.core.text import clean_line
from oer.vietnamese.keys import folded_text, tokens
from oer.vocabularies import Scheme, Term

READ_CHARACTERS = 20_000
_SUMMARY_CHARACTERS, _SHORTEST_SUMMARY = 400, 60
_MOST_OUTCOMES, _LONGEST_OUTCOME, _SHORTEST_OUTCOME = 8, 200, 8
_MOST_KEYWORDS, _FEWEST_TIMES, _FEWEST_TIMES_IF_KNOWN = 6, 3, 2
_LONGEST_TITLE, _SHORTEST_TITLE = 120, 8

_SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”’»)]*\s+(?=[\"“‘«(]*[^\W\d_a-zà-ỹ])")
_MARK = re.compile(r"^\s*(?:[-–—•*▪●○◦✓✔☐□]|\(?\d{1,2}[.)]|[a-zđ][.)])\s*")
_RIGHTS = re.compile(
    r"©|https?://|www\.|@|\bISBN\b|CC[ -]BY|Creative Commons|giấy phép|bản quyền|copyright|all rights", re.IGNORECASE
)
_ABOUT = re.compile(
    r"^(?:tóm tắt|giới thiệu|lời nói đầu|lời giới thiệu|mở đầu|abstract|summary|introduction)\W*$", re.IGNORECASE
)
_AIMS = re.compile(
    r"^(?:\W|\d)*(?:mục tiêu|kết quả (?:học tập|cần đạt)|yêu cầu cần đạt|chuẩn đầu ra"
    r"|(?:học|đọc|nghe|xem) xong"
    r"|sau (?:bài|buổi|khóa|chương|phần|khi học)|(?:bạn|người học|học viên|học sinh) sẽ (?:biết|làm|có thể)"
    r"|(?:learning )?(?:outcomes|objectives)|after (?:this|the|reading)|(?:you|learners) will (?:be able|learn|know))",
    re.IGNORECASE,
)
_LONGEST_AIMS_HEADING = 120
_LINE_OF_A_PAGE = 60


def paragraphs(text: str) -> Iterator[str]:
    """Give the paragraphs of a text, each on one line: lines that a page broke are joined, entries of lists are not."""
    for block in re.split(r"\n\s*\n", text):
        joined = ""
        for line in map(str.strip, block.split("\n")):
            if joined and not _goes_on(joined, line):
                yield joined
                joined = ""
            joined = f"{joined} {line}".strip()
        if joined.strip():
            yield joined


def _goes_on(before: str, line: str) -> bool:
    """Tell whether a line goes on with the one before: a heading is short, and a sentence goes on in small letters."""
    if _MARK.match(line) or before.endswith((".", "!", "?", ":", ";")):
        return False
    return len(before) >= _LINE_OF_A_PAGE or line[:1].islower()


def title_in(text: str) -> str:
    """Return the first line of a text if it looks like a title, "" otherwise."""
    lines = [line.strip() for line in text[:2000].split("\n") if line.strip()]
    if len(lines) < 2:
        return ""
    line = clean_line(re.sub(r"^#+\s*", "", lines[0]))
    is_title = _SHORTEST_TITLE <= len(line) <= _LONGEST_TITLE and line[-1] not in ".,;:!" and " " in line
    return line if is_title and not _RIGHTS.search(line) and not _MARK.match(line) and line[0].isupper() else ""


def summary_in(text: str) -> str:
    """Return the first sentences of running text: those below a heading such as "Giới thiệu", else the first at all."""
    found = list(paragraphs(text[:READ_CHARACTERS]))
    below = [found[place + 1 :][:3] for place, each in enumerate(found) if _ABOUT.match(each)]
    for each in [*(line for lines in below for line in lines), *found[:40]]:
        if summary := _first_sentences(each):
            return summary
    return ""


def _first_sentences(paragraph: str) -> str:
    line = clean_line(paragraph)
    if len(line) < _SHORTEST_SUMMARY or _MARK.match(paragraph) or _RIGHTS.search(line) or not line[0].isupper():
        return ""
    letters = sum(letter.isalpha() or letter == " " for letter in line)
    if letters < 0.85 * len(line) or line.isupper() or line[-1] not in '.!?…”"':
        return ""
    kept = ""
    for sentence in _SENTENCE_END.split(line):
        if kept and len(kept) + len(sentence) > _SUMMARY_CHARACTERS:
            break
        kept = f"{kept} {sentence}".strip()
    return kept if _SHORTEST_SUMMARY <= len(kept) <= 2 * _SUMMARY_CHARACTERS else ""


def outcomes_in(text: str) -> list[str]:
    """Return what stands below a heading such as "Mục tiêu" or "Học xong, bạn có thể:", an entry for each line."""
    lines = text[:READ_CHARACTERS].split("\n")
    for place, line in enumerate(lines):
        if len(line) <= _LONGEST_AIMS_HEADING and _AIMS.match(line.strip()):
            found = list(_entries(lines[place + 1 :]))
            if len(found) > 1:
                return found[:_MOST_OUTCOMES]
    return []


def _entries(lines: Iterable[str]) -> Iterator[str]:
    """Give the entries of the list that begins here; entries without a mark count where none has one."""
    marked: bool | None = None
    for line in lines:
        if not line.strip():
            if marked is None:
                continue
            return
        has_mark = bool(_MARK.match(line))
        marked = has_mark if marked is None else marked
        entry = clean_line(_MARK.sub("", line)).rstrip(";.,")
        if has_mark is not marked or not _SHORTEST_OUTCOME <= len(entry) <= _LONGEST_OUTCOME:
            return
        yield entry


@dataclass(frozen=True)
class FoldedText:
    """A text as it is compared with words: its folded keys between spaces, and those of what names it."""

    body: str
    names: str

    @classmethod
    def of(cls, text: str, names: Iterable[str]) -> "FoldedText":
        """Return the beginning of a text, with its titles and headings."""
        return cls(f" {folded_text(text[:READ_CHARACTERS])} ", f" {folded_text(' . '.join(names))} ")

    def weight(self, phrase: str) -> float:
        """Return how much a folded phrase is what the text is about: in its names above all, else often in it."""
        times = min(self.body.count(f" {phrase} "), 20)
        return (6.0 if f" {phrase} " in self.names else 0.0) + (times**0.5 if times else 0.0)


@cache
def _phrases(written: str) -> tuple[str, ...]:
    """Return the folded phrases between the commas of a text."""
    return tuple(dict.fromkeys(folded for each in re.split(r"[,;()]", written) if (folded := folded_text(each))))


def _said_for(term: Term) -> tuple[str, ...]:
    return _phrases(", ".join((str(term.facts.get("words", "")), *term.labels.values())))


def said_of_terms(text: FoldedText, terms: Iterable[Term]) -> dict[str, float]:
    """Return how much each term of a vocabulary is said in a text, by what its file says that such texts say."""
    found: dict[str, float] = {}
    for term in terms:
        weights = sorted((text.weight(phrase) * _length(phrase) for phrase in _said_for(term)), reverse=True)
        if weights and weights[0]:
            # Several different words say more than one that is repeated.
            found[term.code] = sum(weights[:8])
    return found


def _length(phrase: str) -> float:
    return (0.35, 1.0, 1.3, 1.5)[min(phrase.count(" "), 3)]


def codes_said(text: FoldedText, scheme: Scheme, most: int, *, in_names_alone: bool = False) -> list[str]:
    """Return the codes of a vocabulary whose words a text, or what names it, says most; in their vocabulary's order."""
    looked_at = FoldedText("", text.names) if in_names_alone else text
    said = {
        term.code: sum(looked_at.weight(phrase) for phrase in _phrases(str(term.facts["words"])))
        for term in scheme
        if term.facts.get("words")
    }
    best = sorted((code for code, weight in said.items() if weight), key=lambda code: -said[code])[:most]
    return [term.code for term in scheme if term.code in best]


# Syllables that only join others: no keyword begins or ends with one.
_JOINING_SYLLABLES = (
    "và là của các những một cho có được trong với khi thì mà để không này đó từ đến ra vào lên xuống về như hay hoặc"
    " nếu bị do bởi tại theo sẽ đã đang cũng rất nhiều ít hơn nhất mỗi mọi ai gì nào sao đâu đây kia ấy ta mình bạn tôi"
    " chúng họ nó hai ba bốn năm sáu bảy tám chín mười trên dưới sau trước ngoài giữa còn chỉ vì nên phải cần hãy đừng"
    " lại thêm cùng the a an of and or to in on for is are be it as at by with this that you your we our from not can"
)
_JOINING = frozenset(_JOINING_SYLLABLES.split())


def keywords_in(text: str, known: Collection[str], names: Iterable[str]) -> list[str]:
    """Return keywords: those in use elsewhere that the text says, then pairs of words that its names have, too."""
    beginning = text[:READ_CHARACTERS]
    folded = FoldedText.of(beginning, names)
    used = {word: folded.weight(phrase) for word in known if _tells(phrase := folded_text(word), folded)}
    found = sorted(used, key=lambda word: -used[word])[:_MOST_KEYWORDS]
    for pair in _repeated_pairs(beginning, folded):
        if len(found) == _MOST_KEYWORDS:
            break
        if not any(folded_text(pair) in folded_text(word) for word in found):
            found.append(pair)
    return found


def _tells(phrase: str, folded: FoldedText) -> bool:
    """Tell whether a text is about what a phrase says: a single syllable must stand in what names it."""
    is_named = f" {phrase} " in folded.names
    return is_named or (" " in phrase and folded.weight(phrase) >= _FEWEST_TIMES_IF_KNOWN**0.5)


def _repeated_pairs(text: str, folded: FoldedText) -> Sequence[str]:
    words = [word for line in text.split("\n") for word in (*tokens(line), "")]
    pairs = Counter(
        f"{one} {next_one}"
        for one, next_one in pairwise(words)
        if one.isalpha() and next_one.isalpha() and not {one, next_one} & _JOINING
    )
    named = {
        pair: times
        for pair, times in pairs.items()
        if times >= _FEWEST_TIMES and f" {folded_text(pair)} " in folded.names
    }
    return sorted(named, key=lambda pair: -named[pair])
