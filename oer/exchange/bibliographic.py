"""A material for catalogues and for those who cite it: DataCite, BibTeX, RIS, CSL, in words, tags of its page."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from oer.catalogue.fields import field_named
from oer.core.i18n import in_language
from oer.exchange.crosswalk import RELATIONS, MaterialFacts
from oer.vocabularies import vocabularies

Record = Mapping[str, Any]


def _medium(facts: MaterialFacts) -> str:
    return vocabularies().format_of(facts.encodings[0].media_type) if facts.encodings else "link"


def _makers(record: Record) -> list[str]:
    return [each["name"] for each in record.get("creators", ())]


def _day(record: Record, facts: MaterialFacts) -> str:
    """Return when it was first published as far as that is known: a day, month, year, or ""."""
    return str(record.get("published_on") or facts.published or "")


def _labels(record: Record, name: str, language: str) -> list[str]:
    field = field_named(name)
    labels = vocabularies().scheme(field.vocabulary).labels
    return [in_language(labels(code), language) for code in field.of(record) or ()]


def _words(record: Record, language: str) -> list[str]:
    return [*_labels(record, "subjects", language), *record.get("keywords", ())]


def _publisher(facts: MaterialFacts, language: str) -> str:
    return in_language(facts.publisher, language)


def _licence(record: Record) -> str:
    licence = vocabularies().licences.get(record.get("licence", ""))
    return f"{licence.facts['name']}, {licence.code}" if licence else ""


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


# DataCite.

_GENERAL = {
    "audio": "Sound",
    "video": "Audiovisual",
    "image": "Image",
    "spreadsheet": "Dataset",
    "interactive": "InteractiveResource",
    "ebook": "Book",
    "archive": "Collection",
    **dict.fromkeys(("pdf", "document", "presentation", "text", "web"), "Text"),
}
# Kinds of description: the summary is what DataCite calls an abstract.
_DESCRIPTIONS = {
    "summary": "Abstract",
    "outcomes": "Other",
    "prerequisites": "Other",
    "accessibility.summary": "TechnicalInfo",
}


def datacite(record: Record, facts: MaterialFacts, language: str) -> dict[str, Any]:
    """Return a material by the metadata schema of DataCite (kernel 4) as JSON."""
    day = _day(record, facts)
    dates = [{"date": day, "dateType": "Issued"}] if day else []
    dates += [{"date": facts.changed, "dateType": "Updated"}] if facts.changed else []
    types = _labels(record, "types", language)
    return _given(
        {
            "schemaVersion": "http://datacite.org/schema/kernel-4",
            "identifiers": [{"identifier": facts.address, "identifierType": "URL"}],
            "types": _given(
                {"resourceTypeGeneral": _GENERAL.get(_medium(facts), "Other"), "resourceType": ", ".join(types)}
            ),
            "creators": list(_datacite_creators(record, facts, language)),
            "titles": [{"title": text, "lang": code} for code, text in record.get("title", {}).items()],
            "publisher": {"name": _publisher(facts, language)},
            "publicationYear": day[:4],
            "dates": dates,
            "subjects": list(_datacite_subjects(record)),
            "language": next(iter(record.get("language", ())), None),
            "relatedIdentifiers": list(_datacite_related(record, facts)),
            "sizes": [record["time_required"]] if record.get("time_required") else [],
            "formats": list(dict.fromkeys(each.media_type for each in facts.encodings)),
            "version": str(facts.version) if facts.version else None,
            "rightsList": list(_datacite_rights(record)),
            "descriptions": list(_datacite_descriptions(record)),
            "geoLocations": [{"geoLocationPlace": each} for each in _place(record, language)],
            "url": facts.address,
        }
    )


def _datacite_creators(record: Record, facts: MaterialFacts, language: str) -> Iterator[dict[str, Any]]:
    for each in record.get("creators", ()):
        orcid = each.get("orcid")
        yield _given(
            {
                "name": each["name"],
                "affiliation": [{"name": each["affiliation"]}] if each.get("affiliation") else [],
                "nameIdentifiers": [
                    {
                        "nameIdentifier": f"https://orcid.org/{orcid}",
                        "nameIdentifierScheme": "ORCID",
                        "schemeUri": "https://orcid.org",
                    }
                ]
                if orcid
                else [],
            }
        )
    if not record.get("creators"):  # it asks for one
        yield {"name": _publisher(facts, language), "nameType": "Organizational"}


def _datacite_subjects(record: Record) -> Iterator[dict[str, str]]:
    labels = vocabularies().subjects.labels
    for code in record.get("subjects", ()):
        yield from ({"subject": text, "lang": language} for language, text in labels(code).items())
    yield from ({"subject": text} for text in record.get("keywords", ()))


def _datacite_related(record: Record, facts: MaterialFacts) -> Iterator[dict[str, str]]:
    related = [(RELATIONS[kind].datacite or "", address) for kind, address in facts.related]
    related += [("IsPartOf", address) for address, _ in facts.courses]
    related += [("IsDerivedFrom", record["source_url"])] if record.get("source_url") else []
    for kind, address in related:
        yield {"relatedIdentifier": address, "relatedIdentifierType": "URL", "relationType": kind}


def _datacite_rights(record: Record) -> Iterator[dict[str, str]]:
    licence = vocabularies().licences.get(record.get("licence", ""))
    if licence is not None:
        yield {"rights": licence.facts["name"], "rightsUri": licence.code}


def _datacite_descriptions(record: Record) -> Iterator[dict[str, str]]:
    for name, kind in _DESCRIPTIONS.items():
        for language, text in (field_named(name).of(record) or {}).items():
            words = "\n".join(text) if isinstance(text, list) else text
            yield {"description": words, "descriptionType": kind, "lang": language}


def _place(record: Record, language: str) -> list[str]:
    return [in_language(vocabularies().places.labels(record["place"]), language)] if record.get("place") else []


# For programs of those who write.

_TEX = str.maketrans(
    {**{each: f"\\{each}" for each in "{}%&#$_"}, "\\": r"\textbackslash{}", "~": r"\textasciitilde{}"}
)
_TEX[ord("^")] = r"\textasciicircum{}"


def bibtex(record: Record, facts: MaterialFacts, language: str) -> str:
    """Return a material as an entry of BibTeX. Names stay whole: no Vietnamese one ends in a family name."""
    values = {
        "author": " and ".join(f"{{{name.translate(_TEX)}}}" for name in _makers(record)),
        **{
            name: " ".join(text.split()).translate(_TEX)
            for name, text in {
                "title": in_language(record.get("title"), language),
                "year": _day(record, facts)[:4],
                "publisher": _publisher(facts, language),
                "type": ", ".join(_labels(record, "types", language)),
                "language": ", ".join(record.get("language", ())),
                "keywords": ", ".join(_words(record, language)),
                "abstract": in_language(record.get("summary"), language),
                "note": _licence(record),
                "version": str(facts.version or ""),
            }.items()
        },
        "url": re.sub(r"([{}\\])", lambda found: f"%{ord(found[1]):02X}", facts.address),
    }
    lines = [f"  {name} = {{{value}}}" for name, value in values.items() if value]
    return f"@misc{{oer-{facts.public_id},\n" + ",\n".join(lines) + "\n}\n"


_RIS_TYPES = {"audio": "SOUND", "video": "VIDEO", "image": "FIGURE", "ebook": "EBOOK", "spreadsheet": "DATA"}


def ris(record: Record, facts: MaterialFacts, language: str) -> str:
    """Return a material as a record of RIS."""
    day = _day(record, facts)
    tags: list[tuple[str, str]] = [("TY", _RIS_TYPES.get(_medium(facts), "ELEC"))]
    tags += [("AU", name) for name in _makers(record)]
    tags += [
        ("TI", in_language(record.get("title"), language)),
        ("PY", day[:4]),
        ("DA", "/".join((*day.split("-"), "", "")[:3]) + "/" if day else ""),
        ("PB", _publisher(facts, language)),
        ("AB", in_language(record.get("summary"), language)),
        ("M3", ", ".join(_labels(record, "types", language))),
        ("LA", ", ".join(record.get("language", ()))),
        ("ET", str(facts.version or "")),
        ("N1", _licence(record)),
        *(("KW", word) for word in _words(record, language)),
        ("UR", facts.address),
        *(("L1", each.address) for each in facts.encodings),
    ]
    lines = [f"{tag}  - {' '.join(text.split())}" for tag, text in tags if text]
    return "\r\n".join([*lines, "ER  - ", ""])


_CSL_TYPES = {"audio": "song", "video": "motion_picture", "image": "graphic", "ebook": "book", "spreadsheet": "dataset"}


def csl(record: Record, facts: MaterialFacts, language: str) -> dict[str, Any]:
    """Return a material as an item of the Citation Style Language."""
    day = _day(record, facts)
    return _given(
        {
            "id": f"oer-{facts.public_id}",
            "type": _CSL_TYPES.get(_medium(facts), "document"),
            "title": in_language(record.get("title"), language),
            "author": [{"literal": name} for name in _makers(record)],
            "issued": {"date-parts": [[int(part) for part in day.split("-")]]} if day else None,
            "publisher": _publisher(facts, language),
            "abstract": in_language(record.get("summary"), language),
            "genre": ", ".join(_labels(record, "types", language)),
            "language": next(iter(record.get("language", ())), None),
            "keyword": ", ".join(_words(record, language)),
            "dimensions": record.get("time_required"),
            "source": record.get("source_url"),
            "version": str(facts.version or ""),
            "note": _licence(record),
            "URL": facts.address,
        }
    )


# In words.


def in_apa_style(record: Record, facts: MaterialFacts, language: str) -> str:
    """Return the citation in the style of the APA. Vietnamese names are given whole, as their bearers write them."""
    title, makers = in_language(record.get("title"), language), _makers(record)
    year = f"({_day(record, facts)[:4] or 'n.d.'})"
    if len(makers) > 1:
        makers = [", ".join(makers[:-1]) + (", & " if len(makers) > 2 else " & ") + makers[-1]]
    first = [f"{makers[0]} {year}", title] if makers else [title, year]
    return ". ".join(filter(None, (*first, _publisher(facts, language), facts.address)))


def in_vietnamese_style(record: Record, facts: MaterialFacts, language: str) -> str:
    """Return the citation as Vietnamese theses have it: who (year), title, publisher, address."""
    title, year = in_language(record.get("title"), language), _day(record, facts)[:4]
    makers = ", ".join(_makers(record))
    dated = f" ({year})" if year else ""
    first = [f"{makers}{dated}", title] if makers else [f"{title}{dated}"]
    return ", ".join(filter(None, (*first, _publisher(facts, language), facts.address))) + "."


# The tags that search engines for scholars read.


def citation_tags(record: Record, facts: MaterialFacts, language: str) -> list[tuple[str, str]]:
    """Return names and contents of the `citation_*` tags of a material's page."""
    pdf = next((each.address for each in facts.encodings if each.media_type == "application/pdf"), "")
    tags = [
        ("citation_title", in_language(record.get("title"), language)),
        *(("citation_author", name) for name in _makers(record)),
        ("citation_publication_date", _day(record, facts).replace("-", "/")),
        ("citation_publisher", _publisher(facts, language)),
        *(("citation_language", code) for code in record.get("language", ())),
        ("citation_keywords", "; ".join(_words(record, language))),
        ("citation_abstract", in_language(record.get("summary"), language)),
        ("citation_public_url", facts.address),
        ("citation_pdf_url", pdf),
    ]
    return [(name, text) for name, text in tags if text]
