"""Import of one material: added, updated, or left alone because nothing changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.catalogue.models import FileRole, Material, Version, VersionFile
from oer.catalogue.services.changes import bump_catalogue
from oer.catalogue.services.drafts import copies_of_files, unit_of, write_rows
from oer.catalogue.services.publishing import make_current
from oer.core.clock import now
from oer.core.errors import Conflict
from oer.core.i18n import N_
from oer.core.ids import new_public_id

_WITHDRAWN = N_("This material was withdrawn, so the changed version is not imported.")
_REVIEWED = N_("A version of this material is being reviewed, so it is not changed now.")
_DRAFTED = N_("Somebody else is working on a draft of this material, so it is not overwritten.")


class Outcome(StrEnum):
    """What the import did with a material."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class ImportedFile:
    """A saved blob, and how the material shows it."""

    blob_sha256: str
    name: str
    role: FileRole
    language: str | None
    title: Mapping[str, str] = field(default_factory=dict)
    description: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, file: VersionFile) -> "ImportedFile":
        """Return a file of a version as it would come in."""
        return cls(file.blob_sha256, file.name, file.role, file.language, file.title, file.description)


@dataclass(frozen=True)
class ImportedMaterial:
    """A material as it comes in. `identifier` is its owner's; its record is canonical, its files are in order.

    Without `files` (None) those that it has stay.
    """

    identifier: str
    record: dict[str, Any]
    files: Sequence[ImportedFile] | None = ()


def upsert(
    session: Session, owner: Account, imported: ImportedMaterial, *, known: Material | None, publish: bool
) -> tuple[Version, Outcome]:
    """Add a material to its owner's, or update `known`, the one with this identifier.

    With `publish` it is published without a review, else the changes wait in a draft. Importing the same again makes no
    new version. `finalise` must be called for all returned versions before the commit. Raises Invalid for an unknown
    unit or missing metadata, Conflict if the material was withdrawn, is being reviewed, or is somebody else's draft.
    """
    newest = None
    if known is None:
        version, outcome = _new_material(session, owner, imported.identifier), Outcome.ADDED
    else:
        newest = known.open_version or known.current_version
        if newest is not None and _is_same(newest, imported) and not (publish and newest.is_open):
            return newest, Outcome.UNCHANGED
        version, outcome = _draft_to_change(known, owner), Outcome.UPDATED
    _fill(session, version, imported, newest)
    # Thousands may come at once, so each takes few statements: nothing is flushed until everything is set.
    with session.no_autoflush:
        if publish:
            make_current(session, version, owner.id)
        elif version.material.current_version_id is None:
            unit = unit_of(session, version.record)
            version.material.unit_id = unit.id if unit else None
    session.flush()
    return version, outcome


def finalise(session: Session, versions: Sequence[Version]) -> None:
    """Write the rows of imported versions, and have the lists that may show them rendered again."""
    if versions:
        write_rows(session, versions)
        bump_catalogue(session)


def _new_material(session: Session, owner: Account, identifier: str) -> Version:
    # The id is set here and not by the flush, because the audit record of the publication needs it.
    material = Material(
        public_id=new_public_id(), owner_id=owner.id, identifier=identifier, revision=1, page_revision=1
    )
    version = material.begin_version(owner.id)
    session.add(material)
    return version


def _is_same(version: Version, imported: ImportedMaterial) -> bool:
    if imported.files is None:
        return version.record == imported.record
    return version.record == imported.record and list(map(ImportedFile.of, version.files)) == list(imported.files)


def _draft_to_change(material: Material, owner: Account) -> Version:
    if material.withdrawn_at is not None:
        raise Conflict(_WITHDRAWN, code="withdrawn")
    version = material.open_version
    if version is None:
        return material.begin_version(owner.id)
    if version.is_in_review:
        raise Conflict(_REVIEWED, code="in_review")
    if version.created_by_id != owner.id:
        raise Conflict(_DRAFTED, code="drafted")
    return version


def _fill(session: Session, version: Version, imported: ImportedMaterial, newest: Version | None) -> None:
    if imported.files is not None:
        current = version.material.current_version
        known = [file for each in (newest, current) if each is not None for file in each.files]
        numbers = _numbers_of(version.material, imported.files, known)
        if version.files:
            version.files = []
            session.flush()
        files = enumerate(zip(numbers, imported.files, strict=True), 1)
        version.files = [VersionFile(position=place, number=number, **asdict(file)) for place, (number, file) in files]
    elif newest is not None and newest is not version:
        version.files = copies_of_files(newest)
    if newest is not None and newest is not version:
        version.self_check = newest.self_check  # a line of an import does not speak of it
    version.record, version.changed_at = imported.record, now()


def _numbers_of(material: Material, files: Sequence[ImportedFile], known: Sequence[VersionFile]) -> list[int]:
    """Return the numbers of files: those of the same files before (same bytes, else same name), new ones for others."""
    numbers: dict[int, int] = {}
    by_likeness: tuple[Callable[[ImportedFile | VersionFile], object], ...] = (
        lambda file: (file.blob_sha256, file.name),
        lambda file: file.blob_sha256,
        lambda file: file.name,
    )
    for likeness in by_likeness:
        for place, file in enumerate(files):
            free = (each.number for each in known if likeness(each) == likeness(file))
            if place not in numbers and (found := next((each for each in free if each not in numbers.values()), None)):
                numbers[place] = found
    return [numbers.get(place) or material.new_file_number() for place in range(len(files))]
