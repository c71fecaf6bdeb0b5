"""Set files of any format, recognised by their content, and the sets shipped with the product."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from oer.indicators.set_files.documents import LineDocument, SetDocument
from oer.indicators.set_files.workbooks import read_workbook
from oer.indicators.set_files.yaml_files import read_yaml

ZIP_SIGNATURE = b"PK\x03\x04"


def read_set_file(content: bytes) -> list[SetDocument]:
    """Return the sets of an XLSX or YAML file. Raises Unprocessable."""
    return read_workbook(content) if content.startswith(ZIP_SIGNATURE) else read_yaml(content)


# The sets that come with the product, with the validity that the files tell in words, and our Vietnamese texts.

DATA = Path(__file__).parent.parent / "data"
FILES = ("unesco_key_features.yaml", "vn_regulatory_indicators.yaml", "computed_indicators.yaml")


def read_data(name: str) -> dict[str, Any]:
    """Return a data file of indicators."""
    return dict(yaml.safe_load((DATA / name).read_text(encoding="utf-8")))


def shipped_sets() -> list[SetDocument]:
    """Return every set shipped with the product."""
    validity, texts = read_data("validity.yaml"), read_data("texts_vi.yaml")["texts"]
    documents = [each for name in FILES for each in read_yaml((DATA / name).read_bytes())]
    return [_completed(document, validity, texts) for document in documents]


def _completed(document: SetDocument, validity: dict[str, Any], texts: dict[str, Any]) -> SetDocument:
    dates = validity["sets"].get(document.code, {})
    lines = [_completed_line(line, validity["lines"], texts) for line in document.lines]
    return replace(document, lines=lines, **dates)


def _completed_line(line: LineDocument, dates: dict[str, Any], texts: dict[str, Any]) -> LineDocument:
    facts = {**line.facts, "vi": texts[line.code]} if line.code in texts else line.facts
    return replace(line, facts=facts, **dates.get(line.code, {}))
