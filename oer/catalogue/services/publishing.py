"""Putting a version in service: what publishing means, whoever decides it."""

from sqlalchemy.orm import Session

from oer.catalogue.models import PUBLISHED, SUPERSEDED, Version
from oer.catalogue.services.completeness import missing_to_publish, require_fit_files
from oer.catalogue.services.describing import unit_of, write_rows
from oer.catalogue.services.revisions import raise_catalogue, raise_material
from oer.core import audit
from oer.core.clock import now
from oer.core.errors import Conflict, Invalid
from oer.core.i18n import N_

_INCOMPLETE = N_("The field “%(name)s” is needed before a material can be published.")
_WITHDRAWN = N_("This material was withdrawn. Restore it before publishing a new version.")


def put_in_service(session: Session, version: Version, actor_id: int | None) -> None:
    """Make a version its material's current one, for everybody to see; the one before it is superseded.

    Raises what `make_current` raises.
    """
    make_current(session, version, actor_id)
    session.flush()
    write_rows(session, [version])
    raise_catalogue(session)


def make_current(session: Session, version: Version, actor_id: int | None) -> None:
    """Make a version its material's current one; flushing, its rows and the lists' revision are the caller's.

    Raises Invalid for a record without title, language or licence, Conflict for files that are damaged, infected or
    not scanned yet, and for a material that was withdrawn.
    """
    material = version.material
    if material.withdrawn_at is not None:
        raise Conflict(_WITHDRAWN, code="withdrawn")
    for field in missing_to_publish(version):
        raise Invalid(_INCOMPLETE, field=field, name=field)
    if version.files:
        require_fit_files(session, version)
    if material.current_version is not None:
        material.current_version.state = SUPERSEDED
    version.state, version.reviewed_at, version.reviewed_by_id = PUBLISHED, now(), actor_id
    version.return_reason = None
    unit = unit_of(session, version.record)
    material.unit_id = unit.id if unit else None
    material.current_version = version
    material.published_at = version.reviewed_at
    material.first_published_at = material.first_published_at or version.reviewed_at
    raise_material(session, material)
    audit.record(session, actor_id, "material.published", "material", material.public_id, version=version.number)
