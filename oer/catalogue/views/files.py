"""The files of a draft: brought by a form, named, put in order, exchanged, taken away."""

from flask import flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts.permissions import Action
from oer.catalogue import queries, services
from oer.catalogue.models import DRAFT, FILE_ROLES, Material
from oer.catalogue.views.blueprints import STEPS, blueprint, signed_in_for
from oer.catalogue.views.uploading import (
    FormUpload,
    draft_for_upload,
    keep_all,
    keep_one,
    received_form,
    require_room_for_body,
)
from oer.core.errors import Unprocessable
from oer.core.i18n import N_
from oer.core.ids import new_token
from oer.files.services import clean_name, readable_size
from oer.vocabularies import vocabularies
from oer.web.context import db, settings
from oer.web.errors import message_of
from oer.web.forms import form_checks_token
from oer.web.identity import signed_in
from oer.web.languages import gettext

NOT_CHOSEN = N_("Choose at least one file.")


@blueprint.get("/my/materials/<public_id>/files")
def files(public_id: str) -> str:
    """Show the files of the newest version; those of a draft can be changed."""
    material = queries.material_to_edit(db(), signed_in(), public_id)
    return _page(material)


def _page(material: Material, refusals: list[str] | None = None) -> str:
    version = queries.newest_version(material)
    shown = queries.files_of(db(), version)
    return render_template(
        "catalogue/files.html",
        material=material,
        version=version,
        files=shown,
        changeable=version.state == DRAFT,
        waiting=any(each.is_being_read for each in shown),
        roles=FILE_ROLES,
        language_terms=vocabularies().languages,
        refusals=refusals or [],
        key=new_token(),
        most_bytes=settings().max_upload_bytes,
        most_size=readable_size(settings().max_upload_bytes),
    )


@blueprint.post("/my/materials/<public_id>/files")
@form_checks_token
def add_files(public_id: str) -> Response | tuple[str, int]:
    """Add the files of a form, sent without a script."""
    account = signed_in_for(Action.MATERIAL_CREATE)
    draft_for_upload(account, public_id)
    with received_form() as upload:
        material = queries.material_to_edit(db(), signed_in(), public_id)
        done = services.once(db(), account.id, upload.fields.get("key", ""), lambda: _keep(upload, material))
    return _answer(material, upload, done["added"])


@blueprint.post("/my/materials/new/files")
@form_checks_token
def begin_with_files() -> Response | tuple[str, int]:
    """Begin a material with the files of a form, sent without a script."""
    account = signed_in_for(Action.MATERIAL_CREATE)
    require_room_for_body(account.id)
    with received_form() as upload:
        done = services.once(db(), signed_in().id, upload.fields.get("key", ""), lambda: _begin(upload))
    if not done["added"]:
        for words in _refusals(upload):
            flash(words, "error")
        return redirect(url_for("catalogue.new"), 303)
    material = queries.material_to_edit(db(), account, done["id"])
    return _answer(material, upload, done["added"])


def _begin(upload: FormUpload) -> dict[str, object]:
    if not upload.received:
        return {"id": "", "added": 0}
    material = services.make_draft(db(), signed_in())
    kept = _keep(upload, material)
    if not kept["added"]:
        services.delete_draft(db(), material)
    return {"id": material.public_id, **kept}


def _keep(upload: FormUpload, material: Material) -> dict[str, object]:
    return {"added": len(keep_all(upload, material))}


def _refusals(upload: FormUpload) -> list[str]:
    if not upload.received and not upload.refused:
        return [gettext(NOT_CHOSEN)]
    return [f"{clean_name(name)}: {message_of(error)}" for name, error in upload.refused]


def _answer(material: Material, upload: FormUpload, added: int) -> Response | tuple[str, int]:
    """Go on where anything was added; else show the page again, with the status of the first refusal."""
    if added:
        for words in _refusals(upload):
            flash(words, "error")
        return redirect(url_for("catalogue.files", public_id=material.public_id), 303)
    status = upload.refused[0][1].status if upload.refused else Unprocessable.status
    return _page(material, _refusals(upload)), status


@blueprint.post("/my/materials/<public_id>/files/<int:position>/replace")
@form_checks_token
def replace_file(public_id: str, position: int) -> Response | tuple[str, int]:
    """Exchange a file for another one, sent without a script."""
    draft_for_upload(signed_in_for(Action.MATERIAL_CREATE), public_id)
    with received_form() as upload:
        material = queries.material_to_edit(db(), signed_in(), public_id)
        for received in upload.received[:1]:
            keep_one(received, material, position)
    return _answer(material, upload, len(upload.received))


@blueprint.post("/my/materials/<public_id>/files/<int:position>")
def change_file(public_id: str, position: int) -> Response:
    """Say what a file is for, move it up or down, or take it away."""
    material = queries.material_to_edit(db(), signed_in(), public_id)
    action = request.form.get("action")
    if action == "remove":
        services.remove_file(db(), material, position)
    elif action in STEPS:
        services.move_file(db(), material, position, STEPS[action])
    else:
        role, language = request.form.get("role", ""), request.form.get("language") or None
        services.set_file(db(), material, position, role=role, language=language)
    return redirect(url_for("catalogue.files", public_id=public_id, _anchor="files"), 303)


@blueprint.get("/my/materials/<public_id>/files/state")
def files_state(public_id: str) -> Response:
    """Tell the page's script whether a file is still being read."""
    version = queries.newest_version(queries.material_to_edit(db(), signed_in(), public_id))
    return jsonify(waiting=any(each.is_being_read for each in queries.files_of(db(), version)))
