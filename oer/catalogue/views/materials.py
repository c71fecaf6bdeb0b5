"""An educator's own materials: the list, a new one, the overview of one."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts.models import Account
from oer.accounts.permissions import Action
from oer.catalogue.checks import InvalidRecord
from oer.catalogue.forms.materials import LinkForm, RequestWithdrawalForm
from oer.catalogue.models import Material
from oer.catalogue.queries import materials
from oer.catalogue.queries.files import files_of, open_uploads, quota_of
from oer.catalogue.queries.licensing import refusing_sources
from oer.catalogue.queries.materials import OwnState, material_to_edit
from oer.catalogue.queries.nearest import same_content
from oer.catalogue.queries.reviews import comments_on, edits_of, plans_for
from oer.catalogue.schemas.record import parse_record
from oer.catalogue.seen import content_parts, name_of_part, words_of
from oer.catalogue.services import drafts, earlier_versions, review_notes
from oer.catalogue.services.batches import batches_of
from oer.catalogue.services.drafts import delete_draft, make_draft, set_metadata
from oer.catalogue.services.idempotency import run_once
from oer.catalogue.services.review import recall, submit_for_review
from oer.catalogue.services.withdrawal import request_withdrawal
from oer.catalogue.views.blueprint import blueprint, signed_in_for
from oer.core.errors import Invalid
from oer.core.ids import new_token
from oer.core.seen import FIELD as SEEN
from oer.core.seen import ChangedMeanwhile, seen_of
from oer.web.context import db, language, settings
from oer.web.forms import form_checks_token
from oer.web.identity import require_account
from oer.web.languages import gettext

MOST_ID = 2**31 - 1  # what the database takes for the number of a row


@blueprint.get("/my/materials")
def own_materials() -> str:
    """List the account's own materials."""
    account = signed_in_for(Action.MATERIAL_CREATE)
    words, asked = request.args.get("q", "")[:200], request.args.get("state", "")
    state = OwnState(asked) if asked in set(OwnState) else None
    number = request.args.get("page", 1, type=int)
    page = materials.own_materials(db(), account.id, number, words=words, state=state)
    quota = quota_of(db(), account.id, settings().account_quota_bytes)
    return render_template("catalogue/own_materials.html", page=page, quota=quota, words=words, state=state)


@blueprint.get("/my/materials/new")
def new() -> str:
    """Offer the ways to create a material: files, a link, a description."""
    signed_in_for(Action.MATERIAL_CREATE)
    return _begin_page(LinkForm())


@blueprint.post("/my/materials/new")
@form_checks_token
def begin() -> Response | tuple[str, int]:
    """Create a material, with a link if one was typed."""
    account, form = signed_in_for(Action.MATERIAL_CREATE), LinkForm()
    if not form.validate_on_submit():
        return _begin_page(form), form.refusal_status
    try:
        record = parse_record({"source_url": form.source_url.data or None})
    except InvalidRecord as error:
        form.show_errors(*error.errors)
        return _begin_page(form), 422
    done = run_once(db(), account.id, request.form.get("key", ""), lambda: {"id": _make_draft(record).public_id})
    return redirect(url_for("catalogue.describe", public_id=done["id"]), 303)


def _make_draft(record: dict[str, object]) -> Material:
    material = make_draft(db(), require_account())
    if record:
        set_metadata(db(), require_account(), material, record)
    return material


def _begin_page(form: LinkForm) -> str:
    account: Account = require_account()
    return render_template(
        "catalogue/new.html",
        form=form,
        key=new_token(),
        most_bytes=settings().max_upload_bytes,
        quota=quota_of(db(), account.id, settings().account_quota_bytes),
        unfinished=open_uploads(db(), account.id),
        batches=batches_of(db(), account.id),
    )


@blueprint.get("/my/materials/<public_id>")
def edit(public_id: str) -> str:
    """Show the state of a material and the next steps."""
    return _overview(material_to_edit(db(), require_account(), public_id))


def _overview(material: Material, changed: Sequence[str] = ()) -> str:
    version = material.newest_version
    return render_template(
        "catalogue/edit.html",
        material=material,
        version=version,
        files=files_of(db(), version),
        missing=version.missing_to_submit if version.is_draft else [],
        seen=seen_of(content_parts(version)),
        changed=[gettext(name_of_part(name)) for name in changed],
        same=same_content(db(), version) if version.is_draft else [],
        refusing=refusing_sources(db(), version.record) if version.is_draft else [],
        comments=comments_on(db(), version),
        edits=edits_of(db(), version),
        part_name=lambda name: gettext(name_of_part(name)),
        part_words=lambda name, value: words_of(name, value, language()),
        planned=plans_for(db(), [version]).get(version.id),
    )


