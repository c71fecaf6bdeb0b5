"""Withdrawal: requested by the owner, decided by reviewers and administrators; and restoring."""

from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.catalogue.models import Material, Version
from oer.catalogue.permissions import may_withdraw
from oer.catalogue.seen import decision_parts
from oer.catalogue.services.changes import lock_material, material_changed
from oer.catalogue.services.notifications import notify_owner, notify_reviewers
from oer.core import audit
from oer.core.clock import now
from oer.core.errors import Conflict, Forbidden, Invalid
from oer.core.i18n import N_
from oer.core.seen import require_seen
from oer.core.text import clean_text
from oer.vocabularies import vocabularies

_NO_REASON = N_("Give the reason: it is shown at the material's address.")
_NO_CATEGORY = N_("Choose what kind of reason it is.")
_NOT_PUBLIC = N_("This material is not public.")
_NOT_WITHDRAWN = N_("This material is not withdrawn.")
_MAY_NOT = N_("You cannot withdraw or restore this material.")


def request_withdrawal(session: Session, actor: Account, material: Material, reason: str) -> None:
    """Request that a public material be withdrawn, and notify the reviewers; a second request changes the reason.

    Raises Conflict if it is not public, Invalid without a reason.
    """
    lock_material(session, material)
    version = _public_version(material)
    reason = clean_text(reason)
    if not reason:
        raise Invalid(_NO_REASON, field="reason")
    material.withdrawal_asked_at, material.withdrawal_asked_reason = now(), reason
    session.flush()
    notify_reviewers(session, version, "withdrawal_asked", educator=actor.name, reason=reason)


def decline_withdrawal(session: Session, actor: Account, material: Material, seen: str | None = None) -> None:
    """Decline the request to withdraw a material, and notify its owner. Raises Forbidden or Conflict."""
    _lock_to_decide(session, actor, material, seen)
    version = _public_version(material)
    material.withdrawal_asked_at = material.withdrawal_asked_reason = None
    audit.record(session, actor.id, "withdrawal.declined", "material", material.public_id)
    session.flush()
    notify_owner(session, material, version, "withdrawal_declined")


def withdraw(
    session: Session, actor: Account, material: Material, category: str, reason: str, seen: str | None = None
) -> None:
    """Withdraw a material; its address then answers 410 with the reason. Raises Forbidden, Conflict or Invalid."""
    _lock_to_decide(session, actor, material, seen)
    version = _public_version(material)
    if category not in vocabularies().withdrawal_categories:
        raise Invalid(_NO_CATEGORY, field="category")
    reason = clean_text(reason)
    if not reason:
        raise Invalid(_NO_REASON, field="reason")
    material.withdrawn_at, material.withdrawn_by_id = now(), actor.id
    material.withdrawal_category, material.withdrawal_reason = category, reason
    material.withdrawal_asked_at = material.withdrawal_asked_reason = None
    material_changed(session, material)
    audit.record(
        session, actor.id, "material.withdrawn", "material", material.public_id, category=category, reason=reason
    )
    session.flush()
    notify_owner(session, material, version, "material_withdrawn", reason=reason)


def restore(session: Session, actor: Account, material: Material, seen: str | None = None) -> None:
    """Make a withdrawn material public again. Raises Forbidden or Conflict."""
    _lock_to_decide(session, actor, material, seen)
    if material.withdrawn_at is None or material.current_version is None:
        raise Conflict(_NOT_WITHDRAWN, code="not_withdrawn")
    material.withdrawn_at = material.withdrawn_by_id = None
    material.withdrawal_category = material.withdrawal_reason = None
    material_changed(session, material)
    audit.record(session, actor.id, "material.restored", "material", material.public_id)
    session.flush()
    notify_owner(session, material, material.current_version, "material_restored")


def _lock_to_decide(session: Session, actor: Account, material: Material, seen: str | None) -> None:
    lock_material(session, material)
    if not may_withdraw(actor, material):
        raise Forbidden(_MAY_NOT)
    if version := material.version_to_decide:
        require_seen(seen, decision_parts(material, version))


def _public_version(material: Material) -> Version:
    if not material.is_public or material.current_version is None:
        raise Conflict(_NOT_PUBLIC, code="not_in_service")
    return material.current_version
