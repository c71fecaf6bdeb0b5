"""From a draft to the reviewer's decision."""

from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.catalogue.models import Material, Version, VersionState
from oer.catalogue.permissions import is_own_work, may_review
from oer.catalogue.services.changes import lock_material
from oer.catalogue.services.notifications import notify_owner, notify_reviewers
from oer.catalogue.services.publishing import publish_version
from oer.core import audit
from oer.core.clock import now
from oer.core.errors import Conflict, Forbidden, Invalid
from oer.core.i18n import N_

_OWN = N_("Nobody reviews their own material. Another reviewer has to decide.")
_NO_REVIEWER = N_("You may not decide on this material.")
_DECIDED = N_("This material is not in review any more: somebody has decided, or it was taken back.")
_NO_REASON = N_("Say what should be changed, so that the educator knows.")


def submit_for_review(session: Session, actor: Account, material: Material) -> Version:
    """Ask for the draft of a material to be reviewed, and tell the reviewers.

    Raises Invalid for the first thing that it lacks (`completeness.missing_to_submit` names them all), Conflict where
    there is no draft.
    """
    lock_material(session, material)
    version = material.draft
    for error in version.missing_to_submit:
        raise error
    version.state, version.submitted_at, version.return_reason = VersionState.IN_REVIEW, now(), None
    session.flush()
    notify_reviewers(session, version, "material_submitted", educator=actor.name)
    return version


def recall(session: Session, material: Material) -> Version:
    """Take a submitted version out of the review queue, to change it. Raises Conflict where none is being reviewed."""
    lock_material(session, material)
    version = material.open_version
    if version is None or not version.is_in_review:
        raise Conflict(N_("This material is not being reviewed."), code="not_in_review")
    version.state = VersionState.DRAFT
    version.submitted_at = None
    session.flush()
    return version


def publish(session: Session, reviewer: Account, material: Material) -> Version:
    """Put a submitted version in service, and tell its owner. Raises Forbidden, Conflict or Invalid."""
    version = _to_decide(session, reviewer, material)
    publish_version(session, version, reviewer.id)
    notify_owner(session, material, version, "material_published")
    return version


def return_with_reason(session: Session, reviewer: Account, material: Material, reason: str) -> Version:
    """Give a submitted version back as a draft, and tell its owner why. Raises Forbidden, Conflict or Invalid."""
    if not reason.strip():
        raise Invalid(_NO_REASON, field="reason")
    version = _to_decide(session, reviewer, material)
    version.state, version.return_reason = VersionState.DRAFT, reason.strip()
    version.reviewed_at, version.reviewed_by_id, version.submitted_at = now(), reviewer.id, None
    audit.record(session, reviewer.id, "material.returned", "material", material.public_id, version=version.number)
    session.flush()
    notify_owner(session, material, version, "material_returned", reason=version.return_reason)
    return version


def _to_decide(session: Session, reviewer: Account, material: Material) -> Version:
    lock_material(session, material)
    if not may_review(reviewer, material):
        raise Forbidden(_NO_REVIEWER)
    version = material.open_version
    if version is None or not version.is_in_review:
        raise Conflict(_DECIDED, code="not_in_review")
    if is_own_work(reviewer, version):
        raise Forbidden(_OWN, code="own_work")
    return version
