"""Drafts: begun, described, copied from the published version, deleted."""

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, Unit
from oer.accounts.permissions import Action, may_in, require, units_for
from oer.catalogue.fields import FIELDS, field_named
from oer.catalogue.models import (
    RELATED,
    Contributor,
    FileRole,
    Material,
    Version,
    VersionFile,
    VersionTerm,
)
from oer.catalogue.queries.files import formats_among
from oer.catalogue.seen import content_parts, described_parts
from oer.catalogue.services.changes import lock_material
from oer.core.clock import now
from oer.core.errors import Conflict, Invalid
from oer.core.i18n import N_
from oer.core.ids import is_public_id
from oer.core.seen import ChangedMeanwhile, changed_parts, require_seen
from oer.files.models import Blob
from oer.vietnamese.keys import collation_key, folded_text
from oer.vietnamese.names import name_key
from oer.vocabularies import vocabularies

_UNKNOWN_UNIT = N_("There is no unit with the code “%(unit_code)s”.")
NOT_YOUR_UNIT = N_("You cannot publish for this unit.")


def set_metadata(session: Session, actor: Account, material: Material, record: dict[str, Any]) -> Version:
    """Set the metadata of a material's draft to a record that `schemas.record.parse_record` returned.

    Raises Conflict where there is no draft, Invalid for a unit that is unknown or that the actor does not publish for.
    """
    lock_material(session, material)
    version = material.draft
    _set_metadata(session, version, record, _unit_for(session, actor, material, record))
    return version


def _unit_for(session: Session, actor: Account, material: Material, record: dict[str, Any]) -> Unit | None:
    unit = unit_of(session, record)
    if unit is not None and unit.id != material.unit_id and not may_in(actor, Action.MATERIAL_CREATE, unit.id):
        raise Invalid(NOT_YOUR_UNIT, field="unit")
    return unit


def _set_metadata(session: Session, version: Version, record: dict[str, Any], unit: Unit | None) -> None:
    set_record(session, version, record)
    if version.material.current_version_id is None:
        version.material.unit_id = unit.id if unit else None
    session.flush()


@dataclass(frozen=True)
class Described:
    """What became of a description that somebody typed.

    `errors` name what was not saved; `theirs` the fields that had been changed elsewhere and not here, and stayed so.
    """

    version: Version
    errors: list[Invalid]
    theirs: list[str]


def describe(
    session: Session,
    actor: Account,
    material: Material,
    typed: Callable[[dict[str, Any]], tuple[dict[str, Any], list[Invalid]]],
    seen: str | None = None,
) -> Described:
    """Save as much of a description as is right.

    `typed` gives as much as is right of what was typed over the record that is there, and all that is wrong with it.

    `seen` is what the form was filled from (`described_parts`). What was changed elsewhere since, and not in this form,
    stays as it is now. Raises ChangedMeanwhile if the same field was changed in both, Conflict where there is no draft.
    """
    lock_material(session, material)
    version = material.draft
    present = version.record
    record, errors = typed(present)
    try:
        _unit_for(session, actor, material, record)
    except Invalid as error:
        errors.append(error)
        field_named("unit").put(record, present.get("unit"))
    record, theirs = _merged(version, record, seen)
    _set_metadata(session, version, record, unit_of(session, record))
    return Described(version, errors, theirs)


def _merged(version: Version, record: dict[str, Any], seen: str | None) -> tuple[dict[str, Any], list[str]]:
    parts = described_parts(version)
    theirs, clashes = [], []
    for name in changed_parts(seen, parts) if seen is not None else []:
        if name not in parts:
            continue  # a field that there is no more, or a form that somebody made up
        field = field_named(name)
        mine, present = field.of(record), parts[name]
        if mine == present:
            continue
        if name in changed_parts(seen or "", {**parts, name: mine}):
            clashes.append(name)
        else:
            field.put(record, present)
            theirs.append(name)
    if clashes:
        raise ChangedMeanwhile(clashes)
    return in_order(record), theirs


