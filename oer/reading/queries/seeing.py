"""Who sees which version of a material: everybody what is in service, owners and reviewers what they work on."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.catalogue.models import Material, Version
from oer.catalogue.permissions import may_see
from oer.catalogue.queries import find_material, find_public, version_to_see
from oer.core.errors import NotFound
from oer.core.i18n import N_

UNKNOWN = N_("There is no such material.")


@dataclass(frozen=True)
class Seen:
    """A version of a material for somebody who may see it; `preview` where it is not the one in service."""

    material: Material
    version: Version
    preview: bool

    @property
    def number(self) -> int | None:
        """The number of the version that addresses must name; None for what is in service, which needs none."""
        return self.version.number if self.preview else None


def see_material(session: Session, account: Account | None, public_id: str, number: int | None = None) -> Seen:
    """Return what an account (None: anybody) sees at a material's address, or of the version with a number.

    Raises Gone where it was withdrawn, NotFound where there is none or where they may not know of it: the same words.
    """
    if number is not None:
        version = version_to_see(session, account, public_id, number)
        current = version.material.is_public and version.id == version.material.current_version_id
        return Seen(version.material, version, preview=not current)
    try:
        material = find_public(session, public_id)
    except NotFound:
        return _draft(session, account, public_id)
    if material.current_version is None:
        raise NotFound(UNKNOWN)
    return Seen(material, material.current_version, preview=False)


def _draft(session: Session, account: Account | None, public_id: str) -> Seen:
    if account is None:
        raise NotFound(UNKNOWN)
    material = find_material(session, public_id)
    version = next((each for each in reversed(material.versions) if may_see(account, each)), None)
    if version is None:
        raise NotFound(UNKNOWN)
    return Seen(material, version, preview=True)
