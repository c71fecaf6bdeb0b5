"""A material as XML: Dublin Core (the fifteen elements, and all terms), IEEE LOM, LRMI as RDF/XML.

Written as text, for a harvest asks for thousands at once; `escaped` is the only way into it.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from oer.catalogue.fields import FIELDS, Field
from oer.exchange.crosswalk import RELATIONS, TABLE, MaterialFacts
from oer.exchange.json_ld import IN_ALL, learning_resource
from oer.vocabularies import vocabularies

Record = Mapping[str, Any]
Texts = Iterable[tuple[str, str]]
"""Texts, each with its language; "" for what is of none."""

# What XML 1.0 cannot hold, not even as a reference (section 2.2).
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARKS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})


def escaped(text: str) -> str:
    """Return a text fit for an element or attribute, without what XML 1.0 cannot hold."""
    return without_controls(text).translate(_MARKS)


def without_controls(text: str) -> str:
    """Return a text without what XML 1.0 cannot hold."""
    return text if text.isprintable() else _NOT_XML.sub("", text)


def _element(name: str, text: str, language: str = "") -> str:
    tag = f'{name} xml:lang="{escaped(language)}"' if language else name
    return f"<{tag}>{escaped(text)}</{name}>"


# Values as texts.


def _texts_of(field: Field, value: Any) -> Texts:
    """Return a value as texts: in every language that it has, a code of ours by its labels, a standard's as it is."""
    if field.name == "creators":
        return [("", each["name"]) for each in value]
    if field.vocabulary and not field.codes_are_standard:
        labels = vocabularies().scheme(field.vocabulary).labels
        return [pair for code in _listed(value) for pair in labels(code).items()]
    if isinstance(value, Mapping):
        return [(language, text) for language, texts in value.items() for text in _listed(texts)]
    return [("", str(each)) for each in _listed(value)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


_ROWS = {row.field: row for row in TABLE}


def _with_values(record: Record) -> Iterator[tuple[Field, Any]]:
    for field in FIELDS:
        value = field.of(record)
        # The publisher is the unit as the database knows it.
        if value and field.name not in {"unit", "relations"}:
            yield field, value


# Dublin Core.

_DC_OPEN = (
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="http://www.openarchives.org/OAI/2.0/oai_dc/ http://www.openarchives.org/OAI/2.0/oai_dc.xsd">'
)
_SIMPLE = [(field, _ROWS[field.name].oai_dc) for field in FIELDS if field.name in _ROWS]


def oai_dc(record: Record, facts: MaterialFacts) -> str:
    """Return a material in the fifteen elements of Dublin Core."""
    parts = [_DC_OPEN, _element("dc:identifier", facts.address)]
    for field, element in _SIMPLE:
        value = field.of(record) if element and field.name != "unit" else None
        if value:
            parts += [_element(f"dc:{element}", text, language) for language, text in _texts_of(field, value)]
    parts += [_element("dc:publisher", name, language) for language, name in (facts.publisher or {}).items()]
    if facts.published and not record.get("published_on"):
        parts.append(_element("dc:date", facts.published))
    parts += [_element("dc:format", kind) for kind in dict.fromkeys(each.media_type for each in facts.encodings)]
    parts += [_element("dc:relation", address) for address, _ in facts.courses]
    parts += [_element(f"dc:{RELATIONS[kind].oai_dc}", address) for kind, address in facts.related]
    return "".join(parts) + "</oai_dc:dc>"


_DCTERMS_OPEN = '<metadata xmlns:dcterms="http://purl.org/dc/terms/">'


def dublin_core(record: Record, facts: MaterialFacts) -> str:
    """Return a material in all terms of Dublin Core: more than the fifteen elements can say."""
    parts = [_DCTERMS_OPEN, _element("dcterms:identifier", facts.address)]
    for field, value in _with_values(record):
        term = _ROWS[field.name].dublin_core
        if term:
            parts += [_element(f"dcterms:{term}", text, language) for language, text in _texts_of(field, value)]
    parts += [_element("dcterms:publisher", name, language) for language, name in (facts.publisher or {}).items()]
    said = {"issued": None if record.get("published_on") else facts.published, "modified": facts.changed}
    parts += [_element(f"dcterms:{term}", day) for term, day in said.items() if day]
    parts += [_element("dcterms:format", kind) for kind in dict.fromkeys(each.media_type for each in facts.encodings)]
    parts += [_element("dcterms:isPartOf", address) for address, _ in facts.courses]
    parts += [_element(f"dcterms:{RELATIONS[kind].dublin_core}", address) for kind, address in facts.related]
    return "".join(parts) + "</metadata>"


# IEEE LOM. In its binding the parts of a category may stand in any order.

_LOM_OPEN = (
    '<lom xmlns="http://ltsc.ieee.org/xsd/LOM" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="http://ltsc.ieee.org/xsd/LOM http://ltsc.ieee.org/xsd/lomv1.0/lom.xsd">'
)
_CATEGORIES = [
    "general",
    "lifeCycle",
    "metaMetadata",
    "technical",
    "educational",
    "rights",
    "relation",
    "annotation",
]


def _strings(name: str, texts: Texts) -> str:
    found = "".join(
        f'<string language="{escaped(language)}">{escaped(text)}</string>'
        if language
        else f"<string>{escaped(text)}</string>"
        for language, text in texts
    )
    return f"<{name}>{found}</{name}>"


def _term(name: str, source: str, value: str) -> str:
    return f"<{name}>{_element('source', source)}{_element('value', value)}</{name}>"


def _contribute(role: str, entity: str, day: str = "") -> str:
    date = f"<date>{_element('dateTime', day)}</date>" if day else ""
    return (
        f"<contribute>{_term('role', 'LOMv1.0', role)}{_element('entity', entity) if entity else ''}{date}</contribute>"
    )


def _vcard(name: str, organisation: str = "") -> str:
    def plain(text: str) -> str:
        return re.sub(r"([\\,;])", r"\\\1", " ".join(text.split()))

    lines = ["BEGIN:VCARD", "VERSION:3.0", f"FN:{plain(name)}", f"N:{plain(name)};;;;"]
    lines += [f"ORG:{plain(organisation)}"] if organisation else []
    return "\r\n".join([*lines, "END:VCARD"]).replace("\r\n", "\n")


_LOM_ROLES = {"author": "author", "editor": "editor", "publisher": "publisher", "illustrator": "graphical designer"}
_LOM_SOURCES = {"levels": "ISCED 2011 (HCMC)"}


def _lom_creators(_field: Field, value: Any) -> Iterator[str]:
    for each in value:
        role = _LOM_ROLES.get(each.get("role", ""), "unknown")
        yield _contribute(role, _vcard(each["name"], each.get("affiliation", "")))


def _lom_taxa(field: Field, value: Any) -> Iterator[str]:
    labels = vocabularies().scheme(field.vocabulary).labels
    taxa = "".join(
        f"<taxonPath>{_strings('source', [('en', field.vocabulary)])}"
        f"<taxon>{_element('id', code)}{_strings('entry', labels(code).items())}</taxon></taxonPath>"
        for code in _listed(value)
    )
    yield _term("purpose", "LOMv1.0", "discipline") + taxa


def _lom_terms(field: Field, value: Any) -> Iterator[str]:
    name = (_ROWS[field.name].lom or "").rpartition(".")[2]
    for code in _listed(value):
        yield _term(name, _LOM_SOURCES.get(field.vocabulary, f"oer:{field.vocabulary}"), code)


def _lom_rights(_field: Field, value: Any) -> Iterator[str]:
    free = "no" if value.rstrip("/").endswith(("zero/1.0", "mark/1.0")) else "yes"
    yield _term("cost", "LOMv1.0", "no") + _term("copyrightAndOtherRestrictions", "LOMv1.0", free)
    yield _strings("description", [("", value)])


def _lom_plain(field: Field, value: Any) -> Iterator[str]:
    """As its path says: a text, or one in several languages; a list of keywords is one element each."""
    name = (_ROWS[field.name].lom or "").rpartition(".")[2]
    texts = list(_texts_of(field, value))
    if field.vocabulary and not field.codes_are_standard:
        labels = vocabularies().scheme(field.vocabulary).labels
        yield from (_strings(name, labels(code).items()) for code in _listed(value))
    elif name in {"language", "location"}:
        yield from (_element(name, text) for _, text in texts)
    elif name == "typicalLearningTime":
        yield from (f"<{name}>{_element('duration', text)}</{name}>" for _, text in texts)
    elif name == "contribute":
        yield from (_contribute("unknown", _vcard(text)) for _, text in texts)
    elif isinstance(value, Mapping) and all(isinstance(each, str) for each in value.values()):
        yield _strings(name, texts)
    else:
        yield from (_strings(name, [text]) for text in texts)


_LOM: Mapping[str, Callable[[Field, Any], Iterator[str]]] = {
    "creators": _lom_creators,
    "licence": _lom_rights,
    "published_on": lambda _field, value: iter([_contribute("publisher", "", value)]),
}


_LOM_BY_PATH: Mapping[str, Callable[[Field, Any], Iterator[str]]] = {
    "classification.taxonPath": _lom_taxa,
    "educational.context": _lom_terms,
    "educational.learningResourceType": _lom_terms,
    "educational.intendedEndUserRole": _lom_terms,
}


def oai_lom(record: Record, facts: MaterialFacts) -> str:
    """Return a material as IEEE 1484.12.1 (LOM) in the XML binding of IEEE 1484.12.3."""
    within: dict[str, list[str]] = defaultdict(list)
    within["general"].append(_identifier(facts.address))
    for field, value in _with_values(record):
        path = _ROWS[field.name].lom
        if path:
            write = _LOM.get(field.name) or _LOM_BY_PATH.get(path, _lom_plain)
            within[path.partition(".")[0]] += write(field, value)
    for name in list((facts.publisher or {}).values())[:1]:
        day = "" if record.get("published_on") else facts.published or ""
        within["lifeCycle"].append(_contribute("publisher", _vcard(name, name), day))
    if facts.version:
        within["lifeCycle"].insert(0, _strings("version", [("", str(facts.version))]))
    within["metaMetadata"].append(_element("metadataSchema", "LOMv1.0"))
    kinds = dict.fromkeys(each.media_type for each in facts.encodings)
    within["technical"] += [_element("format", kind) for kind in kinds]
    within["technical"] += [
        _element("location", each) for each in (facts.address, *(e.address for e in facts.encodings))
    ]
    if facts.encodings:
        within["technical"].append(_element("size", str(sum(each.size for each in facts.encodings))))
    parts = [f"<{name}>{''.join(within[name])}</{name}>" for name in _CATEGORIES if within[name]]
    parts += [f"<classification>{each}</classification>" for each in within["classification"]]
    related = [
        *((RELATIONS[kind].lom or "", to) for kind, to in facts.related),
        *(("ispartof", to) for to, _ in facts.courses),
    ]
    parts += [
        f"<relation>{_term('kind', 'LOMv1.0', kind)}<resource>{_identifier(to)}</resource></relation>"
        for kind, to in related
    ]
    return f"{_LOM_OPEN}{''.join(parts)}</lom>"


def _identifier(address: str) -> str:
    return f"<identifier>{_element('catalog', 'URI')}{_element('entry', address)}</identifier>"


# LRMI: what the page says as JSON-LD, as RDF/XML.

_RDF_OPEN = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:schema="https://schema.org/">'
_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`]+")


def lrmi(record: Record, facts: MaterialFacts) -> str:
    """Return a material in the terms of LRMI (part of schema.org) as RDF/XML, with texts in all their languages."""
    described = learning_resource(record, facts, IN_ALL)
    described.pop("@context")
    return f"{_RDF_OPEN}{_node(described)}</rdf:RDF>"


def _node(described: Mapping[str, Any]) -> str:
    first, *others = _listed(described.get("@type", "Thing"))
    about = f' rdf:about="{escaped(described["@id"])}"' if "@id" in described else ""
    types = "".join(f'<rdf:type rdf:resource="https://schema.org/{each}"/>' for each in others)
    said = "".join(
        _property(name, each)
        for name, value in described.items()
        if not name.startswith("@")
        for each in _listed(value)
    )
    return f"<schema:{first}{about}>{types}{said}</schema:{first}>"


def _property(name: str, value: Any) -> str:
    tag = f"schema:{name}"
    if isinstance(value, Mapping):
        if "@value" in value:
            return _element(tag, value["@value"], value.get("@language", ""))
        return f"<{tag}>{_node(value)}</{tag}>"
    if isinstance(value, bool):
        return _element(tag, str(value).lower())
    if isinstance(value, str) and _ADDRESS.fullmatch(value):
        return f'<{tag} rdf:resource="{escaped(value)}"/>'
    return _element(tag, str(value))
