"""Text of a page on its way to the reader: anchors for headings, highlighted search words."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import unescape

from markupsafe import Markup, escape

from oer.search.highlighting import HighlightTerms
from oer.search.other_names import shipped_names
from oer.search.passages import passages
from oer.search.query_parser import parse_query
from oer.search.snippets import best_answer
from oer.vietnamese.keys import TOKEN, as_token, keys_of, tokens
from oer.vietnamese.marks import fold, usual_letters

_HEADING = re.compile(r"<h([1-6])((?: [^>]*)?)>(.*?)</h\1>", re.DOTALL)
_ID = re.compile(r' id="([^"]+)"')
_TAG = re.compile(r"<[^>]+>")
_FORMULA = re.compile(r'<math [^>]*?alttext="([^"]*)".*?</math>', re.DOTALL)


def heading_id(number: int) -> str:
    """Return the id of a page's heading that has none, by its number among the entries of the contents there."""
    return f"heading-{number}"


def with_anchors(html: Markup, titles: Sequence[str]) -> tuple[Markup, dict[int, str]]:
    """Give an id to each heading of sanitised HTML that is among `titles`; both are in document order.

    Returns the HTML and a dict from the index of a title to the id of its heading. Ids that are there already are kept.
    """
    anchors: dict[int, str] = {}
    begin = 0

    def anchored(found: re.Match[str]) -> str:
        nonlocal begin
        words = " ".join(unescape(_TAG.sub("", _FORMULA.sub(r"\1", found[3]))).split())
        place = next((each for each in range(begin, len(titles)) if titles[each] == words), None)
        if place is None:
            return found[0]
        begin = place + 1
        own = _ID.search(found[2])
        anchors[place] = own[1] if own else heading_id(place + 1)
        return found[0] if own else f'<h{found[1]} id="{anchors[place]}"{found[2]}>{found[3]}</h{found[1]}>'

    return Markup(_HEADING.sub(anchored, html)), anchors  # noqa: S704 (sanitised before; only ids were added)


MOST_WORDS = 32
# A formula, a tag (quoted attributes may contain ">") or an entity: none holds words that can be marked.
TAG_OR_ENTITY = re.compile(r'((?s:<math[ >].*?</math>)|<(?:[^>"]|"[^"]*")*>|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]+);)')
_WORD = re.compile(TOKEN.pattern, re.IGNORECASE)

WordMatcher = Callable[[str], bool]


def word_matcher(query: str, texts: Iterable[str] = ()) -> WordMatcher | None:
    """Return a function that tells whether a word matches the query; None for a query without words.

    Words of other names of what was asked for match, too. A word typed without diacritics matches every spelling. One
    typed with diacritics matches only that spelling, or every spelling if `texts` never has the typed one.
    """
    words = parse_query(query[:256], shipped_names()).words[:MOST_WORDS]
    if not words:
        return None
    marked = [word for word in words if word.exact]
    exact = {spelling for word in marked for spelling in (word.exact, *word.compatible)}
    folded = {word.folded for word in words if not word.exact}
    if marked and texts:
        written = {keys_of(token).exact for text in texts for token in set(tokens(text))}
        folded |= {word.folded for word in marked if written.isdisjoint((word.exact, *word.compatible))}

    def matcher(word: str) -> bool:
        keys = keys_of(as_token(word))
        return keys.exact in exact or keys.folded in folded

    return matcher


def matching_words(text: str, matcher: WordMatcher) -> set[str]:
    """Return the words of a text that match, in lower case."""
    return {found[0].lower() for found in _WORD.finditer(text) if matcher(found[0])}


def highlight_text(text: str, matcher: WordMatcher | None) -> Markup:
    """Return plain text as HTML with matching words in <mark>."""
    if matcher is None:
        return escape(text)
    return Markup("").join(_fragments(text, matcher))


def _fragments(text: str, matcher: WordMatcher) -> Iterator[Markup]:
    end = 0
    for found in _WORD.finditer(text):
        if matcher(found[0]):
            yield escape(text[end : found.start()])
            yield Markup("<mark>%s</mark>") % found[0]
            end = found.end()
    yield escape(text[end:])


