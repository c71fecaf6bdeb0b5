"""An educator's own materials: the list, beginning one, and the page that leads through what is to be done."""

from flask import flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts.permissions import Action
from oer.catalogue import queries, services
from oer.catalogue.forms.deciding import AskWithdrawalForm
from oer.catalogue.forms.faults import show_faults
from oer.catalogue.forms.linking import LinkForm
from oer.catalogue.models import DRAFT, Material
from oer.catalogue.queries.quota import quota_of
from oer.catalogue.schemas import InvalidRecord, parse_record
from oer.catalogue.views.blueprints import blueprint, signed_in_for
from oer.core.errors import Invalid
from oer.core.ids import new_token
from oer.files.services import readable_size
from oer.web.context import db, settings
from oer.web.errors import wants_json
from oer.web.forms import form_checks_token
from oer.web.identity import signed_in
from oer.web.languages import gettext


@blueprint.get("/my/materials")
def own_materials() -> str:
    """List one's own materials."""
    account = signed_in_for(Action.MATERIAL_CREATE)
    page = queries.own_materials(db(), account.id, request.args.get("page", 1, type=int))
    quota = quota_of(db(), account.id, settings().account_quota_bytes)
    return render_template("catalogue/own_materials.html", page=page, quota=quota)


@blueprint.get("/my/materials/new")
def new() -> str:
    """Offer the ways to begin: files, a link, an empty description."""
    signed_in_for(Action.MATERIAL_CREATE)
    return _begin_page(LinkForm())


@blueprint.post("/my/materials/new")
@form_checks_token
def begin() -> Response | tuple[str, int] | str:
    """Begin a material, with the address that was typed if one was."""
    account, form = signed_in_for(Action.MATERIAL_CREATE), LinkForm()
    if not form.validate_on_submit():
        return _begin_page(form), form.refusal_status
    try:
        record = parse_record({"source_url": form.source_url.data or None})
    except InvalidRecord as error:
        show_faults(form, error.faults)
        return _begin_page(form), 422
    done = services.once(db(), account.id, request.form.get("key", ""), lambda: {"id": _make(record).public_id})
    addresses = {
        "id": done["id"],
        "files": url_for("catalogue.files", public_id=done["id"]),
        "upload": url_for("catalogue_api.upload_file", public_id=done["id"]),
    }
    if wants_json():
        return jsonify(addresses)
    return redirect(url_for("catalogue.describe", public_id=done["id"]), 303)


def _make(record: dict[str, object]) -> Material:
    material = services.make_draft(db(), signed_in())
    if record:
        services.describe(db(), signed_in(), material, record)
    return material


def _begin_page(form: LinkForm) -> str:
    most = settings().max_upload_bytes
    return render_template(
        "catalogue/new.html", form=form, key=new_token(), most_bytes=most, most_size=readable_size(most)
    )


@blueprint.get("/my/materials/<public_id>")
def edit(public_id: str) -> str:
    """Show how far a material is, and what can be done with it next."""
    material = queries.material_to_edit(db(), signed_in(), public_id)
    version = queries.newest_version(material)
    return render_template(
        "catalogue/edit.html",
        material=material,
        version=version,
        files=queries.files_of(db(), version),
        missing=services.missing_to_submit(version) if version.state == DRAFT else [],
    )


@blueprint.post("/my/materials/<public_id>/submit")
def submit(public_id: str) -> Response:
    """Ask for a review; what is missing leads back to where it can be added."""
    account = signed_in()
    material = queries.material_to_edit(db(), account, public_id)
    try:
        services.submit(db(), account, material)
    except Invalid as error:
        flash(gettext("Something is missing still: see below."), "error")
        where = "catalogue.files" if error.field == "files" else "catalogue.describe"
        return redirect(url_for(where, public_id=public_id, check=1), 303)
    flash(gettext("Sent to the reviewers. We will write to you when they have decided."))
    return _back(public_id)


@blueprint.post("/my/materials/<public_id>/take-back")
def take_back(public_id: str) -> Response:
    """Take a submitted version back, to change it."""
    services.take_back(db(), queries.material_to_edit(db(), signed_in(), public_id))
    flash(gettext("Taken back: you can change it again."))
    return _back(public_id)


@blueprint.post("/my/materials/<public_id>/new-version")
def new_version(public_id: str) -> Response:
    """Begin a new version of what is published."""
    account = signed_in()
    services.new_version(db(), account, queries.material_to_edit(db(), account, public_id))
    flash(gettext("This is a copy to work on. What is published stays as it is until a reviewer publishes the copy."))
    return _back(public_id)


@blueprint.route("/my/materials/<public_id>/delete", methods=["GET", "POST"])
def delete(public_id: str) -> Response | str:
    """Throw a draft away, after asking once."""
    material = queries.material_to_edit(db(), signed_in(), public_id)
    version = queries.draft_of(material)
    if request.method == "GET":
        return render_template("catalogue/delete.html", material=material, version=version)
    gone = services.delete_draft(db(), material)
    flash(gettext("The draft is deleted."))
    return redirect(url_for("catalogue.own_materials"), 303) if gone else _back(public_id)


@blueprint.route("/my/materials/<public_id>/ask-withdrawal", methods=["GET", "POST"])
@form_checks_token
def ask_withdrawal(public_id: str) -> Response | str | tuple[str, int]:
    """Ask the reviewers to take a material out of service."""
    account, form = signed_in(), AskWithdrawalForm()
    material = queries.material_to_edit(db(), account, public_id)
    if form.validate_on_submit():
        try:
            services.ask_withdrawal(db(), account, material, form.reason.data or "")
        except Invalid as error:
            show_faults(form, [error])
        else:
            flash(gettext("The reviewers are told. We will write to you when they have decided."))
            return _back(public_id)
    page = render_template(
        "catalogue/ask_withdrawal.html", form=form, material=material, version=queries.newest_version(material)
    )
    return (page, form.refusal_status) if form.errors else page


def _back(public_id: str) -> Response:
    return redirect(url_for("catalogue.edit", public_id=public_id), 303)
