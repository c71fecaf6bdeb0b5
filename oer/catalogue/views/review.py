"""The reviewers' pages: the queue, one submission, and the decision on it."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts.models import Account
from oer.accounts.permissions import Action
from oer.accounts.queries import find_unit_by_code
from oer.catalogue.forms.materials import ReturnForm, WithdrawForm
from oer.catalogue.models import Version
from oer.catalogue.permissions import is_own_work, may_review, may_withdraw
from oer.catalogue.queries import materials
from oer.catalogue.queries.files import files_of
from oer.catalogue.queries.licensing import refusing_sources
from oer.catalogue.queries.materials import InHand, version_to_review, withdrawal_requests, withdrawn_materials
from oer.catalogue.queries.nearest import same_content
from oer.catalogue.queries.reviews import (
    changed_since_return,
    claim_of,
    claims_on,
    comments_on,
    days_waiting,
    edits_of,
    plans_for,
    returns_of,
    units_waiting,
)
from oer.catalogue.review_models import PlannedPublication
from oer.catalogue.seen import BESIDE_A_DECISION, changed_since_published, decision_parts, name_of_part, words_of
from oer.catalogue.services import review as review_services
from oer.catalogue.services import withdrawal
from oer.catalogue.services.review import ReviewHeld, return_with_reason
from oer.catalogue.services.review_notes import COMMENTED
from oer.catalogue.views.blueprint import blueprint, signed_in_for
from oer.core.clock import read_day, today
from oer.core.errors import Conflict, Invalid, OerError, Unprocessable
from oer.core.i18n import in_language
from oer.core.seen import FIELD as SEEN
from oer.core.seen import ChangedMeanwhile, seen_of
from oer.vocabularies import review_points
from oer.web.context import db, language, settings
from oer.web.errors import error_message
from oer.web.forms import Form, form_checks_token
from oer.web.languages import gettext


@blueprint.get("/review")
def review_queue() -> str:
    """List what waits for a decision."""
    account = signed_in_for(Action.MATERIAL_REVIEW)
    number, unit, asked = request.args.get("page", 1, type=int), request.args.get("unit", ""), request.args.get("hand")
    in_hand = InHand(asked) if asked in set(InHand) else None
    queue = materials.review_queue(db(), account, number, unit=unit, in_hand=in_hand)
    return render_template(
        "catalogue/review_queue.html",
        queue=queue,
        units={each.id: each for each in units_waiting(db(), account)},
        claims=claims_on(db(), queue.items),
        days_waiting=days_waiting,
        plans=plans_for(db(), queue.items),
        unit=unit,
        in_hand=in_hand,
        account=account,
        asked=withdrawal_requests(db(), account),
        withdrawn=withdrawn_materials(db(), account),
    )


@blueprint.get("/review/<public_id>")
def review(public_id: str) -> str:
    """Show a material to a reviewer."""
    return review_page(*to_review(public_id))


def review_page(account: Account, version: Version, changed: Sequence[str] = (), fault: OerError | None = None) -> str:
    """Show a material to a reviewer, with what was changed since the page was made, or what was wrong."""
    material = version.material
    returns = returns_of(db(), version) if version.is_in_review else []
    claim = claim_of(db(), version) if version.is_in_review else None
    since_return = changed_since_return(version, returns)
    return render_template(
        "catalogue/review.html",
        points=review_points(settings().review_points),
        claim=claim,
        held=claim if claim is not None and not claim.is_of(account) else None,
        returns=returns,
        since_return=since_return and [gettext(name_of_part(name)) for name in since_return],
        material=material,
        version=version,
        seen=seen_of(decision_parts(material, version)),
        changed=[gettext(name_of_part(name)) for name in changed],
        fault=error_message(fault) if fault else "",
        typed=request.form,
        comments=comments_on(db(), version),
        commented=[(name, gettext(name_of_part(name))) for name in COMMENTED],
        edits=edits_of(db(), version),
        part_name=lambda name: gettext(name_of_part(name)),
        part_words=lambda name, value: words_of(name, value, language()),
        plan=plans_for(db(), [version]).get(version.id),
        plan_words=refusal_words,
        first_day=today() + timedelta(days=1),
        files=files_of(db(), version),
        same=[each for each in same_content(db(), version) if each.is_public],
        refusing=refusing_sources(db(), version.record),
        beside=[(gettext(name_of_part(name)), _words_beside(version, name)) for name in BESIDE_A_DECISION],
        differing=[gettext(name_of_part(name)) for name in changed_since_published(version)],
        decides=version.is_in_review and may_review(account, material) and not is_own_work(account, version),
        own=is_own_work(account, version),
        owner=db().get(Account, material.owner_id) if material.owner_id else None,
        may_withdraw=may_withdraw(account, material),
    )


def refusal_words(plan: PlannedPublication) -> str:
    """Return why a planned publication was not carried out, in the reader's language; "" where it still waits."""
    if plan.refusal is None:
        return ""
    words, values = plan.refusal["message"], plan.refusal["values"]
    return gettext(words, **values)


def _words_beside(version: Version, name: str) -> str:
    value = version.record.get(name)
    if name == "unit" and value:
        return in_language(find_unit_by_code(db(), value).name, language())
    return words_of(name, value, language())


Answer = Response | tuple[str, int]