@blueprint.post("/my/materials/<public_id>/submit")
def submit(public_id: str) -> Response | tuple[str, int]:
    """Submit for review, or lead to the page where something is missing."""
    account = require_account()
    material = material_to_edit(db(), account, public_id)
    try:
        submit_for_review(db(), account, material, seen=request.form.get(SEEN, ""))
    except ChangedMeanwhile as error:
        return _overview(material, error.parts), error.status
    except Invalid as error:
        flash(gettext("Something is still missing: see below."), "error")
        where = "catalogue.files" if error.field == "files" else "catalogue.describe"
        return redirect(url_for(where, public_id=public_id, check=1), 303)
    flash(gettext("Sent to the reviewers. We will write to you when they have decided."))
    return _back(public_id)


@blueprint.post("/my/materials/<public_id>/comments")
def handle_comment(public_id: str) -> Response:
    """Note that a reviewer's comment has been handled."""
    material = material_to_edit(db(), require_account(), public_id)
    if "comment" in request.form:  # else no button of a comment was pressed
        review_notes.handle_comment(db(), material, min(request.form.get("comment", 0, type=int), MOST_ID))
    return redirect(url_for("catalogue.edit", public_id=public_id) + "#comments", 303)


@blueprint.post("/my/materials/<public_id>/take-back")
def take_back(public_id: str) -> Response:
    """Take a submitted version back, to change it."""
    recall(db(), material_to_edit(db(), require_account(), public_id))
    flash(gettext("Taken back: you can change it again."))
    return _back(public_id)


@blueprint.post("/my/materials/<public_id>/new-version")
def new_version(public_id: str) -> Response:
    """Begin a new version of a published material."""
    account = require_account()
    drafts.new_version(db(), account, material_to_edit(db(), account, public_id))
    flash(gettext("This is a copy to work on. What is published stays as it is until a reviewer publishes the copy."))
    return _back(public_id)


@blueprint.post("/my/materials/<public_id>/versions/<int:number>/close")
def close_version(public_id: str, number: int) -> Response:
    """Close an earlier version to readers."""
    account = require_account()
    earlier_versions.close_version(db(), account, material_to_edit(db(), account, public_id), number)
    flash(gettext("Version %(number)s is closed: readers cannot open it any more.", number=number))
    return _back(public_id)


@blueprint.post("/my/materials/<public_id>/versions/<int:number>/open")
def open_version(public_id: str, number: int) -> Response:
    """Let everybody read an earlier version again."""
    account = require_account()
    earlier_versions.open_version(db(), account, material_to_edit(db(), account, public_id), number)
    flash(gettext("Everybody can read version %(number)s again.", number=number))
    return _back(public_id)


@blueprint.route("/my/materials/<public_id>/delete", methods=["GET", "POST"])
def delete(public_id: str) -> Response | str | tuple[str, int]:
    """Delete a draft, after asking."""
    material = material_to_edit(db(), require_account(), public_id)
    if request.method == "GET":
        return _deletion_page(material)
    try:
        gone = delete_draft(db(), material, seen=request.form.get(SEEN, ""))
    except ChangedMeanwhile as error:
        return _deletion_page(material, error.parts), error.status
    flash(gettext("The draft has been deleted."))
    return redirect(url_for("catalogue.own_materials"), 303) if gone else _back(public_id)


def _deletion_page(material: Material, changed: Sequence[str] = ()) -> str:
    version = material.draft
    return render_template(
        "catalogue/delete.html",
        material=material,
        version=version,
        seen=seen_of(content_parts(version)),
        changed=[gettext(name_of_part(name)) for name in changed],
    )


@blueprint.route("/my/materials/<public_id>/ask-withdrawal", methods=["GET", "POST"])
@form_checks_token
def ask_withdrawal(public_id: str) -> Response | str | tuple[str, int]:
    """Request the withdrawal of a material."""
    account, form = require_account(), RequestWithdrawalForm()
    material = material_to_edit(db(), account, public_id)
    if form.validate_on_submit():
        try:
            request_withdrawal(db(), account, material, form.reason.data or "")
        except Invalid as error:
            form.show_errors(error)
        else:
            flash(gettext("The reviewers have been notified. We will write to you when they have decided."))
            return _back(public_id)
    page = render_template(
        "catalogue/ask_withdrawal.html", form=form, material=material, version=material.newest_version
    )
    return (page, form.refusal_status) if form.errors else page


def _back(public_id: str) -> Response:
    return redirect(url_for("catalogue.edit", public_id=public_id), 303)
