"""Publishing a version: what it must have, and what changes."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.models import Version, VersionState
from oer.catalogue.services.changes import bump_catalogue, bump_material
from oer.catalogue.services.drafts import unit_of, write_rows
from oer.core import audit
from oer.core.clock import now
from oer.core.errors import Conflict, Invalid
from oer.core.i18n import N_
from oer.files.models import Blob, Condition, ScanState

_SCANNING = N_("The file “%(name)s” is still being scanned for malware. Try again in a few minutes.")
_INFECTED = N_("The file “%(name)s” contains malware and cannot be published.")
_DAMAGED = N_("The file “%(name)s” is damaged in our store. Please upload it again.")


def require_publishable_files(session: Session, version: Version) -> None:
    """Raise Conflict if a file of a version is not known to be whole and free of malware."""
    query = sa.select(Blob).where(Blob.sha256.in_([file.blob_sha256 for file in version.files]))
    blobs = {blob.sha256: blob for blob in session.scalars(query)}
    for file in version.files:
        blob = blobs[file.blob_sha256]
        if blob.condition is not Condition.WHOLE:
            raise Conflict(_DAMAGED, code="damaged_file", name=file.name)
        if blob.scan_state is ScanState.WAITING:
            raise Conflict(_SCANNING, code="scanning", name=file.name)
        if blob.scan_state is ScanState.INFECTED:
            raise Conflict(_INFECTED, code="malware", name=file.name)


_INCOMPLETE = N_("The field “%(name)s” is needed before a material can be published.")
_NOTHING_TO_READ = N_("A material is published with a file, or with the web address (source_url) where it lies.")
_WITHDRAWN = N_("This material was withdrawn. Restore it before publishing a new version.")


def publish_version(session: Session, version: Version, actor_id: int | None) -> None:
    """Publish a version: it becomes its material's current version, and the one before it is superseded.

    Raises what `make_current` raises.
    """
    make_current(session, version, actor_id)
    session.flush()
    write_rows(session, [version])
    bump_catalogue(session)


def make_current(session: Session, version: Version, actor_id: int | None) -> None:
    """Make a version its material's current one. The caller flushes, writes its rows and bumps the catalogue.

    Raises Invalid for missing metadata, Conflict for files that are damaged, infected or not scanned yet, and for a
    withdrawn material.
    """
    material = version.material
    if material.withdrawn_at is not None:
        raise Conflict(_WITHDRAWN, code="withdrawn")
    for field in version.missing_to_publish:
        raise Invalid(_INCOMPLETE, field=field, name=field)
    if not version.has_content:
        raise Invalid(_NOTHING_TO_READ, field="files")
    if version.files:
        require_publishable_files(session, version)
    if material.current_version is not None:
        material.current_version.state = VersionState.SUPERSEDED
    version.state, version.reviewed_at, version.reviewed_by_id = VersionState.PUBLISHED, now(), actor_id
    version.return_reason = None
    unit = unit_of(session, version.record)
    material.unit_id = unit.id if unit else None
    material.current_version = version
    material.published_at = version.reviewed_at
    material.first_published_at = material.first_published_at or version.reviewed_at
    bump_material(session, material)
    audit.record(session, actor_id, "material.published", "material", material.public_id, version=version.number)