def decide(public_id: str, decision: Callable[..., object], done: str, leads_to: str) -> Answer:
    """Carry out a decision on what was seen, or show what it is now if that has changed since."""
    account, version = to_review(public_id)
    try:
        decision(db(), account, version.material, seen=request.form.get(SEEN, ""))
    except ChangedMeanwhile as error:
        return review_page(*to_review(public_id), error.parts), error.status
    except ReviewHeld as error:
        return review_page(*to_review(public_id)), error.status
    except Invalid as error:
        return review_page(*to_review(public_id), fault=error), Unprocessable.status
    flash(done)
    return redirect(leads_to, 303)


@blueprint.post("/review/<public_id>/claim")
def claim(public_id: str) -> Answer:
    """Take a submission in hand, also from whoever the form says has it."""
    account, version = to_review(public_id)
    try:
        review_services.claim(db(), account, version.material, over=request.form.get("over", ""))
    except ReviewHeld as error:
        return review_page(*to_review(public_id)), error.status
    flash(gettext("You have it in hand now."))
    return redirect(url_for("catalogue.review", public_id=public_id), 303)


@blueprint.post("/review/<public_id>/give-back")
def give_back(public_id: str) -> Response:
    """Leave a submission to other reviewers again."""
    account, version = to_review(public_id)
    review_services.give_back(db(), account, version.material)
    flash(gettext("Other reviewers can take it in hand now."))
    return redirect(url_for("catalogue.review_queue"), 303)


@blueprint.post("/review/<public_id>/publish")
def publish(public_id: str) -> Answer:
    """Publish a submitted version."""
    words = gettext("Published. The author has been notified.")
    points, ticked = review_points(settings().review_points), request.form.getlist("checked")
    decision = partial(review_services.publish, points=points, ticked=ticked)
    return decide(public_id, decision, words, url_for("catalogue.review_queue"))


@blueprint.route("/review/<public_id>/return", methods=["GET", "POST"])
@form_checks_token
def return_version(public_id: str) -> Response | str | tuple[str, int]:
    """Return a submitted version with the reason."""
    account, version = to_review(public_id)
    form = ReturnForm()
    if form.validate_on_submit():
        try:
            seen = request.form.get(SEEN, "")
            return_with_reason(db(), account, version.material, form.reason.data or "", seen=seen)
        except ChangedMeanwhile as error:
            return _form_page("catalogue/return.html", form, version, error.parts)
        except ReviewHeld as error:
            return _form_page("catalogue/return.html", form, version, held=error)
        except Invalid as error:
            form.show_errors(error)
        else:
            flash(gettext("Returned. The author has been notified of the reason."))
            return redirect(url_for("catalogue.review_queue"), 303)
    return _form_page("catalogue/return.html", form, version)


@blueprint.route("/review/<public_id>/withdraw", methods=["GET", "POST"])
@form_checks_token
def withdraw(public_id: str) -> Response | str | tuple[str, int]:
    """Withdraw a material."""
    account, version = to_review(public_id)
    form = WithdrawForm(reason=version.material.withdrawal_asked_reason)
    if form.validate_on_submit():
        try:
            category, reason, seen = form.category.data or "", form.reason.data or "", request.form.get(SEEN, "")
            withdrawal.withdraw(db(), account, version.material, category, reason, seen=seen)
        except ChangedMeanwhile as error:
            return _form_page("catalogue/withdraw.html", form, version, error.parts)
        except Invalid as error:
            form.show_errors(error)
        else:
            flash(gettext("Withdrawn. Its address now shows the reason."))
            return redirect(url_for("catalogue.review", public_id=public_id), 303)
    return _form_page("catalogue/withdraw.html", form, version)


@blueprint.post("/review/<public_id>/keep")
def decline_withdrawal(public_id: str) -> Answer:
    """Decline a request for withdrawal."""
    words = gettext("It stays public. The author has been notified.")
    return decide(public_id, withdrawal.decline_withdrawal, words, url_for("catalogue.review_queue"))


@blueprint.post("/review/<public_id>/restore")
def restore(public_id: str) -> Answer:
    """Restore a withdrawn material."""
    words = gettext("It is public again.")
    return decide(public_id, withdrawal.restore, words, url_for("catalogue.review", public_id=public_id))


@blueprint.post("/review/<public_id>/later")
def publish_later(public_id: str) -> Answer:
    """Have a submitted version published on a later day, or take that back."""
    account, version = to_review(public_id)
    if request.form.get("action") == "cancel":
        review_services.cancel_plan(db(), account, version.material)
        flash(gettext("It is not published by itself any more."))
        return redirect(url_for("catalogue.review", public_id=public_id), 303)
    points, ticked = review_points(settings().review_points), request.form.getlist("checked")
    try:
        day = read_day(request.form.get("day", ""))
    except Invalid as error:
        return review_page(account, version, fault=error), Unprocessable.status
    decision = partial(review_services.plan_publication, day=day, points=points, ticked=ticked)
    words = gettext("It will be published on that day.")
    return decide(public_id, decision, words, url_for("catalogue.review_queue"))


def to_review(public_id: str) -> tuple[Account, Version]:
    """Return the signed-in reviewer, and the version that waits for them."""
    account = signed_in_for(Action.MATERIAL_REVIEW)
    return account, version_to_review(db(), account, public_id)


def _form_page(
    template: str, form: Form, version: Version, changed: Sequence[str] = (), held: ReviewHeld | None = None
) -> str | tuple[str, int]:
    material = version.material
    page = render_template(
        template,
        form=form,
        material=material,
        version=version,
        seen=seen_of(decision_parts(material, version)),
        changed=[gettext(name_of_part(name)) for name in changed],
        held=error_message(held) if held else "",
    )
    if changed or held:
        return page, Conflict.status
    return (page, form.refusal_status) if form.errors else page
