"""A material as schema.org describes it (LearningResource, with LRMI's terms), for search engines and harvesters."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oer.catalogue.fields import FIELDS, Field
from oer.core.i18n import in_language
from oer.exchange.crosswalk import RELATIONS, MaterialFacts
from oer.vocabularies import vocabularies

IN_ALL = ""
"""Instead of a language: texts in each language that they have, marked with it."""


def learning_resource(record: Mapping[str, Any], facts: MaterialFacts, language: str) -> dict[str, Any]:
    """Return a material as a JSON-LD object of schema.org, with texts in `language` if they exist in it.

    With IN_ALL in all their languages.
    """
    found = {
        "@context": "https://schema.org",
        "@type": ["LearningResource", *_media_types(facts)],
        "@id": facts.address,
        "url": facts.address,
        "isAccessibleForFree": True,
        **_from_facts(facts, language),
        **_together(_from_record(record, language)),
    }
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}


def _together(said: Iterator[tuple[str, Any]]) -> dict[str, Any]:
    """Return properties by name; what several fields say with one property stands in one list."""
    found: dict[str, Any] = {}
    for name, value in said:
        if name in found:
            before, more = (each if isinstance(each, list) else [each] for each in (found[name], value))
            found[name] = [*before, *more]
        else:
            found[name] = value
    return found


def _from_record(record: Mapping[str, Any], language: str) -> Iterator[tuple[str, Any]]:
    for field in FIELDS:
        value = field.of(record)
        if value and field.schema_org and field.name not in _SAID_ELSEWHERE:
            yield field.schema_org, _VALUES.get(field.name, _plain)(field, value, language)


# The type of schema.org that fits the medium of a material's first file.
_MEDIA = {
    "audio": "AudioObject",
    "video": "VideoObject",
    "image": "ImageObject",
    "presentation": "PresentationDigitalDocument",
    "spreadsheet": "SpreadsheetDigitalDocument",
    "text": "TextDigitalDocument",
    "document": "TextDigitalDocument",
    "pdf": "TextDigitalDocument",
    "ebook": "Book",
    "web": "WebContent",
}


def _media_types(facts: MaterialFacts) -> list[str]:
    formats = [vocabularies().format_of(each.media_type) for each in facts.encodings[:1]]
    return [_MEDIA[each] for each in formats if each in _MEDIA]


def _said(texts: Mapping[str, Any], language: str) -> Any:
    """Return a language map's text, or list of texts, in a language."""
    if language != IN_ALL:
        return in_language(texts, language)
    return [
        {"@value": each, "@language": code}
        for code, value in texts.items()
        for each in (value if isinstance(value, list) else [value])
    ]


def _plain(field: Field, value: Any, language: str) -> Any:
    """Return a value as text: in a language if it is a language map, by label if it is a code of our own."""
    if isinstance(value, Mapping):
        return _said(value, language)
    if not field.vocabulary or field.codes_are_standard:
        return value
    if isinstance(value, str):
        return _label(field, value, language)
    labels = [_label(field, each, language) for each in value]
    return labels if language != IN_ALL else [each for label in labels for each in label]


def _label(field: Field, code: str, language: str) -> Any:
    return _said(vocabularies().scheme(field.vocabulary).labels(code), language)


def _audiences(field: Field, codes: Sequence[str], language: str) -> list[Any]:
    return [{"@type": "EducationalAudience", "audienceType": _label(field, each, language)} for each in codes]


def _defined_terms(field: Field, codes: Sequence[str], language: str) -> list[Any]:
    return [{"@type": "DefinedTerm", "termCode": each, "name": _label(field, each, language)} for each in codes]


def _place(field: Field, code: str, language: str) -> Any:
    return {"@type": "Place", "name": _label(field, code, language)}


def _people(_field: Field, creators: Sequence[Mapping[str, Any]], _language: str) -> list[Any]:
    return [_person(each) for each in creators]


def _person(creator: Mapping[str, Any]) -> dict[str, Any]:
    person: dict[str, Any] = {"@type": "Person", "name": creator["name"]}
    if creator.get("orcid"):
        person["@id"] = f"https://orcid.org/{creator['orcid']}"
    if creator.get("affiliation"):
        person["affiliation"] = {"@type": "Organization", "name": creator["affiliation"]}
    return person


