"""Materials like another one."""

import threading
import time
from collections.abc import Mapping, Sequence, Set
from typing import Any
from weakref import WeakKeyDictionary

from cachetools import TLRUCache
from sqlalchemy.orm import Session

from oer.backends.search import IndexBroken, IndexMissing, Query, SearchIndex, Word
from oer.catalogue.models import Material
from oer.catalogue.queries.indexing import excluded_from_results
from oer.core.i18n import DEFAULT_LANGUAGE, in_language
from oer.search.query_parser import words_of
from oer.vocabularies import vocabularies

_MOST_WORDS = 14  # each costs its share of the search; the title comes first
_FRESH_SECONDS = 1800.0
_HEALING_SECONDS = 5.0  # until an index that does not answer is asked again
_MOST_CACHED = 20_000


class _SimilarCache:
    """What an index found to be like a version (by its id), for half an hour. Safe for threads.

    It may name what was withdrawn meanwhile: whoever shows it asks the database what is public.
    """

    def __init__(self) -> None:
        self._found: TLRUCache[int, tuple[Sequence[str], float]] = TLRUCache(
            _MOST_CACHED, lambda _version_id, found, now: now + found[1], time.monotonic
        )
        self._lock = threading.Lock()

    def get(self, version_id: int) -> Sequence[str] | None:
        with self._lock:
            found = self._found.get(version_id)
        return found[0] if found is not None else None

    def keep(self, version_id: int, found: Sequence[str], seconds: float) -> None:
        with self._lock:
            self._found[version_id] = found, seconds


_caches: WeakKeyDictionary[SearchIndex, _SimilarCache] = WeakKeyDictionary()


def similar_materials(session: Session, index: SearchIndex, material: Material, size: int = 4) -> Sequence[str]:
    """Return the public ids of materials like this one: of its subjects first, then of their parent subjects.

    The most similar come first: those with most words of its title, keywords and subjects. Nothing if the index does
    not answer: a page without them is still the page. Whoever shows them asks the database which are still public.
    """
    version = material.current_version
    if version is None:
        return ()
    cache = _caches.setdefault(index, _SimilarCache())
    found = cache.get(version.id)
    if found is None:
        try:
            found = _found(index, version.record, excluded_from_results(session) | {material.public_id}, size)
            cache.keep(version.id, found, _FRESH_SECONDS)
        except (IndexMissing, IndexBroken):
            cache.keep(version.id, found := (), _HEALING_SECONDS)
    return found[:size]


def _found(index: SearchIndex, record: Mapping[str, Any], excluded: Set[str], size: int) -> Sequence[str]:
    words = list(dict.fromkeys(_informative_words(record)))[:_MOST_WORDS]
    found: list[str] = []
    for subjects in _subject_scopes(record) if words else ():
        if len(found) < size:
            found += _most_similar(index, words, subjects, excluded | set(found), size - len(found))
    return found


def _most_similar(
    index: SearchIndex, words: Sequence[Word], subjects: frozenset[str], excluded: Set[str], size: int
) -> list[str]:
    query = Query(
        must=[(word,) for word in words],
        filters={"subject": subjects} if subjects else {},
        excluded=excluded,
        limit=size,
        correct_typos=False,
    )
    return [hit.id for hit in index.search(query).hits]


def _subject_scopes(record: Mapping[str, Any]) -> list[frozenset[str]]:
    """Return the subjects within which to look, narrow ones first; what has no subject is looked for everywhere."""
    own = frozenset(record.get("subjects", ()))
    terms = [vocabularies().subjects.get(code) for code in own]
    above = frozenset(term.parent for term in terms if term is not None and term.parent)
    return [own, above] if above else [own]


def _informative_words(record: Mapping[str, Any]) -> tuple[Word, ...]:
    subjects = vocabularies().subjects
    labels = [in_language(subjects.labels(code), DEFAULT_LANGUAGE) for code in record.get("subjects", [])]
    return words_of("\n".join([*record.get("title", {}).values(), *record.get("keywords", []), *labels]))
