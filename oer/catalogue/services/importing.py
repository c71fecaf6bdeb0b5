"""One material brought by a program: added, updated, or left alone because nothing of it changed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.catalogue.models import FileRole, Material, Version, VersionFile, VersionState
from oer.catalogue.services.changes import bump_catalogue
from oer.catalogue.services.drafts import unit_of, write_rows
from oer.catalogue.services.publishing import make_current
from oer.core.clock import now
from oer.core.errors import Conflict
from oer.core.i18n import N_
from oer.core.ids import new_public_id

_WITHDRAWN = N_("This material was withdrawn here, and has changed since: it stays out of service.")
_REVIEWED = N_("A version of this material is being reviewed, and is not changed meanwhile.")
_DRAFTED = N_("Somebody else is working on a draft of this material, which is not overwritten.")


class Outcome(StrEnum):
    """What became of a material that was brought."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class ImportedFile:
    """A kept blob, and how a material shows it."""

    blob_sha256: str
    name: str
    role: FileRole
    language: str | None


@dataclass(frozen=True)
class ImportedMaterial:
    """A material as a program has it: known to its owner by `identifier`, its record canonical, its files in order."""

    identifier: str
    record: dict[str, Any]
    files: Sequence[ImportedFile] = ()


def upsert(
    session: Session, owner: Account, brought: ImportedMaterial, *, known: Material | None, publish: bool
) -> tuple[Version, Outcome]:
    """Make an owner's material what was brought; `known` is the one that goes by the identifier, if there is one.

    With `publish` it is in service afterwards, without a review; else what changed waits in a draft. The same again
    makes no new version. Of the versions of all that was brought, `settle` must be called before the commit. Raises
    Invalid for an unknown unit or what no published material may lack, Conflict for what was withdrawn, is being
    reviewed, or is somebody else's draft.
    """
    if known is None:
        version, outcome = _new_material(session, owner, brought.identifier), Outcome.ADDED
    else:
        newest = known.open_version or known.current_version
        if newest is not None and _is_same(newest, brought) and (newest.state == VersionState.PUBLISHED or not publish):
            return newest, Outcome.UNCHANGED
        version, outcome = _draft_to_change(known, owner), Outcome.UPDATED
    _fill(session, version, brought)
    # A material comes in few statements, for thousands may come at once: nothing is flushed before all is said.
    with session.no_autoflush:
        if publish:
            make_current(session, version, owner.id)
        elif version.material.current_version_id is None:
            unit = unit_of(session, version.record)
            version.material.unit_id = unit.id if unit else None
    session.flush()
    return version, outcome


def finalise(session: Session, versions: Sequence[Version]) -> None:
    """Make the rows of versions that were brought, and have the lists that may show them be rendered anew."""
    if versions:
        write_rows(session, versions)
        bump_catalogue(session)


def _new_material(session: Session, owner: Account, identifier: str) -> Version:
    # Said here and not left to the flush, for the record of its publication names it.
    material = Material(
        public_id=new_public_id(), owner_id=owner.id, identifier=identifier, revision=1, page_revision=1
    )
    version = Version(number=1, state=VersionState.DRAFT, created_by_id=owner.id)
    material.versions.append(version)
    session.add(material)
    return version


def _is_same(version: Version, brought: ImportedMaterial) -> bool:
    kept = [ImportedFile(file.blob_sha256, file.name, file.role, file.language) for file in version.files]
    return version.record == brought.record and kept == list(brought.files)


def _draft_to_change(material: Material, owner: Account) -> Version:
    if material.withdrawn_at is not None:
        raise Conflict(_WITHDRAWN, code="withdrawn")
    version = material.open_version
    if version is None:
        number = max(each.number for each in material.versions) + 1
        version = Version(number=number, state=VersionState.DRAFT, created_by_id=owner.id)
        material.versions.append(version)
    elif version.is_in_review:
        raise Conflict(_REVIEWED, code="in_review")
    elif version.created_by_id != owner.id:
        raise Conflict(_DRAFTED, code="drafted")
    return version


def _fill(session: Session, version: Version, brought: ImportedMaterial) -> None:
    if version.files:
        version.files = []
        session.flush()
    version.files = [VersionFile(position=position, **asdict(file)) for position, file in enumerate(brought.files, 1)]
    version.record, version.changed_at = brought.record, now()