def in_order(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record in the order of the fields, without what is empty."""
    found: dict[str, Any] = {}
    for field in FIELDS:
        if value := field.of(record):
            field.put(found, value)
    return found


def unit_of(session: Session, record: dict[str, Any]) -> Unit | None:
    """Return the unit that a record names, None if it names none. Raises Invalid for an unknown code."""
    code = record.get("unit")
    if not code:
        return None
    unit = session.scalar(sa.select(Unit).where(Unit.code == code))
    if unit is None:
        raise Invalid(_UNKNOWN_UNIT, field="unit", unit_code=code)
    return unit


def set_record(session: Session, version: Version, record: dict[str, Any]) -> None:
    """Set a version's record, and write its rows of terms and contributors."""
    version.record, version.changed_at = record, now()
    session.flush()
    write_rows(session, [version])


def write_rows(session: Session, versions: Sequence[Version]) -> None:
    """Write the rows of terms and contributors of versions from their records, in place of the rows they had.

    Versions that are or were public get rows for the formats of their files too. The versions must be flushed. It takes
    a few statements, for one version as for the hundreds of an import.
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
    served = {version.id: version for version in versions if not version.is_open}
    with_files = [version_id for version_id, version in served.items() if version.files]
    query = (
        sa.select(VersionFile.version_id, Blob.media_type)
        .join(Blob, Blob.sha256 == VersionFile.blob_sha256)
        .where(VersionFile.version_id.in_(with_files), VersionFile.role == FileRole.CONTENT)
        .order_by(VersionFile.position)
    )
    types: dict[int, list[str]] = {version_id: [] for version_id in served}
    for version_id, media_type in session.execute(query) if with_files else ():
        types[version_id].append(media_type)
    return {version_id: formats_among(version.record, types[version_id]) for version_id, version in served.items()}


def _terms(version: Version, formats: list[str]) -> Iterator[dict[str, Any]]:
    for field in FIELDS:
        if field.term_scheme:
            value = field.of(version.record) or []
            codes = [value] if isinstance(value, str) else value
            for position, code in enumerate(vocabularies().scheme(field.vocabulary).with_parents(codes)):
                yield {"version_id": version.id, "scheme": field.term_scheme, "code": code, "position": position}
    targets = [each["target"] for each in version.record.get("relations", []) if is_public_id(each["target"])]
    for position, target in enumerate(dict.fromkeys(targets)):
        yield {"version_id": version.id, "scheme": RELATED, "code": target, "position": position}
    for position, code in enumerate(formats):
        yield {"version_id": version.id, "scheme": "format", "code": code, "position": position}


def _people(version: Version) -> Iterator[dict[str, Any]]:
    for position, creator in enumerate(version.record.get("creators", []), 1):
        key = name_key(creator["name"])
        yield {
            "version_id": version.id,
            "position": position,
            "name": creator["name"],
            "key": key,
            "folded": folded_text(creator["name"]),
            "sort_key": collation_key(key).encode(),
            "role": creator["role"],
            "affiliation": creator.get("affiliation"),
            "orcid": creator.get("orcid"),
        }


_WITHDRAWN = N_("This material was withdrawn. It must be restored before it can be changed.")
_NOT_PUBLISHED = N_("This material is not published yet: its draft can still be changed.")


def make_draft(session: Session, actor: Account) -> Material:
    """Create a material with an empty draft; it belongs to the actor's unit if the actor publishes for exactly one.

    Raises Forbidden if the actor is not an educator.
    """
    require(actor, Action.MATERIAL_CREATE)
    units = units_for(actor, Action.MATERIAL_CREATE) or frozenset()
    material = Material(owner_id=actor.id, unit_id=next(iter(units)) if len(units) == 1 else None)
    material.begin_version(actor.id)
    session.add(material)
    session.flush()
    return material


def new_version(session: Session, actor: Account, material: Material) -> Version:
    """Copy a material's published version, with its files, into a draft; return the open version if there is one.

    Raises Conflict for a material that was withdrawn or never published.
    """
    lock_material(session, material)
    version = material.open_version
    if version is not None:
        return version
    if material.current_version is None:
        raise Conflict(_NOT_PUBLISHED, code="not_published")
    if material.withdrawn_at is not None:
        raise Conflict(_WITHDRAWN, code="withdrawn")
    return copy_version(session, material.current_version, actor.id)


def copy_version(session: Session, source: Version, actor_id: int) -> Version:
    """Add a draft to a material, with the record, the files and the self-check of one of its versions."""
    version = source.material.begin_version(actor_id)
    version.files, version.self_check = copies_of_files(source), source.self_check
    record: dict[str, Any] = copy.deepcopy(source.record)
    set_record(session, version, record)
    return version


def copies_of_files(source: Version) -> list[VersionFile]:
    """Return new rows with the files of a version, for another version of its material."""
    kept = ("position", "number", "name", "title", "description", "role", "language", "blob_sha256")
    return [VersionFile(**{name: getattr(file, name) for name in kept}) for file in source.files]


def delete_draft(session: Session, material: Material, seen: str | None = None) -> bool:
    """Delete a material's draft, and the material too if it was never published; tell whether the material is gone.

    Raises Conflict if there is no draft, or while it is being reviewed; ChangedMeanwhile if it is not what the page of
    the decision showed (`content_parts`).
    """
    lock_material(session, material)
    version = material.draft
    require_seen(seen, content_parts(version))
    never_published = material.current_version_id is None
    if never_published:
        session.delete(material)
    else:
        material.versions.remove(version)
    session.flush()
    return never_published
