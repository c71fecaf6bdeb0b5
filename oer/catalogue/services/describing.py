"""Setting a version's record, and the rows by which the database can be asked for what it says."""

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, Unit
from oer.accounts.permissions import Action, may_in
from oer.catalogue.models import (
    CONTENT,
    PUBLISHED,
    RELATED,
    SUPERSEDED,
    Contributor,
    Material,
    Version,
    VersionFile,
    VersionTerm,
)
from oer.catalogue.queries.formats import formats_among
from oer.catalogue.queries.materials import draft_of
from oer.catalogue.services.holding import hold
from oer.core.clock import now
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.core.ids import is_public_id
from oer.core.vietnamese import folded_text
from oer.files.models import Blob
from oer.vocabularies import vocabularies

# Scheme of the rows -> field of the record, name of the vocabulary.
TERMS = {
    "subject": ("subjects", "subjects"),
    "level": ("levels", "levels"),
    "type": ("types", "types"),
    "audience": ("audiences", "audiences"),
    "language": ("language", "languages"),
    "licence": ("licence", "licences"),
    "place": ("place", "places"),
}
_NO_UNIT = N_("There is no unit with the code “%(unit_code)s”.")
_NOT_YOUR_UNIT = N_("You are no educator of this unit.")


def describe(session: Session, actor: Account, material: Material, record: dict[str, Any]) -> Version:
    """Give the draft of a material this record, which must be canonical (`schemas.parse_record`).

    Raises Conflict where there is no draft, Invalid for a unit that is unknown or that the actor does not publish for.
    """
    hold(session, material)
    version = draft_of(material)
    unit = unit_of(session, record)
    if unit is not None and unit.id != material.unit_id and not may_in(actor, Action.MATERIAL_CREATE, unit.id):
        raise Invalid(_NOT_YOUR_UNIT, field="unit")
    set_record(session, version, record)
    if material.current_version_id is None:
        material.unit_id = unit.id if unit else None
    session.flush()
    return version


def unit_of(session: Session, record: dict[str, Any]) -> Unit | None:
    """Return the unit that a record names, None if it names none. Raises Invalid for a code of no unit."""
    code = record.get("unit")
    if not code:
        return None
    unit = session.scalar(sa.select(Unit).where(Unit.code == code))
    if unit is None:
        raise Invalid(_NO_UNIT, field="unit", unit_code=code)
    return unit


def set_record(session: Session, version: Version, record: dict[str, Any]) -> None:
    """Set a version's record, and make its rows of terms and people from it."""
    version.record, version.changed_at = record, now()
    session.flush()
    write_rows(session, [version])


def write_rows(session: Session, versions: Sequence[Version]) -> None:
    """Make the rows of terms and people of versions from their records, in place of those that they had.

    Those that are or were in service have rows for the formats of their files too. The versions must be flushed. All
    in a few statements, whether of one version or of an import's hundreds.
    """
    ids, formats = [version.id for version in versions], _formats_of(session, versions)
    for model in (VersionTerm, Contributor):
        session.connection().execute(sa.delete(model).where(model.version_id.in_(ids)))
    terms = [term for version in versions for term in _terms(version, formats.get(version.id, []))]
    people = [person for version in versions for person in _people(version)]
    for inserted, rows in ((sa.insert(VersionTerm), terms), (sa.insert(Contributor), people)):
        if rows:
            session.connection().execute(inserted, rows)
    for version in versions:
        session.expire(version, ["terms", "contributors"])


def _formats_of(session: Session, versions: Sequence[Version]) -> dict[int, list[str]]:
    served = {version.id: version for version in versions if version.state in (PUBLISHED, SUPERSEDED)}
    with_files = [version_id for version_id, version in served.items() if version.files]
    query = (
        sa.select(VersionFile.version_id, Blob.media_type)
        .join(Blob, Blob.sha256 == VersionFile.blob_id)
        .where(VersionFile.version_id.in_(with_files), VersionFile.role == CONTENT)
        .order_by(VersionFile.position)
    )
    types: dict[int, list[str]] = {version_id: [] for version_id in served}
    for version_id, media_type in session.execute(query) if with_files else ():
        types[version_id].append(media_type)
    return {version_id: formats_among(version.record, types[version_id]) for version_id, version in served.items()}


def _terms(version: Version, formats: list[str]) -> Iterator[dict[str, Any]]:
    for scheme, (field, vocabulary) in TERMS.items():
        value = version.record.get(field, [])
        codes = vocabularies().scheme(vocabulary).with_parents([value] if isinstance(value, str) else value)
        for position, code in enumerate(codes):
            yield {"version_id": version.id, "scheme": scheme, "code": code, "position": position}
    targets = [each["target"] for each in version.record.get("relations", []) if is_public_id(each["target"])]
    for position, target in enumerate(dict.fromkeys(targets)):
        yield {"version_id": version.id, "scheme": RELATED, "code": target, "position": position}
    for position, code in enumerate(formats):
        yield {"version_id": version.id, "scheme": "format", "code": code, "position": position}


def _people(version: Version) -> Iterator[dict[str, Any]]:
    for position, creator in enumerate(version.record.get("creators", []), 1):
        yield {
            "version_id": version.id,
            "position": position,
            "name": creator["name"],
            "folded": folded_text(creator["name"]),
            "role": creator["role"],
            "affiliation": creator.get("affiliation"),
            "orcid": creator.get("orcid"),
        }
