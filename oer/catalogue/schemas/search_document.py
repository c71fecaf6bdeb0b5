"""A material as the search index keeps it: search keys, facets, the text of its files."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from oer.accounts.models import Unit
from oer.backends.search import WORDS_PER_OFFSET, Document, Section, SuggestionEntry
from oer.catalogue.fields import FIELDS
from oer.catalogue.models import FileRole, Material, Version
from oer.catalogue.queries.collections import collections_of_material
from oer.catalogue.queries.files import ShownFile, files_of
from oer.core.clock import city_date
from oer.core.durations import length_codes
from oer.core.i18n import DEFAULT_LANGUAGE, in_language
from oer.files.models import RenditionPage
from oer.vietnamese.keys import TextKeys, analyse, collation_key, token_offsets
from oer.vocabularies import vocabularies
from oer.vocabularies.places import names_of_place

# Formats with page numbers that people know; parts of other formats are addressed by their order in the file.
_NUMBERED = frozenset({"pdf", "presentation", "spreadsheet"})


def materials_to_document(session: Session, material_ids: Collection[int]) -> list[Material]:
    """Return public materials with everything that their documents need, in a few statements for all."""
    version = selectinload(Material.current_version)
    parts = [version.selectinload(each) for each in (Version.terms, Version.contributors, Version.files)]
    query = sa.select(Material).where(Material.id.in_(material_ids), Material.current_version_id.is_not(None))
    return list(session.scalars(query.options(*parts, selectinload(Material.places)).order_by(Material.id)))


def document_of(session: Session, material: Material, signature: str = "") -> Document:
    """Return the index document of a material. `signature` is the state that it is made from.

    Raises ValueError for a material that was never published: it must not reach the index.
    """
    version = material.current_version
    if version is None:
        raise ValueError("only published materials are indexed")
    record, unit = version.record, session.get(Unit, material.unit_id) if material.unit_id else None
    names = [person.name for person in version.contributors]
    subjects = vocabularies().subjects.with_parents(record.get("subjects", []))
    labels = [label for code in subjects for label in vocabularies().subjects.labels(code).values()]
    collections = collections_of_material(session, material.id) if material.places else []
    return Document(
        id=material.public_id,
        revision=signature,
        titles=_words(_texts(record.get("title", {}))),
        people=_words([*names, *(_texts(unit.name) if unit else ())]),
        subjects=_words(labels),
        keywords=_words(record.get("keywords", [])),
        places=_words(names_of_place(record.get("place", ""))),
        collections=_words(title for collection in collections for title in _texts(collection.title)),
        summary=_words([*_texts(record.get("summary", {})), *_outcomes(version), *_said_of_files(version)]),
        sections=list(_sections(session, version)),
        facets=_facets(material, version, unit),
        newest=int(material.first_published_at.timestamp()) if material.first_published_at else 0,
        title_key=collation_key(in_language(record.get("title"), DEFAULT_LANGUAGE)),
        suggestions=list(_suggestions(version)),
    )


def _words(texts: Iterable[str]) -> TextKeys:
    # A line break between texts keeps phrases from running from one into the next: no query contains one.
    return analyse("\n".join(texts))


def _texts(by_language: Mapping[str, Any]) -> list[Any]:
    """Return the texts of a language map in a fixed order: PostgreSQL does not keep the order of keys."""
    return [by_language[code] for code in vocabularies().languages.terms if code in by_language]


def _outcomes(version: Version) -> Iterator[str]:
    for outcomes in _texts(version.record.get("outcomes", {})):
        yield from outcomes


def _said_of_files(version: Version) -> Iterator[str]:
    """Their titles and descriptions: all that a picture or a recording without transcript is found by."""
    for file in sorted(version.files, key=lambda each: each.number):
        yield from _texts(file.title)
        yield from _texts(file.description)


def _facets(material: Material, version: Version, unit: Unit | None) -> dict[str, list[str]]:
    terms: dict[str, list[str]] = {}
    for term in version.terms:
        terms.setdefault(term.scheme, []).append(term.code)
    facets = {"format": terms.get("format", [])}
    for field in FIELDS:
        if field.facet:
            name, _ = field.facet
            facets[name] = terms.get(field.term_scheme, []) if field.term_scheme else field.of(version.record) or []
    facets["unit"] = [unit.code] if unit else []
    facets["year"] = [_year(material, version)]
    facets["duration"] = length_codes(version.record.get("time_required"))
    return {name: codes for name, codes in facets.items() if codes}


def _year(material: Material, version: Version) -> str:
    written: str = version.record.get("published_on", "")
    moment = material.first_published_at or version.created_at
    return written[:4] or str(city_date(moment).year)


def _suggestions(version: Version) -> Iterator[SuggestionEntry]:
    subjects = vocabularies().subjects
    for title in _texts(version.record.get("title", {})):
        yield _suggestion("title", title)
    for person in version.contributors:
        if person.key:
            yield _suggestion("person", person.name, person.key)
    for code in subjects.with_parents(version.record.get("subjects", [])):
        for label in subjects.labels(code).values():
            yield _suggestion("subject", label, code)
    for keyword in version.record.get("keywords", []):
        yield _suggestion("keyword", keyword)


def _suggestion(kind: str, text: str, code: str = "") -> SuggestionEntry:
    keys = analyse(text)
    return SuggestionEntry(kind, text, " ".join(keys.folded), code, " ".join(keys.exact))


def _sections(session: Session, version: Version) -> Iterator[Section]:
    for shown in files_of(session, version) if version.files else ():
        # Whatever state extraction ended in: the pages that it found until then are kept.
        if shown.file.role != FileRole.COVER and shown.rendition:
            yield from _sections_of(session, shown, shown.rendition.id)


def _sections_of(session: Session, shown: ShownFile, rendition_id: int) -> Iterator[Section]:
    numbered = vocabularies().format_of(shown.blob.media_type) in _NUMBERED
    query = (
        sa.select(RenditionPage.number, RenditionPage.text)
        .where(RenditionPage.rendition_id == rendition_id)
        .order_by(RenditionPage.number)
    )
    for number, text in session.execute(query):
        words = _words([text])
        if words.folded:
            anchor = f"page={number}" if numbered else f"section-{number}"
            offsets = token_offsets(text, WORDS_PER_OFFSET)
            yield Section(shown.file.number, words, number if numbered else None, anchor, offsets)
