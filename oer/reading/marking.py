"""Words that somebody searched for, marked in the text in which they were found."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

from markupsafe import Markup, escape

from oer.core.vietnamese import keys_of, tokens
from oer.core.vietnamese.keys import TOKEN
from oer.search.grammar import understand

MOST_WORDS = 32
# A tag with its attributes, in which a ">" may stand between quotes, or an entity: neither holds words.
TAG_OR_ENTITY = re.compile(r'(<(?:[^>"]|"[^"]*")*>|&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]+);)')
_WORD = re.compile(TOKEN.pattern, re.IGNORECASE)

Wanted = Callable[[str], bool]


def wanted_words(query: str, texts: Iterable[str] = ()) -> Wanted | None:
    """Return what tells whether a word was searched for, typed with or without marks; None for a query without words.

    What was typed with marks, or with some of them, is marked where it is written so, or, where it is written so
    nowhere in `texts`, however it is written there; what was typed without, however it is written.
    """
    words = understand(query[:256]).words[:MOST_WORDS]
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


def wanted_in(text: str, wanted: Wanted) -> set[str]:
    """Return the words of a text that are wanted, in small letters."""
    return {found[0].lower() for found in _WORD.finditer(text) if wanted(found[0])}


def mark_text(text: str, wanted: Wanted | None) -> Markup:
    """Return plain text as HTML with the wanted words in <mark>."""
    if wanted is None:
        return escape(text)
    return Markup("").join(_pieces(text, wanted))


def _pieces(text: str, wanted: Wanted) -> Iterator[Markup]:
    end = 0
    for found in _WORD.finditer(text):
        if wanted(found[0]):
            yield escape(text[end : found.start()])
            yield Markup("<mark>%s</mark>") % found[0]
            end = found.end()
    yield escape(text[end:])


def mark_html(html: str, wanted: Wanted | None) -> Markup:
    """Return HTML that `clean_html` gave, with the wanted words of its text in <mark>; tags are left as they are."""
    if wanted is None:
        return Markup(html)  # noqa: S704 (it was sanitised)

    def mark(found: re.Match[str]) -> str:
        return f"<mark>{found[0]}</mark>" if wanted(found[0]) else found[0]

    parts = TAG_OR_ENTITY.split(html)
    # Composed piece by piece: a ">" followed by a combining mark would become another letter.
    parts[::2] = [_WORD.sub(mark, unicodedata.normalize("NFC", text)) for text in parts[::2]]
    return Markup("".join(parts))  # noqa: S704 (only <mark> was added)
