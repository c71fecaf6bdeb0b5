"""Every field of a record reaches every format, or the table says that it has no place there."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from oer.catalogue.fields import FIELDS
from oer.catalogue.schemas.record import CHECKS, parse_record
from oer.exchange.bibliographic import citation_tags
from oer.exchange.crosswalk import RELATIONS, TABLE, Crosswalk, Encoding, MaterialFacts
from oer.exchange.formats import FORMATS as ALL_FORMATS
from oer.exchange.json_ld import learning_resource
from oer.exchange.xml_formats import dublin_core, lrmi, oai_dc, oai_lom
from oer.vocabularies import vocabularies

LICENCE = "https://creativecommons.org/licenses/by-sa/4.0/"
# A value for each field that stands nowhere else in a description.
VALUES: Mapping[str, Any] = {
    "title": {"vi": "Tên Aq"},
    "summary": {"vi": "Tóm tắt Bq"},
    "creators": [{"name": "Người Cq"}],
    "unit": "thu-vien",
    "subjects": ["dig.an-toan"],
    "levels": ["thcs"],
    "grades": ["lop-7"],
    "school_subjects": ["ngu-van"],
    "types": ["handbook"],
    "audiences": ["workers"],
    "language": ["km"],
    "keywords": ["từ Dq"],
    "licence": LICENCE,
    "time_required": "PT7H",
    "typical_age": "17-19",
    "outcomes": {"vi": ["làm Eq"]},
    "prerequisites": {"vi": ["biết Gq"]},
    "accessibility.features": ["captions"],
    "accessibility.hazards": ["flashing"],
    "accessibility.access_mode": ["tactile"],
    "accessibility.summary": {"vi": "dễ Hq"},
    "source_url": "https://example.org/source-Jq",
    "published_on": "1987-06-05",
    "place": "26506",
}
PUBLISHER = "Đơn vị Kq"
FACTS = MaterialFacts(
    "https://example.org/materials/8k3mt-w2xpa",
    publisher={"vi": PUBLISHER},
    published="2026-01-02",
    changed="2026-01-03",
    version=3,
    encodings=[Encoding("https://example.org/f/1", "application/pdf", 10, "a.pdf")],
)
Writer = Callable[[Mapping[str, Any], MaterialFacts], str]
FILES: Mapping[str, Writer] = {
    ending: lambda record, facts, form=form: form.write(record, facts, "vi") for ending, form in ALL_FORMATS.items()
}
FORMATS: Mapping[str, tuple[Callable[[Crosswalk], str | None], Writer]] = {
    "JSON-LD": (
        lambda row: row.schema_org,
        lambda record, facts: json.dumps(learning_resource(record, facts, "vi"), ensure_ascii=False),
    ),
    "LRMI": (lambda row: row.schema_org, lrmi),
    "Dublin Core": (lambda row: row.dublin_core, dublin_core),
    "oai_dc": (lambda row: row.oai_dc, oai_dc),
    "LOM": (lambda row: row.lom, oai_lom),
    "DataCite": (lambda row: row.datacite, FILES["datacite.json"]),
    "BibTeX": (lambda row: row.bibtex, FILES["bib"]),
    "RIS": (lambda row: row.ris, FILES["ris"]),
    "CSL": (lambda row: row.csl, FILES["csl.json"]),
    "tags": (lambda row: row.citation_tag, lambda *given: repr(citation_tags(*given, "vi"))),
}


def the_record(*fields: str) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for field in FIELDS:
        if field.name in fields:
            field.put(given, VALUES[field.name])
    return parse_record(given)


def written_as(name: str) -> list[str]:
    """What tells that a field is there: each of its value's texts, or its code or label."""
    field = next(each for each in FIELDS if each.name == name)
    if name == "unit":
        return [PUBLISHER]
    if name == "published_on":
        return ["1987"]  # some formats have a year alone, or write days in their own way
    value = VALUES[name]
    if field.vocabulary:
        codes = value if isinstance(value, list) else [value]
        return [text for code in codes for text in (code, vocabularies().scheme(field.vocabulary).labels(code)["vi"])]
    found = json.dumps(value, ensure_ascii=False)
    return re.findall(r'"(?:vi|name)": \[?"([^"]+)"', found) or re.findall(r'"([^"]+)"', found)


def test_there_is_a_row_for_every_field_and_kind_of_relation() -> None:
    rows = [row.field for row in TABLE]
    assert len(rows) == len(set(rows))
    assert {row.partition(".")[0] for row in rows} == set(CHECKS)
    assert [each.code for each in vocabularies().relations] == list(RELATIONS)
    assert set(VALUES) == {field.name for field in FIELDS} - {"relations"}


@pytest.mark.parametrize("form", FORMATS)
def test_every_field_reaches_a_format_or_is_listed_as_having_no_place_there(form: str) -> None:
    place_in, write = FORMATS[form]
    everything = the_record(*VALUES)
    for row in TABLE:
        if row.field not in VALUES:
            continue
        text = write(everything, FACTS)
        is_there = any(each in text for each in written_as(row.field))
        assert is_there == (place_in(row) is not None), f"{row.field} in {form}: {place_in(row)}"


@pytest.mark.parametrize("form", FORMATS)
def test_every_kind_of_relation_reaches_a_format_or_is_listed_as_having_no_place_there(form: str) -> None:
    place_in, write = FORMATS[form]
    for kind, row in RELATIONS.items():
        address = f"https://example.org/{kind}-Lq"
        related = MaterialFacts(FACTS.address, publisher=FACTS.publisher, related=[(kind, address)])
        assert (address in write(the_record("title"), related)) == (place_in(row) is not None), f"{kind} in {form}"


def test_docs_show_the_table() -> None:
    text = (Path(__file__).parents[2] / "docs" / "metadata.md").read_text(encoding="utf-8")
    shown = {
        cells[0].strip("`"): cells[1:]
        for line in text.splitlines()
        if len(cells := [cell.strip() for cell in line.strip("| ").split("|")]) == 10
    }
    for row in TABLE:
        places = (row.schema_org, row.dublin_core, row.oai_dc, row.lom, row.datacite, row.bibtex, row.ris, row.csl)
        assert shown.get(row.field) == [each or "–" for each in (*places, row.citation_tag)], row.field
