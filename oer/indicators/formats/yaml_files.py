"""Indicator sets as YAML: our own shape, and the three shapes that the first sets came in."""

from collections.abc import Mapping
from typing import Any

import yaml

from oer.core.errors import OerError, Unprocessable
from oer.core.i18n import N_
from oer.indicators.formats.documents import SCHEMA, SetDocument, to_plain
from oer.indicators.formats.published import READERS
from oer.indicators.formats.reading import set_from_plain

NOT_YAML = N_("This is not a YAML file of an indicator set: %(why)s.")
UNKNOWN_SCHEMA = N_("This file's schema is “%(schema)s”. Known here: %(known)s.")
BROKEN = N_("This file does not have the parts that its schema promises: %(why)s.")


def read_yaml(text: str | bytes) -> list[SetDocument]:
    """Return the sets of a YAML file in any of the known shapes. Raises Unprocessable."""
    try:
        file = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 (both are safe loaders)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Unprocessable(NOT_YAML, why=str(error).splitlines()[0]) from None
    if not isinstance(file, Mapping):
        raise Unprocessable(NOT_YAML, why="no mapping")
    schema = _schema(file)
    if schema == SCHEMA:
        return [set_from_plain(file)]
    if schema not in READERS:
        raise Unprocessable(UNKNOWN_SCHEMA, schema=schema[:60], known=", ".join([SCHEMA, *READERS]))
    return _published(file, schema)


def write_yaml(document: SetDocument) -> str:
    """Return a set as a YAML file of our own shape, in which it can be read again."""
    return yaml.safe_dump({"schema": SCHEMA, **to_plain(document)}, allow_unicode=True, sort_keys=False, width=120)


def _schema(file: Mapping[str, Any]) -> str:
    meta = file.get("meta")
    return str(file.get("schema") or (meta.get("schema") if isinstance(meta, Mapping) else "") or "")


def _published(file: Mapping[str, Any], schema: str) -> list[SetDocument]:
    try:
        return READERS[schema](file)
    except OerError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise Unprocessable(BROKEN, why=str(error)) from None