# Fields whose values are objects of schema.org; all others are given as text.
_VALUES: Mapping[str, Callable[[Field, Any, str], Any]] = {
    "creators": _people,
    "subjects": _defined_terms,
    "levels": _defined_terms,
    "grades": _defined_terms,
    "school_subjects": _defined_terms,
    "audiences": _audiences,
    "place": _place,
}
# The publisher is the unit as the database knows it; of relations the addresses are known outside of the record.
_SAID_ELSEWHERE = frozenset({"unit", "relations"})


def _from_facts(facts: MaterialFacts, language: str) -> dict[str, Any]:
    outside: dict[str, Any] = {"dateModified": facts.changed, "version": facts.version}
    if facts.published:
        outside["datePublished"] = facts.published
    if facts.publisher:
        outside["publisher"] = {"@type": "Organization", "name": _said(facts.publisher, language)}
    if facts.image:
        outside["image"] = facts.image
    outside["encoding"] = [
        {
            "@type": "MediaObject",
            "contentUrl": each.address,
            "encodingFormat": each.media_type,
            "contentSize": f"{each.size} B",
            "name": each.name,
        }
        for each in facts.encodings
    ]
    outside["isPartOf"] = [
        {"@type": "Course", "@id": address, "name": _said(title, language)} for address, title in facts.courses
    ]
    for kind, address in facts.related:
        outside.setdefault(RELATIONS[kind].schema_org or "mentions", []).append({"@id": address})
    return outside


@dataclass(frozen=True)
class Publisher:
    """Who stands behind the site; an empty text is said nowhere."""

    name: Mapping[str, str]
    address: str = ""
    phone: str = ""
    email: str = ""
    logo: str = ""


def web_site(address: str, name: Mapping[str, str], publisher: Publisher, language: str) -> dict[str, Any]:
    """Return the site as a JSON-LD object of schema.org, with who publishes it."""
    organisation = {
        "@type": "Organization",
        "name": in_language(publisher.name, language),
        "address": publisher.address,
        "telephone": publisher.phone,
        "email": publisher.email,
        "logo": publisher.logo,
    }
    return {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "@id": address,
        "url": address,
        "name": in_language(name, language),
        "inLanguage": language,
        "publisher": {key: value for key, value in organisation.items() if value},
    }


def with_search(site: dict[str, Any], search: str) -> dict[str, Any]:
    """Return a site that says how it is searched: `search` is the address of its results."""
    action = {
        "@type": "SearchAction",
        "target": {"@type": "EntryPoint", "urlTemplate": f"{search}?q={{search_term_string}}"},
        "query-input": "required name=search_term_string",
    }
    return {**site, "potentialAction": action}


@dataclass(frozen=True)
class CourseFacts:
    """What a collection's page knows: addresses are absolute; `parts` are its materials in order."""

    address: str
    title: Mapping[str, str]
    summary: Mapping[str, str]
    provider: Mapping[str, str]
    minutes: int = 0
    parts: Sequence[tuple[str, Mapping[str, str]]] = ()


def course(facts: CourseFacts, language: str) -> dict[str, Any]:
    """Return a collection as a Course of schema.org."""
    name = in_language(facts.title, language)
    found = {
        "@context": "https://schema.org",
        "@type": ["Course", "LearningResource"],
        "@id": facts.address,
        "url": facts.address,
        "name": name,
        "description": in_language(facts.summary, language) or name,
        "provider": {"@type": "Organization", "name": in_language(facts.provider, language)},
        "isAccessibleForFree": True,
        "timeRequired": f"PT{facts.minutes}M" if facts.minutes else "",
        "hasPart": [
            {"@type": "LearningResource", "@id": address, "name": in_language(title, language)}
            for address, title in facts.parts
        ],
    }
    return {key: value for key, value in found.items() if value not in ("", [])}


def breadcrumbs(steps: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return the way to a page, absolute addresses with words, as a BreadcrumbList of schema.org."""
    return {
        "@context": "https://schema.org",
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": words, "item": address}
            for place, (address, words) in enumerate(steps, 1)
        ],
    }
