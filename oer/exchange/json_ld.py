"""A material as schema.org describes it (LearningResource, with LRMI's terms), for search engines and harvesters."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oer.catalogue.fields import FIELDS, Field
from oer.core.i18n import in_language
from oer.vocabularies import vocabularies


@dataclass(frozen=True)
class Encoding:
    """A file of a material: where it is downloaded, what it is, how large it is in bytes."""

    address: str
    media_type: str
    size: int
    name: str


@dataclass(frozen=True)
class MaterialFacts:
    """What is known of a material outside of its record. Addresses are absolute, dates as ISO 8601 writes them."""

    address: str
    publisher: Mapping[str, str] | None = None
    published: str | None = None
    changed: str | None = None
    version: int | None = None
    image: str | None = None
    encodings: Sequence[Encoding] = ()
    courses: Sequence[tuple[str, Mapping[str, str]]] = ()


def learning_resource(record: Mapping[str, Any], facts: MaterialFacts, language: str) -> dict[str, Any]:
    """Return a material as a JSON-LD object of schema.org, with texts in `language` if they exist in it."""
    found = {
        "@context": "https://schema.org",
        "@type": "LearningResource",
        "@id": facts.address,
        "url": facts.address,
        "isAccessibleForFree": True,
        **_from_facts(facts, language),
        **dict(_from_record(record, language)),
    }
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}


def _from_record(record: Mapping[str, Any], language: str) -> Iterator[tuple[str, Any]]:
    for field in FIELDS:
        value = field.of(record)
        if value and field.schema_org and field.name not in _SAID_ELSEWHERE:
            yield field.schema_org, _VALUES.get(field.name, _plain)(field, value, language)


def _plain(field: Field, value: Any, language: str) -> Any:
    """Return a value as text: in a language if it is a language map, by label if it is a code of our own."""
    if isinstance(value, Mapping):
        return in_language(value, language)
    if not field.vocabulary or field.codes_are_standard:
        return value
    return (
        _label(field, value, language) if isinstance(value, str) else [_label(field, each, language) for each in value]
    )


def _label(field: Field, code: str, language: str) -> str:
    return in_language(vocabularies().scheme(field.vocabulary).labels(code), language)


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
    "audiences": _audiences,
    "place": _place,
}
# The publisher is the unit as the database knows it; the address is that of our page.
_SAID_ELSEWHERE = frozenset({"unit", "source_url"})


def _from_facts(facts: MaterialFacts, language: str) -> dict[str, Any]:
    outside: dict[str, Any] = {"dateModified": facts.changed, "version": facts.version}
    if facts.published:
        outside["datePublished"] = facts.published
    if facts.publisher:
        outside["publisher"] = {"@type": "Organization", "name": in_language(facts.publisher, language)}
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
        {"@type": "Course", "@id": address, "name": in_language(title, language)} for address, title in facts.courses
    ]
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


def as_script(value: Mapping[str, Any]) -> str:
    """Return JSON that can stand inside a <script> element, whatever its texts hold."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("\u2028", "\\u2028")
