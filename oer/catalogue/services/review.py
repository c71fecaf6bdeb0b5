"""Review: submit a draft, recall it, take it in hand, publish it now or later, return it."""

from collections.abc import Collection
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.catalogue.models import Material, Version, VersionState
from oer.catalogue.permissions import is_own_work, may_review
from oer.catalogue.queries.reviews import claim_of
from oer.catalogue.review_models import PlannedPublication, ReviewClaim, ReviewComment, ReviewReturn
from oer.catalogue.seen import content_parts, decision_parts
from oer.catalogue.services.changes import lock_material
from oer.catalogue.services.notifications import notify_account, notify_owner, notify_reviewers, reviewers_of
from oer.catalogue.services.publishing import publish_version
from oer.core import audit
from oer.core.clock import now, today
from oer.core.errors import Conflict, Forbidden, Invalid, OerError
from oer.core.i18n import DEFAULT_LANGUAGE, N_, translate
from oer.core.seen import require_seen, seen_of
from oer.core.text import clean_text
from oer.vocabularies import Scheme

_OWN = N_("You cannot review your own material. Another reviewer has to decide.")
_NO_REVIEWER = N_("You cannot decide on this material.")
_DECIDED = N_("This material is no longer in review: somebody has decided, or its author took it back.")
_HELD = N_("%(name)s has this submission in hand. Take it over first, if you have agreed on that.")
_NOT_HELD = N_("You do not have this submission in hand.")
MOST_DAYS_AHEAD = 366
_NOT_A_LATER_DAY = N_("Choose a day after today, at most %(most)s days ahead.")
_SEE_COMMENTS = N_("Please see the comments at the fields.")
_NO_REASON = N_("Say what should be changed, so that the author knows.")


class ReviewHeld(Conflict):
    """Another reviewer has the submission in hand, and it was not taken over knowingly."""


def claim(session: Session, reviewer: Account, material: Material, over: str = "") -> Version:
    """Take a submission in hand, so that nobody else begins with it. Raises Forbidden, Conflict or ReviewHeld.

    `over` is the `Claim.mark` of another reviewer's claim that is taken over; they are told by mail.
    """
    version = _being_reviewed(session, reviewer, material)
    held = claim_of(session, version)
    before = held if held is not None and not held.is_of(reviewer) else None
    if before is not None and over != before.mark:
        raise ReviewHeld(_HELD, code="held", name=before.name)
    holder = session.get(Account, before.claim.account_id) if before is not None else None
    _end_claim(session, version)
    session.add(ReviewClaim(version_id=version.id, account_id=reviewer.id))
    session.flush()
    if holder is not None:
        notify_account(session, holder, version, "review_taken_over", reviewer=reviewer.name)
    return version


def give_back(session: Session, reviewer: Account, material: Material) -> Version:
    """Leave a submission to other reviewers again. Raises Forbidden, or Conflict if the account does not have it."""
    version = _being_reviewed(session, reviewer, material)
    held = claim_of(session, version)
    if held is None or not held.is_of(reviewer):
        raise Conflict(_NOT_HELD, code="not_held")
    _end_claim(session, version)
    return version


def _end_claim(session: Session, version: Version) -> None:
    session.execute(sa.delete(ReviewClaim).where(ReviewClaim.version_id == version.id))


def submit_for_review(session: Session, actor: Account, material: Material, seen: str | None = None) -> Version:
    """Submit the draft of a material for review, and notify the reviewers.

    `seen` is what its page showed (`content_parts`); ChangedMeanwhile if it is another now.

    Raises Invalid for the first thing that is missing (`Version.missing_to_submit` names all), Conflict if there is no
    draft.
    """
    lock_material(session, material)
    version = material.draft
    require_seen(seen, content_parts(version))
    for error in version.missing_to_submit:
        raise error
    version.state, version.submitted_at, version.return_reason = VersionState.IN_REVIEW, now(), None
    session.flush()
    notify_reviewers(session, version, "material_submitted", educator=actor.name)
    return version


def recall(session: Session, material: Material) -> Version:
    """Take a submitted version back to be changed. Raises Conflict if none is being reviewed."""
    lock_material(session, material)
    version = material.open_version
    if version is None or not version.is_in_review:
        raise Conflict(N_("This material is not being reviewed."), code="not_in_review")
    version.state = VersionState.DRAFT
    version.submitted_at = None
    _end_claim(session, version)
    forget_plan(session, version)
    session.flush()
    return version


def publish(
    session: Session,
    reviewer: Account,
    material: Material,
    seen: str | None = None,
    points: Scheme | None = None,
    ticked: Collection[str] = (),
) -> Version:
    """Publish a submitted version, and notify its owner. Raises Forbidden, Conflict or Invalid.

    `seen` is what the page of the decision showed (`decision_parts`): if it is not what would be published now,
    ChangedMeanwhile. The same holds for every decision. `points` are those that the page offered to be `ticked`; the
    review keeps them as they are worded now.
    """
    version = to_decide(session, reviewer, material, seen)
    _end_claim(session, version)
    forget_plan(session, version)
    publish_version(session, version, reviewer.id)
    if points is not None:
        version.review_points = _ticked(points, ticked)
    notify_owner(session, material, version, "material_published")
    return version


