"""Materials like another one."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from oer.backends.search import IndexBroken, IndexMissing, Query, SearchIndex, Word
from oer.catalogue.models import Material
from oer.catalogue.queries.browsing import materials_by_public_ids
from oer.catalogue.queries.indexing import changed_since_index
from oer.core.i18n import DEFAULT_LANGUAGE, in_language
from oer.search.words import words_of
from oer.vocabularies import vocabularies

_MOST_WORDS = 24


def similar_materials(session: Session, index: SearchIndex, material: Material, size: int = 4) -> list[Material]:
    """Return materials in service like this one: by words of its title, keywords and subjects; the likest first.

    Nothing where the index does not answer: a page without them is still the page.
    """
    if material.current_version is None:
        return []
    words = _telling_words(material.current_version.record)
    query = Query(
        wanted=[(word,) for word in dict.fromkeys(words)][:_MOST_WORDS],
        masked=changed_since_index(session) | {material.public_id},
        limit=size,
        mend=False,
    )
    try:
        hits = index.search(query).hits if words else ()
    except (IndexMissing, IndexBroken):
        return []
    found = materials_by_public_ids(session, [hit.id for hit in hits])
    return [found[hit.id] for hit in hits if hit.id in found]


def _telling_words(record: Mapping[str, Any]) -> tuple[Word, ...]:
    subjects = vocabularies().subjects
    labels = [in_language(subjects.labels(code), DEFAULT_LANGUAGE) for code in record.get("subjects", [])]
    return words_of("\n".join([*record.get("title", {}).values(), *record.get("keywords", []), *labels]))