def highlight_html(html: str, matcher: WordMatcher | None) -> Markup:
    """Return HTML from `clean_html` with matching words in <mark>; tags are left alone."""
    if matcher is None:
        return Markup(html)  # noqa: S704 (it was sanitised)

    def mark(found: re.Match[str]) -> str:
        return f"<mark>{found[0]}</mark>" if matcher(found[0]) else found[0]

    parts = TAG_OR_ENTITY.split(html)
    # Normalised part by part: a ">" followed by a combining mark would become another character.
    parts[::2] = [_WORD.sub(mark, unicodedata.normalize("NFC", text)) for text in parts[::2]]
    return Markup("".join(parts))  # noqa: S704 (only <mark> was added)


_HIT = Markup('<mark id="hit">')
_BLOCK = re.compile(
    r"</?(?:p|div|h[1-6]|li|[uod]l|d[td]|table|tr|caption|blockquote|pre|aside|figure|figcaption|section|hr|br)[ />]",
    re.I,
)


def with_hit(html: Markup, query: str, mark: int | None = None) -> Markup:
    """Give the id `hit`, to which results of a search lead, to one of the marked words.

    The `mark`th, counted from 0, if there are so many, else the first of the passage that answers best. `html` is as
    `highlight_html` returns it.
    """
    text, marks = _read_marks(html)
    if not marks:
        return html
    if mark is not None and 0 <= mark < len(marks):
        return _with_hit_at(html, marks[mark][1])
    answer = best_answer(text, HighlightTerms.of(parse_query(query, shipped_names()).words[:MOST_WORDS]), 0, len(text))
    before = [place for position, place in marks if answer and position <= answer.place]
    return _with_hit_at(html, before[-1] if before else marks[0][1])


def _with_hit_at(html: Markup, place: int) -> Markup:
    return html[:place] + _HIT + html[place + len("<mark>") :]


def _read_marks(html: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the text of highlighted HTML, and each mark's position in that text and in the HTML."""
    marks, shown = list[tuple[int, int]](), list[str]()
    at = length = 0
    for number, part in enumerate(TAG_OR_ENTITY.split(html)):
        if part == "<mark>":
            marks.append((length, at))
        shown.append(as_text(part) if number % 2 else part)
        at, length = at + len(part), length + len(shown[-1])
    return "".join(shown), marks


def shown_text(html: str) -> str:
    """Return the text of HTML as it is shown, with a line for each block and without formulas."""
    return "".join(as_text(part) if number % 2 else part for number, part in enumerate(TAG_OR_ENTITY.split(html)))


@dataclass(frozen=True)
class FoundSentence:
    """A sentence or line of a page that has what is looked for; `mark` is the number of its first mark, from 0."""

    text: str
    mark: int


def sentences_with(html: Markup, wanted: Sequence[WordMatcher]) -> list[FoundSentence]:
    """Return the sentences of highlighted HTML that have a word for each of `wanted`, in order."""
    text, marks = _read_marks(html)
    found, at = list[FoundSentence](), 0
    for passage in passages(text, 0, len(text), printed=False) if marks else ():
        while at < len(marks) and marks[at][0] < passage.start:
            at += 1
        words = text[passage.start : passage.end]
        if at < len(marks) and marks[at][0] < passage.end and has_all(words, wanted):
            found.append(FoundSentence(" ".join(words.split()), at))
    return found


def split_sentences(text: str) -> list[str]:
    """Return the sentences and lines of a plain text."""
    return [text[each.start : each.end] for each in passages(text, 0, len(text), printed=False)]


def has_all(text: str, wanted: Sequence[WordMatcher]) -> bool:
    """Whether a text has a word for each matcher."""
    words = {word[0] for word in _WORD.finditer(text)}
    return all(any(map(matcher, words)) for matcher in wanted)


def matchers_of_each(query: str, *, is_exact: bool) -> list[WordMatcher]:
    """Return a matcher for each word of a query; without `is_exact` diacritics do not count.

    An exact one takes every spelling of a word that was typed without diacritics, as `word_matcher` does.
    """
    words = tokens(query if is_exact else fold(usual_letters(query)))[:MOST_WORDS]
    matchers = (word_matcher(each) for each in dict.fromkeys(words))
    return [each for each in matchers if each]


def as_text(tag: str) -> str:
    """Return what a tag, entity or formula is in the text: a line break for a block, the letter of an entity."""
    if tag.startswith("&"):
        return unescape(tag)
    return "\n" if _BLOCK.match(tag) else ""
