"""Earlier published versions: everybody may read them until they are closed to readers, and again once opened."""

from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.catalogue.models import Material, VersionState
from oer.catalogue.services.changes import bump_material, lock_material
from oer.core import audit
from oer.core.clock import now
from oer.core.errors import NotFound
from oer.core.i18n import N_

_NOT_EARLIER = N_("There is no such earlier version.")


def close_version(session: Session, actor: Account, material: Material, number: int) -> None:
    """Close an earlier version to readers; its address then answers 410. Raises NotFound for any other version."""
    _set_closed(session, actor, material, number, is_closed=True)


def open_version(session: Session, actor: Account, material: Material, number: int) -> None:
    """Let everybody read an earlier version again. Raises NotFound for any other version."""
    _set_closed(session, actor, material, number, is_closed=False)


def _set_closed(session: Session, actor: Account, material: Material, number: int, *, is_closed: bool) -> None:
    lock_material(session, material)
    version = next((each for each in material.versions if each.number == number), None)
    if version is None or version.state != VersionState.SUPERSEDED:
        raise NotFound(_NOT_EARLIER)
    if (version.closed_at is not None) == is_closed:
        return
    version.closed_at = now() if is_closed else None
    action = "version.closed" if is_closed else "version.opened"
    audit.record(session, actor.id, action, "material", material.public_id, version=number)
    bump_material(session, material)
    session.flush()
