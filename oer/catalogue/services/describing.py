"""Setting a version's record, and the rows by which the database can be asked for what it says."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, Unit
from oer.accounts.permissions import Action, may_in
from oer.catalogue.models import Contributor, Material, Version, VersionTerm
from oer.catalogue.queries.materials import draft_of
from oer.catalogue.services.holding import hold
from oer.core.clock import now
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.core.vietnamese import folded_text
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
    """Set a version's record and make its rows of terms and people from it; formats come with its publication."""
    is_new = version.id is None
    version.record, version.changed_at = record, now()
    session.flush()
    write_rows(session, version, is_new=is_new)


def write_rows(session: Session, version: Version, *, is_new: bool) -> None:
    """Make the rows of a version's record; in place of those of an older one unless it `is_new`."""
    if not is_new:
        for model in (VersionTerm, Contributor):
            session.connection().execute(sa.delete(model).where(model.version_id == version.id))
    add_rows(session, version, VersionTerm, [term for scheme in TERMS for term in _terms(scheme, version.record)])
    add_rows(session, version, Contributor, _people(version.record))


def add_rows(
    session: Session, version: Version, model: type[VersionTerm | Contributor], rows: list[dict[str, Any]]
) -> None:
    """Add rows to what a version has in a table."""
    if rows:
        values = [{"version_id": version.id, **row} for row in rows]
        session.connection().execute(sa.insert(model), values)
    session.expire(version, ["terms", "contributors"])


def terms_of(scheme: str, codes: Iterable[str]) -> list[dict[str, Any]]:
    """Return rows of terms for codes, in order."""
    return [{"scheme": scheme, "code": code, "position": position} for position, code in enumerate(codes)]


def _terms(scheme: str, record: dict[str, Any]) -> list[dict[str, Any]]:
    field, vocabulary = TERMS[scheme]
    value = record.get(field, [])
    codes = getattr(vocabularies(), vocabulary).with_parents([value] if isinstance(value, str) else value)
    return terms_of(scheme, codes)


def _people(record: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "position": position,
            "name": creator["name"],
            "folded": folded_text(creator["name"]),
            "role": creator["role"],
            "affiliation": creator.get("affiliation"),
            "orcid": creator.get("orcid"),
        }
        for position, creator in enumerate(record.get("creators", []), 1)
    ]
