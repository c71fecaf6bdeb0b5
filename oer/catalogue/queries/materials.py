"""One material: for everybody, for those who edit it, for those who review it."""

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from oer.accounts.models import Account
from oer.catalogue.models import DRAFT, IN_REVIEW, Material, Version
from oer.catalogue.permissions import may_edit, may_review, may_see, may_withdraw
from oer.core.errors import Conflict, Forbidden, Gone, NotFound
from oer.core.i18n import N_

OPEN_STATES = (DRAFT, IN_REVIEW)
UNKNOWN = N_("There is no such material.")
NOT_YOURS = N_("You may not change this material.")
WITHDRAWN = N_("This material was withdrawn.")
BEING_REVIEWED = N_("This material is being reviewed. Take it back first if you want to change it.")
NOT_A_DRAFT = N_("There is no draft of this material. Begin a new version to change it.")

# Built once: it is asked for every material's page.
_PUBLISHED = (
    sa.select(Material)
    .where(Material.public_id == sa.bindparam("public_id"), Material.current_version_id.is_not(None))
    .options(joinedload(Material.current_version))
)


def find_published(session: Session, public_id: str) -> Material:
    """Return a material that is or was in service, with its version.

    Ask `is_public` of it: where not, it is withdrawn and only its tombstone may be shown. Raises NotFound.
    """
    material = session.scalar(_PUBLISHED, {"public_id": public_id})
    if material is None:
        raise NotFound(UNKNOWN)
    return material


def find_public(session: Session, public_id: str) -> Material:
    """Return a material in service as `find_published` does. Raises NotFound, or Gone if it was withdrawn."""
    material = find_published(session, public_id)
    if not material.is_public:
        raise Gone(WITHDRAWN, code="withdrawn")
    return material


def find_material(session: Session, public_id: str) -> Material:
    """Return a material in any state, for those who administer it. Raises NotFound."""
    query = sa.select(Material).where(Material.public_id == public_id)
    material = session.scalar(query.options(selectinload(Material.versions)))
    if material is None:
        raise NotFound(UNKNOWN)
    return material


def material_to_edit(session: Session, account: Account | None, public_id: str) -> Material:
    """Return a material that an account may change. Raises NotFound where it may not even know of it, or Forbidden."""
    material = find_material(session, public_id)
    if may_edit(account, material):
        return material
    if any(may_see(account, version) for version in material.versions):
        raise Forbidden(NOT_YOURS)
    raise NotFound(UNKNOWN)


def version_to_review(session: Session, account: Account | None, public_id: str) -> Version:
    """Return the version of a material that waits for a decision, else the one that is or was in service.

    Raises NotFound where there is neither, or for one that the account may not know of; Forbidden for one in service
    that it does not review.
    """
    material = find_material(session, public_id)
    waiting = open_version(material)
    version = waiting if waiting is not None and waiting.state == IN_REVIEW else material.current_version
    if version is None or not may_see(account, version):
        raise NotFound(UNKNOWN)
    if not may_review(account, material) and not may_withdraw(account, material):
        raise Forbidden(NOT_YOURS)
    return version


def open_version(material: Material) -> Version | None:
    """Return the version of a material that is being written or reviewed, or None."""
    return next((version for version in material.versions if version.state in OPEN_STATES), None)


def draft_of(material: Material) -> Version:
    """Return the version of a material that may be changed. Raises Conflict where there is none just now."""
    version = open_version(material)
    if version is None:
        raise Conflict(NOT_A_DRAFT, code="not_a_draft")
    if version.state == IN_REVIEW:
        raise Conflict(BEING_REVIEWED, code="in_review")
    return version


def newest_version(material: Material) -> Version:
    """Return the version of a material with the highest number: what its owner works on, or last did."""
    return material.versions[-1]


def version_to_see(session: Session, account: Account | None, public_id: str, number: int) -> Version:
    """Return a version that an account may know of. Raises NotFound for every other, as for one that is not there."""
    material = find_material(session, public_id)
    version = next((each for each in material.versions if each.number == number), None)
    if version is None or not may_see(account, version):
        raise NotFound(UNKNOWN)
    return version