def _ticked(points: Scheme, ticked: Collection[str]) -> list[dict[str, object]]:
    return [{"code": each.code, "label": dict(each.labels), "checked": each.code in ticked} for each in points]


def plan_publication(
    session: Session,
    reviewer: Account,
    material: Material,
    day: date,
    seen: str | None = None,
    points: Scheme | None = None,
    ticked: Collection[str] = (),
) -> Version:
    """Decide that a submitted version is published on a later day of the city. Raises what `publish` raises.

    It is a decision on what was seen: if that changes until then, nothing is published.
    """
    version = to_decide(session, reviewer, material, seen)
    if not today() < day <= today() + timedelta(days=MOST_DAYS_AHEAD):
        raise Invalid(_NOT_A_LATER_DAY, field="day", most=MOST_DAYS_AHEAD)
    forget_plan(session, version)
    values = {"day": day, "account_id": reviewer.id, "seen": seen_of(decision_parts(material, version))}
    kept = _ticked(points, ticked) if points is not None else None
    session.add(PlannedPublication(version_id=version.id, points=kept, **values))
    audit.record(session, reviewer.id, "material.planned", "material", material.public_id, version=version.number)
    session.flush()
    return version


def cancel_plan(session: Session, reviewer: Account, material: Material) -> None:
    """Take back that a submitted version is published on a later day. Raises Forbidden or Conflict."""
    forget_plan(session, _being_reviewed(session, reviewer, material))


def forget_plan(session: Session, version: Version) -> None:
    """Forget on which day a version was to be published."""
    session.execute(sa.delete(PlannedPublication).where(PlannedPublication.version_id == version.id))


def carry_out_plan(session: Session, plan: PlannedPublication, version: Version) -> None:
    """Publish what was planned for a day that has come. Raises what stands in the way now, as `publish` does."""
    points, reviewer = plan.points, session.get(Account, plan.account_id) if plan.account_id else None
    if reviewer is None:
        raise Forbidden(_NO_REVIEWER)
    publish(session, reviewer, version.material, seen=plan.seen)
    version.review_points = points
    session.flush()


def refuse_plan(session: Session, plan: PlannedPublication, version: Version, error: OerError) -> None:
    """Note why a planned version was not published, and tell the reviewers: it waits for them again."""
    plan.refusal = {"message": error.message, "values": {name: str(each) for name, each in error.values.items()}}
    session.flush()
    for each in reviewers_of(session, version):
        reason = translate(each.language, error.message, **plan.refusal["values"])
        notify_account(session, each, version, "planned_not_published", reason=reason)


def return_with_reason(
    session: Session, reviewer: Account, material: Material, reason: str, seen: str | None = None
) -> Version:
    """Return a submitted version to its author with the reason. Raises Forbidden, Conflict or Invalid."""
    reason = clean_text(reason)
    version = to_decide(session, reviewer, material, seen)
    if not reason and not _has_open_comments(session, version):
        raise Invalid(_NO_REASON, field="reason")
    reason = reason or translate(_language_of_owner(session, material), _SEE_COMMENTS)
    _end_claim(session, version)
    forget_plan(session, version)
    session.add(ReviewReturn(version_id=version.id, reason=reason, seen=seen_of(content_parts(version))))
    version.state, version.return_reason = VersionState.DRAFT, reason
    version.reviewed_at, version.reviewed_by_id, version.submitted_at = now(), reviewer.id, None
    audit.record(session, reviewer.id, "material.returned", "material", material.public_id, version=version.number)
    session.flush()
    notify_owner(session, material, version, "material_returned", reason=version.return_reason)
    return version


def _has_open_comments(session: Session, version: Version) -> bool:
    open_ones = sa.exists().where(ReviewComment.version_id == version.id, ReviewComment.handled_at.is_(None))
    return bool(session.scalar(sa.select(open_ones)))


def _language_of_owner(session: Session, material: Material) -> str:
    owner = session.get(Account, material.owner_id) if material.owner_id else None
    return owner.language if owner else DEFAULT_LANGUAGE


def to_decide(session: Session, reviewer: Account, material: Material, seen: str | None) -> Version:
    """Lock a material and return its submitted version, on which a reviewer decides.

    Raises Forbidden, Conflict, ReviewHeld where another reviewer has it in hand, ChangedMeanwhile.
    """
    version = _being_reviewed(session, reviewer, material)
    held = claim_of(session, version)
    if held is not None and not held.is_of(reviewer):
        raise ReviewHeld(_HELD, code="held", name=held.name)
    require_seen(seen, decision_parts(material, version))
    return version


def _being_reviewed(session: Session, reviewer: Account, material: Material) -> Version:
    lock_material(session, material)
    if not may_review(reviewer, material):
        raise Forbidden(_NO_REVIEWER)
    version = material.open_version
    if version is None or not version.is_in_review:
        raise Conflict(_DECIDED, code="not_in_review")
    if is_own_work(reviewer, version):
        raise Forbidden(_OWN, code="own_work")
    return version
