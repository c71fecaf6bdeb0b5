"""Text of a page on its way to the reader: paragraphs, anchors for headings, highlighted search words."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import unescape

from markupsafe import Markup, escape

from oer.search.query_parser import parse_query
from oer.vietnamese.keys import TOKEN, keys_of, tokens

# A line this much shorter than the longest ends a paragraph, or is a heading or a line of a poem.
_FULL = 0.72
_ITEM = re.compile(r"\s*(?:[-–—•▪◦●○■□✓➢*+]|\(?\d{1,3}[.)]|\(?[a-zđ][.)])\s", re.IGNORECASE)


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a page: full lines run on; short ones and list items stay lines, of one paragraph."""
    found: list[str] = []
    for block in re.split(r"\n\s*\n", text):
        lines = [line.strip() for line in block.split("\n") if line.strip()]
        longest = max((len(line) for line in lines), default=0)
        found.extend(_joined(lines, longest))
    return found


def _joined(lines: list[str], longest: int) -> list[str]:
    result: list[str] = []
    runs_on = was_short = False
    for line in lines:
        is_short = len(line) < _FULL * longest or longest <= 40
        if runs_on and not _ITEM.match(line):
            result[-1] += f" {line}"
            was_short = False
        elif was_short and is_short:
            result[-1] += f"\n{line}"
        else:
            result.append(line)
            was_short = is_short
        runs_on = not is_short
    return result


# The headings of a page that is shown, which its table of contents leads to.

_HEADING = re.compile(r"<h([1-6])((?: [^>]*)?)>(.*?)</h\1>", re.DOTALL)
_ID = re.compile(r' id="([^"]+)"')
_TAG = re.compile(r"<[^>]+>")


def with_anchors(html: Markup, titles: Sequence[str]) -> tuple[Markup, dict[int, str]]:
    """Give an id to each heading of sanitised HTML that stands among `titles`, in their order.

    Returns the HTML, and by the place of a title the id that leads to it; what has an id keeps it.
    """
    anchors: dict[int, str] = {}
    begin = 0

    def anchored(found: re.Match[str]) -> str:
        nonlocal begin
        words = " ".join(unescape(_TAG.sub("", found[3])).split())
        place = next((each for each in range(begin, len(titles)) if titles[each] == words), None)
        if place is None:
            return found[0]
        begin = place + 1
        own = _ID.search(found[2])
        anchors[place] = own[1] if own else f"heading-{place + 1}"
        return found[0] if own else f'<h{found[1]} id="{anchors[place]}"{found[2]}>{found[3]}</h{found[1]}>'

    return Markup(_HEADING.sub(anchored, html)), anchors  # noqa: S704 (as clean as it came)


# Words that somebody searched for, marked in the text in which they were found.

MOST_WORDS = 32
# A tag with its attributes, in which a ">" may stand between quotes, or an entity: neither holds words.
TAG_OR_ENTITY = re.compile(r'(<(?:[^>"]|"[^"]*")*>|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]+);)')
_WORD = re.compile(TOKEN.pattern, re.IGNORECASE)

WordMatcher = Callable[[str], bool]


def word_matcher(query: str, texts: Iterable[str] = ()) -> WordMatcher | None:
    """Return what tells whether a word was searched for, typed with or without marks; None for a query without words.

    What was typed with marks, or with some of them, is marked where it is written so, or, where it is written so
    nowhere in `texts`, however it is written there; what was typed without, however it is written.
    """
    words = parse_query(query[:256]).words[:MOST_WORDS]
    if not words:
        return None
    marked = [word for word in words if word.exact]
    exact = {spelling for word in marked for spelling in (word.exact, *word.compatible)}
    folded = {word.folded for word in words if not word.exact}
    if marked and texts:
        written = {keys_of(token).exact for text in texts for token in set(tokens(text))}
        folded |= {word.folded for word in marked if written.isdisjoint((word.exact, *word.compatible))}

    def wanted(word: str) -> bool:
        keys = keys_of(word.lower())
        return keys.exact in exact or keys.folded in folded

    return wanted


def matching_words(text: str, wanted: WordMatcher) -> set[str]:
    """Return the words of a text that are wanted, in small letters."""
    return {found[0].lower() for found in _WORD.finditer(text) if wanted(found[0])}


def highlight_text(text: str, wanted: WordMatcher | None) -> Markup:
    """Return plain text as HTML with the wanted words in <mark>."""
    if wanted is None:
        return escape(text)
    return Markup("").join(_fragments(text, wanted))


def _fragments(text: str, wanted: WordMatcher) -> Iterator[Markup]:
    end = 0
    for found in _WORD.finditer(text):
        if wanted(found[0]):
            yield escape(text[end : found.start()])
            yield Markup("<mark>%s</mark>") % found[0]
            end = found.end()
    yield escape(text[end:])


def highlight_html(html: str, wanted: WordMatcher | None) -> Markup:
    """Return HTML that `clean_html` gave, with the wanted words of its text in <mark>; tags are left as they are."""
    if wanted is None:
        return Markup(html)  # noqa: S704 (it was sanitised)

    def mark(found: re.Match[str]) -> str:
        return f"<mark>{found[0]}</mark>" if wanted(found[0]) else found[0]

    parts = TAG_OR_ENTITY.split(html)
    # Composed piece by piece: a ">" followed by a combining mark would become another letter.
    parts[::2] = [_WORD.sub(mark, unicodedata.normalize("NFC", text)) for text in parts[::2]]
    return Markup("".join(parts))  # noqa: S704 (only <mark> was added)
