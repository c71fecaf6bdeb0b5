"""Formats: in what a version comes, by the codes of the vocabulary."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.models import VersionTerm
from oer.core.db import plain_rows
from oer.vocabularies import vocabularies

# Built once: it is asked for every material's page and for every list.
_FORMATS = (
    sa.select(VersionTerm.version_id, VersionTerm.code)
    .where(VersionTerm.scheme == "format", VersionTerm.version_id.in_(sa.bindparam("version_ids", expanding=True)))
    .order_by(VersionTerm.version_id, VersionTerm.position)
)


def formats_of(session: Session, version_ids: Collection[int]) -> Mapping[int, list[str]]:
    """Return the codes of the formats of each version; none for a version without."""
    found = defaultdict[int, list[str]](list)
    for version_id, code in plain_rows(session, _FORMATS, {"version_ids": list(version_ids)}) if version_ids else ():
        found[version_id].append(code)
    return found


def formats_among(record: Mapping[str, Any], media_types: Iterable[str]) -> list[str]:
    """Return the codes of the formats of a version with this record, whose content files are of these types in order.

    What has no file of its own but an address elsewhere is a link.
    """
    codes = list(dict.fromkeys(map(vocabularies().format_of, media_types)))
    return codes or (["link"] if record.get("source_url") else [])
