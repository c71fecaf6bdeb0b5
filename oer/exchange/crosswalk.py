"""Crosswalk: each field of a record in the terms of every format that others read, and what else they are told.

schema.org with LRMI as profiled by AMB (Allgemeines Metadatenprofil für Bildungsressourcen), DCMI Metadata Terms, and
IEEE 1484.12.1 (LOM) are declared with the field, in `oer.catalogue.fields`; the formats of catalogues and of those who
cite stand here. None: the format has no place for the field. docs/metadata.md shows the table, and a test writes every
field in every format to see that both are true.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oer.catalogue.fields import FIELDS


@dataclass(frozen=True)
class Crosswalk:
    """A field of a record in the other formats."""

    field: str
    schema_org: str | None
    dublin_core: str | None
    lom: str | None
    datacite: str | None = None
    bibtex: str | None = None
    ris: str | None = None
    csl: str | None = None
    citation_tag: str | None = None

    @property
    def oai_dc(self) -> str | None:
        """Which of the fifteen elements of simple Dublin Core it is; its terms are refined from them."""
        term = self.dublin_core
        return term if term is None or term in FIFTEEN else _REFINED_FROM.get(term)


FIFTEEN = frozenset(
    {
        *("title", "creator", "subject", "description", "publisher", "contributor", "date", "type", "format"),
        *("identifier", "source", "language", "relation", "coverage", "rights"),
    }
)
_OF_RELATIONS = (
    *("requires", "isRequiredBy", "isPartOf", "hasPart", "isVersionOf", "hasVersion", "isFormatOf", "hasFormat"),
    *("references", "isReferencedBy"),
)
_REFINED_FROM = {
    "license": "rights",
    "extent": "format",
    "issued": "date",
    "modified": "date",
    "spatial": "coverage",
    **dict.fromkeys(_OF_RELATIONS, "relation"),
}
# DataCite, BibTeX, RIS, CSL, tags for scholars' search engines.
_CITED: Mapping[str, tuple[str | None, ...]] = {
    "title": ("titles", "title", "TI", "title", "citation_title"),
    "summary": ("descriptions", "abstract", "AB", "abstract", "citation_abstract"),
    "creators": ("creators", "author", "AU", "author", "citation_author"),
    "unit": ("publisher", "publisher", "PB", "publisher", "citation_publisher"),
    "subjects": ("subjects", "keywords", "KW", "keyword", "citation_keywords"),
    "keywords": ("subjects", "keywords", "KW", "keyword", "citation_keywords"),
    "types": ("types", "type", "M3", "genre", None),
    "language": ("language", "language", "LA", "language", "citation_language"),
    "licence": ("rightsList", "note", "N1", "note", None),
    "time_required": ("sizes", None, None, "dimensions", None),
    "source_url": ("relatedIdentifiers", None, None, "source", None),
    "published_on": ("dates", "year", "PY", "issued", "citation_publication_date"),
    "place": ("geoLocations", None, None, None, None),
    "accessibility.summary": ("descriptions", None, None, None, None),
    "outcomes": ("descriptions", None, None, None, None),
    "prerequisites": ("descriptions", None, None, None, None),
}
_NOWHERE: tuple[None, ...] = (None,) * 5
# The kinds of relation: schema.org, Dublin Core, LOM, DataCite. What schema.org does not know is a `mentions` there.
_RELATIONS = (
    ("isBasedOn", "isBasedOn", "source", "isbasedon", "IsDerivedFrom"),
    ("isBasisFor", "mentions", "relation", "isbasisfor", "IsSourceOf"),
    ("isPartOf", "isPartOf", "isPartOf", "ispartof", "IsPartOf"),
    ("hasPart", "hasPart", "hasPart", "haspart", "HasPart"),
    ("isVersionOf", "exampleOfWork", "isVersionOf", "isversionof", "IsVersionOf"),
    ("hasVersion", "workExample", "hasVersion", "hasversion", "HasVersion"),
    ("isFormatOf", "mentions", "isFormatOf", "isformatof", "IsVariantFormOf"),
    ("hasFormat", "mentions", "hasFormat", "hasformat", "IsOriginalFormOf"),
    ("references", "citation", "references", "references", "References"),
    ("isReferencedBy", "mentions", "isReferencedBy", "isreferencedby", "IsReferencedBy"),
    ("requires", "mentions", "requires", "requires", "Requires"),
    ("isRequiredBy", "mentions", "isRequiredBy", "isrequiredby", "IsRequiredBy"),
    ("translationOfWork", "translationOfWork", "isVersionOf", "isversionof", "IsTranslationOf"),
    ("workTranslation", "workTranslation", "hasVersion", "hasversion", "HasTranslation"),
)
RELATIONS: Mapping[str, Crosswalk] = {
    kind: Crosswalk(f"relations.{kind}", schema_org, dublin_core, lom, datacite)
    for kind, schema_org, dublin_core, lom, datacite in _RELATIONS
}
TABLE = (
    *(
        Crosswalk(each.name, each.schema_org or None, each.dublin_core, each.lom, *_CITED.get(each.name, _NOWHERE))
        for each in FIELDS
        if each.name != "relations"
    ),
    *RELATIONS.values(),
)


@dataclass(frozen=True)
class Encoding:
    """A file of a material: where it is downloaded, what it is, how large it is in bytes."""

    address: str
    media_type: str
    size: int
    name: str


@dataclass(frozen=True)
class MaterialFacts:
    """What is known of a material outside of its record. Addresses are absolute, dates as ISO 8601 writes them.

    `related` are kinds of relation with the address of the other one, which everybody may see.
    """

    address: str
    publisher: Mapping[str, str] | None = None
    published: str | None = None
    changed: str | None = None
    version: int | None = None
    image: str | None = None
    encodings: Sequence[Encoding] = ()
    courses: Sequence[tuple[str, Mapping[str, str]]] = ()
    related: Sequence[tuple[str, str]] = ()

    @property
    def public_id(self) -> str:
        """The material's id, which ends its address."""
        return self.address.rpartition("/")[2]
