"""Materials like another one."""

from collections.abc import Mapping, Sequence, Set
from typing import Any

from sqlalchemy.orm import Session

from oer.backends.search import IndexBroken, IndexMissing, Query, SearchIndex, Word
from oer.catalogue.models import Material
from oer.catalogue.queries.indexing import changed_since_index
from oer.core.i18n import DEFAULT_LANGUAGE, in_language
from oer.search.words import words_of
from oer.vocabularies import vocabularies

_MOST_WORDS = 14  # each costs its share of the search; the title comes first


def similar_materials(session: Session, index: SearchIndex, material: Material, size: int = 4) -> list[str]:
    """Return the public ids of materials like this one: of its subjects first, then of the fields that these belong to.

    The likest come first: those with most words of its title, keywords and subjects. What changed since the index was
    written is left out. Nothing where the index does not answer: a page without them is still the page.
    """
    if material.current_version is None:
        return []
    record = material.current_version.record
    words = list(dict.fromkeys(_telling_words(record)))[:_MOST_WORDS]
    masked = changed_since_index(session) | {material.public_id}
    found: list[str] = []
    try:
        for subjects in _circles(record) if words else ():
            if len(found) < size:
                found += _likest(index, words, subjects, masked | set(found), size - len(found))
    except (IndexMissing, IndexBroken):
        return []
    return found


def _likest(
    index: SearchIndex, words: Sequence[Word], subjects: frozenset[str], masked: Set[str], size: int
) -> list[str]:
    filters = {"subject": subjects} if subjects else {}
    query = Query(wanted=[(word,) for word in words], filters=filters, masked=masked, limit=size, mend=False)
    return [hit.id for hit in index.search(query).hits]


def _circles(record: Mapping[str, Any]) -> list[frozenset[str]]:
    """Return the subjects within which to look, narrow ones first; what has no subject is looked for everywhere."""
    own = frozenset(record.get("subjects", ()))
    terms = [vocabularies().subjects.get(code) for code in own]
    above = frozenset(term.parent for term in terms if term is not None and term.parent)
    return [own, above] if above else [own]


def _telling_words(record: Mapping[str, Any]) -> tuple[Word, ...]:
    subjects = vocabularies().subjects
    labels = [in_language(subjects.labels(code), DEFAULT_LANGUAGE) for code in record.get("subjects", [])]
    return words_of("\n".join([*record.get("title", {}).values(), *record.get("keywords", []), *labels]))
