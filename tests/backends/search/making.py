"""Documents and queries for tests of search engines, analysed as the product analyses them."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from oer.backends.search import WORDS_PER_OFFSET, Document, Phrase, Query, Section, SuggestionEntry, Word
from oer.vietnamese.keys import analyse, collation_key, folded_text, keys_of, token_offsets, tokens
from oer.vietnamese.marks import compatible_spellings, has_marks
from oer.vietnamese.syllables import is_syllable
from oer.vietnamese.typos import telex_reading, typo_candidates


def document(
    identifier: str,
    title: str = "",
    body: str | Sequence[str] = (),
    *,
    people: str = "",
    facets: Mapping[str, Iterable[str]] | None = None,
    **more: Any,
) -> Document:
    pages = [body] if isinstance(body, str) else body
    return Document(
        id=identifier,
        titles=analyse(title),
        people=analyse(people),
        sections=[
            Section(0, analyse(page), number, f"page={number}", token_offsets(page, WORDS_PER_OFFSET))
            for number, page in enumerate(pages, start=1)
        ],
        facets={name: list(codes) for name, codes in (facets or {}).items()},
        title_key=collation_key(title),
        suggestions=[
            *([suggestion("title", title)] if title else []),
            *([suggestion("person", people)] if people else []),
        ],
        **more,
    )


def suggestion(kind: str, text: str) -> SuggestionEntry:
    return SuggestionEntry(kind, text, folded_text(text), spelled=" ".join(analyse(text).exact))


def word(typed: str) -> Word:
    keys = keys_of(typed)
    marked = has_marks(typed)
    telex = telex_reading(typed)
    return Word(
        folded=keys.folded,
        exact=keys.exact if marked else "",
        compatible=compatible_spellings(keys.exact) if marked else (),
        typed=typed,
        typo_candidates=partial(typo_candidates, typed),
        is_syllable=is_syllable(typed),
        fallback=word(telex) if telex else None,
    )


def phrase(typed: str) -> Phrase:
    return Phrase(tuple(word(token) for token in tokens(typed)))


def query(typed: str, **more: Any) -> Query:
    return Query(must=[[word(token)] for token in dict.fromkeys(tokens(typed))], **more)
