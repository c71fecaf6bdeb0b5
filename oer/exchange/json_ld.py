"""A material as schema.org describes it (LearningResource, with LRMI's terms), for search engines and harvesters."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oer.core.i18n import in_language
from oer.exchange.crosswalk import SCHEMA_ORG
from oer.vocabularies import Scheme, vocabularies

_ACCESSIBILITY = ("access_mode", "features", "hazards")


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


def learning_resource(record: Mapping[str, Any], described: MaterialFacts, language: str) -> dict[str, Any]:
    """Return a material as a JSON-LD object of schema.org. Texts are in `language`, or in the one that there is."""
    found = {
        "@context": "https://schema.org",
        "@type": "LearningResource",
        "@id": described.address,
        "url": described.address,
        "isAccessibleForFree": True,
        **dict(_from_record(record, language)),
        **_from_outside(described, language),
    }
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}


def _from_record(record: Mapping[str, Any], language: str) -> Iterator[tuple[str, Any]]:
    terms = vocabularies()
    schemes = {"subjects": terms.subjects, "levels": terms.levels, "types": terms.types, "audiences": terms.audiences}
    for field in ("title", "summary"):
        yield SCHEMA_ORG[field], in_language(record.get(field), language)
    for field in ("language", "keywords", "time_required", "typical_age", "licence"):
        yield SCHEMA_ORG[field], record.get(field)
    for field, scheme in schemes.items():
        yield SCHEMA_ORG[field], [_term(field, scheme, code, language) for code in record.get(field, [])]
    for field in ("outcomes", "prerequisites"):
        texts = record.get(field, {})
        yield SCHEMA_ORG[field], texts.get(language) or next(iter(texts.values()), [])
    yield SCHEMA_ORG["creators"], [_person(creator) for creator in record.get("creators", [])]
    yield from _accessibility(record.get("accessibility", {}), language)
    if record.get("place"):
        place = in_language(terms.places.labels(record["place"]), language)
        yield SCHEMA_ORG["place"], {"@type": "Place", "name": place}
    if record.get("published_on"):
        yield SCHEMA_ORG["published_on"], record["published_on"]


def _term(field: str, scheme: Scheme, code: str, language: str) -> Any:
    label = in_language(scheme.labels(code), language)
    if field == "audiences":
        return {"@type": "EducationalAudience", "audienceType": label}
    if field in {"subjects", "levels"}:
        return {"@type": "DefinedTerm", "termCode": code, "name": label}
    return label


def _person(creator: Mapping[str, Any]) -> dict[str, Any]:
    person: dict[str, Any] = {"@type": "Person", "name": creator["name"]}
    if creator.get("orcid"):
        person["@id"] = f"https://orcid.org/{creator['orcid']}"
    if creator.get("affiliation"):
        person["affiliation"] = {"@type": "Organization", "name": creator["affiliation"]}
    return person


def _accessibility(given: Mapping[str, Any], language: str) -> Iterator[tuple[str, Any]]:
    for name in _ACCESSIBILITY:
        yield SCHEMA_ORG[f"accessibility.{name}"], given.get(name)
    yield SCHEMA_ORG["accessibility.summary"], in_language(given.get("summary"), language)


def _from_outside(described: MaterialFacts, language: str) -> dict[str, Any]:
    outside: dict[str, Any] = {"dateModified": described.changed, "version": described.version}
    if described.published:
        outside["datePublished"] = described.published
    if described.publisher:
        outside["publisher"] = {"@type": "Organization", "name": in_language(described.publisher, language)}
    if described.image:
        outside["image"] = described.image
    outside["encoding"] = [
        {
            "@type": "MediaObject",
            "contentUrl": each.address,
            "encodingFormat": each.media_type,
            "contentSize": f"{each.size} B",
            "name": each.name,
        }
        for each in described.encodings
    ]
    outside["isPartOf"] = [
        {"@type": "Course", "@id": address, "name": in_language(title, language)}
        for address, title in described.courses
    ]
    return outside


def as_script(value: Mapping[str, Any]) -> str:
    """Return JSON that can stand inside a <script> element, whatever its texts hold."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("\u2028", "\\u2028")
