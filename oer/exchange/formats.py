"""The formats of one material: their addresses, which of them an Accept header prefers, and the links between them."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from oer.exchange.bibliographic import bibtex, csl, datacite, in_apa_style, in_vietnamese_style, ris
from oer.exchange.crosswalk import MaterialFacts
from oer.exchange.json_ld import learning_resource
from oer.exchange.xml_formats import dublin_core

Record = Mapping[str, Any]
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True)
class Format:
    """A format: what an address of it ends in, its media type, and who writes it (record, facts, language)."""

    ending: str
    media_type: str
    write: Callable[[Record, MaterialFacts, str], str]
    shown_as: str = ""
    """The media type at its own address, if that is another, so that browsers show it."""


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def in_words(record: Record, facts: MaterialFacts, language: str) -> str:
    """Return the citation in words: in Vietnamese in the style of theses here, in English in that of the APA."""
    style = in_vietnamese_style if language == "vi" else in_apa_style
    return style(record, facts, language) + "\n"


def linkset(record: Record, facts: MaterialFacts) -> dict[str, Any]:
    """Return all typed links of a material as a linkset (RFC 9264): what the headers say, and the way back."""
    links: dict[str, list[dict[str, str]]] = {}
    for relation, target in typed_links(record, facts):
        links.setdefault(relation, []).append(target)
    landing = {"href": facts.address, "type": "text/html"}
    described = [{"anchor": each["href"], "describes": [landing]} for each in links["describedby"]]
    items = [{"anchor": each["href"], "collection": [landing]} for each in links.get("item", ())]
    return {"linkset": [{"anchor": facts.address, **links}, *items, *described]}


FORMATS: Mapping[str, Format] = {
    each.ending: each
    for each in (
        Format("jsonld", "application/ld+json", lambda *given: _json(learning_resource(*given))),
        Format("datacite.json", "application/vnd.datacite.datacite+json", lambda *given: _json(datacite(*given))),
        Format("dc.xml", "application/xml", lambda record, facts, _: _XML + dublin_core(record, facts)),
        Format("bib", "application/x-bibtex", bibtex),
        Format("ris", "application/x-research-info-systems", ris),
        Format("csl.json", "application/vnd.citationstyles.csl+json", lambda *given: _json(csl(*given))),
        Format("txt", "text/x-bibliography", in_words, shown_as="text/plain"),
        Format("linkset.json", "application/linkset+json", lambda record, facts, _: _json(linkset(record, facts))),
    )
}
_QUALITY = re.compile(r"[01](\.[0-9]{0,3})?")
_BY_TYPE = {each.media_type: each for each in FORMATS.values()}


@lru_cache(maxsize=512)
def preferred(accept: str) -> Format | None:
    """Return the format that an Accept header prefers to a page; None for a page."""
    if not any(kind in accept for kind in _BY_TYPE):
        return None
    given = dict(map(_quality, accept.lower().split(",")))
    of_page = next((given[kind] for kind in ("text/html", "text/*", "*/*") if kind in given), 0.0)
    best = max((kind for kind in given if kind in _BY_TYPE), key=lambda kind: given[kind], default="")
    return _BY_TYPE[best] if best and given[best] > of_page else None


def _quality(part: str) -> tuple[str, float]:
    """Return a media type of an Accept header with its quality; one that cannot be read is not wanted."""
    kind, *parameters = (each.strip() for each in part.split(";"))
    said = next((each[2:] for each in parameters if each.startswith("q=")), "1")
    return kind, float(said) if _QUALITY.fullmatch(said) else 0.0


def typed_links(record: Record, facts: MaterialFacts) -> Iterator[tuple[str, dict[str, str]]]:
    """Give the typed links of a material's page as Signposting wants them, each with its relation."""
    yield "cite-as", {"href": facts.address}
    for kind in ("AboutPage", "LearningResource"):
        yield "type", {"href": f"https://schema.org/{kind}"}
    if record.get("licence"):
        yield "license", {"href": record["licence"]}
    for each in record.get("creators", ()):
        if each.get("orcid"):
            yield "author", {"href": f"https://orcid.org/{each['orcid']}"}
    for form in FORMATS.values():
        if form.ending not in {"linkset.json", "txt"}:
            yield "describedby", {"href": f"{facts.address}.{form.ending}", "type": form.media_type}
    for file in facts.encodings:
        yield "item", {"href": file.address, "type": file.media_type}
    for address, _ in facts.courses:
        yield "collection", {"href": address, "type": "text/html"}


MOST_ITEMS = 10
"""In a header; a front takes a few KB of headers, and the linkset has all."""


def link_header(record: Record, facts: MaterialFacts) -> str:
    """Return the Link header (RFC 8288) of a material's page; with many files it names the linkset instead of each."""
    items = len(facts.encodings)
    said = [
        _link(relation, target)
        for relation, target in typed_links(record, facts)
        if relation != "item" or items <= MOST_ITEMS
    ]
    where = {"href": f"{facts.address}.linkset.json", "type": "application/linkset+json"}
    return ", ".join([*said, _link("linkset", where)])


def _link(relation: str, target: Mapping[str, str]) -> str:
    kind = f'; type="{target["type"]}"' if "type" in target else ""
    return f'<{target["href"]}>; rel="{relation}"{kind}'
