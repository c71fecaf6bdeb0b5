"""Pages and uploads for the files of a draft. Permission and quota are checked before the body is read."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field

from flask import flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts.models import Account
from oer.accounts.permissions import Action
from oer.backends.storage import Readable
from oer.catalogue.models import FileRole, Material, VersionFile
from oer.catalogue.queries.files import files_of, open_uploads, quota_of
from oer.catalogue.queries.materials import material_to_edit
from oer.catalogue.queries.nearest import same_content
from oer.catalogue.services.drafts import delete_draft, make_draft
from oer.catalogue.services.files import move_file, remove_file, require_quota, save_upload, set_file
from oer.catalogue.services.idempotency import run_once
from oer.catalogue.views.blueprint import STEPS, blueprint, signed_in_for
from oer.core.errors import OerError, TooLarge, Unprocessable, UnsupportedType
from oer.core.i18n import LANGUAGES, N_, size_texts
from oer.core.ids import new_token
from oer.core.text import clean_file_name
from oer.files.services.ingest import Received, receive
from oer.vocabularies import vocabularies
from oer.web.context import commit_and_release, db, installation, settings
from oer.web.errors import error_message
from oer.web.forms import form_checks_token, require_token
from oer.web.identity import require_account
from oer.web.languages import gettext
from oer.web.multipart import FormPart, body_stream, form_parts

_TOO_LARGE = N_("This file is larger than the limit of %(limit)s.")


@dataclass
class FormUpload:
    """A submitted form with files: its fields, the received files, and the refused ones with the reason."""

    fields: dict[str, str] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    refused: list[tuple[str, OerError]] = field(default_factory=list)


def draft_for_upload(account: Account, public_id: str) -> Material:
    """Return a material whose draft the account may add a file to, if the announced size fits into the quota.

    Raises NotFound, Forbidden, Conflict or TooLarge. Nothing of the body is read.
    """
    material = material_to_edit(db(), account, public_id)
    _ = material.draft  # raises Conflict where there is none
    require_quota_for_body(material.owner_id)
    return material


def require_quota_for_body(owner_id: int | None) -> None:
    """Raise TooLarge if the announced size is above the upload limit or the owner's free quota."""
    announced, limit = request.content_length or 1, settings().max_upload_bytes
    if announced > limit and request.mimetype != "multipart/form-data":
        raise TooLarge(_TOO_LARGE, limit=size_texts(limit))
    require_quota(db(), owner_id, settings().account_quota_bytes, announced)


@contextmanager
def received_body(name: str) -> Iterator[Received]:
    """Receive the request's body as one file. No database connection is held meanwhile."""
    commit_and_release()
    with _receive(body_stream(), name, expected=request.content_length) as received:
        yield received


@contextmanager
def received_form() -> Iterator[FormUpload]:
    """Receive the files of the request's form, each streamed to the store. The token must come before them."""
    commit_and_release()
    upload = FormUpload()
    with ExitStack() as kept:
        for part in form_parts():
            if part.file_name is None:
                upload.fields[part.name] = part.text()
            elif part.file_name:  # empty: no file was chosen
                require_token(upload.fields.get("csrf_token"))
                if not _take(part, upload, kept):
                    break
        require_token(upload.fields.get("csrf_token"))
        yield upload


def _take(part: FormPart, upload: FormUpload, kept: ExitStack) -> bool:
    """Receive one file of a form, or record why not; tell whether to go on reading."""
    name = part.file_name or ""
    try:
        upload.received.append(kept.enter_context(_receive(part, name)))
    except TooLarge as error:
        upload.refused.append((name, error))
        return False  # the rest of it may be endless
    except (Unprocessable, UnsupportedType) as error:
        upload.refused.append((name, error))
    return True


def _receive(stream: Readable, name: str, expected: int | None = None) -> AbstractContextManager[Received]:
    limit = settings().max_upload_bytes
    return receive(installation().storage, installation().scanner, stream, name, limit=limit, expected=expected)


def save_all(upload: FormUpload, material: Material) -> list[VersionFile]:
    """Add every received file to a material's draft; one that exceeds the quota is refused."""
    files = []
    for received in upload.received:
        try:
            with db().begin_nested():
                files.append(save_one(received, material))
        except TooLarge as error:
            upload.refused.append((received.name, error))
    return files


def save_one(received: Received, material: Material, number: int | None = None) -> VersionFile:
    """Add a received file to a material's draft, or replace the one with a number."""
    most, of_unit = settings().account_quota_bytes, settings().unit_quota_bytes
    storage = installation().storage
    return save_upload(db(), storage, material, received, most_bytes=most, unit_bytes=of_unit, number=number)


NOT_CHOSEN = N_("Choose at least one file.")


@blueprint.get("/my/materials/<public_id>/files")
def files(public_id: str) -> str:
    """Show the files of the newest version; those of a draft can be changed."""
    material = material_to_edit(db(), require_account(), public_id)
    return _page(material)


def _page(material: Material, refusals: list[str] | None = None) -> str:
    account: Account = require_account()
    version = material.newest_version
    shown = files_of(db(), version)
    return render_template(
        "catalogue/files.html",
        material=material,
        version=version,
        files=shown,
        changeable=version.is_draft,
        waiting=any(each.is_being_read for each in shown),
        roles=FileRole,
        language_terms=vocabularies().languages,
        refusals=refusals or [],
        same=same_content(db(), version) if version.is_draft else [],
        key=new_token(),
        most_bytes=settings().max_upload_bytes,
        quota=quota_of(db(), material.owner_id or account.id, settings().account_quota_bytes),
        unfinished=open_uploads(db(), account.id, material.id) if version.is_draft else [],
    )


@blueprint.post("/my/materials/<public_id>/files")
@form_checks_token
def add_files(public_id: str) -> Response | tuple[str, int]:
    """Add the files of a form (without JavaScript)."""
    account = signed_in_for(Action.MATERIAL_CREATE)
    draft_for_upload(account, public_id)
    with received_form() as upload:
        material = material_to_edit(db(), require_account(), public_id)
        done = run_once(db(), account.id, upload.fields.get("key", ""), lambda: _save(upload, material))
    return _answer(material, upload, done["added"])


@blueprint.post("/my/materials/new/files")
@form_checks_token
def begin_with_files() -> Response | tuple[str, int]:
    """Create a material with the files of a form (without JavaScript)."""
    account = signed_in_for(Action.MATERIAL_CREATE)
    require_quota_for_body(account.id)
    with received_form() as upload:
        done = run_once(db(), require_account().id, upload.fields.get("key", ""), lambda: _begin(upload))
    if not done["added"]:
        for words in _refusals(upload):
            flash(words, "error")
        return redirect(url_for("catalogue.new"), 303)
    material = material_to_edit(db(), account, done["id"])
    return _answer(material, upload, done["added"])


def _begin(upload: FormUpload) -> dict[str, object]:
    if not upload.received:
        return {"id": "", "added": 0}
    material = make_draft(db(), require_account())
    kept = _save(upload, material)
    if not kept["added"]:
        delete_draft(db(), material)
    return {"id": material.public_id, **kept}


def _save(upload: FormUpload, material: Material) -> dict[str, object]:
    return {"added": len(save_all(upload, material))}


def _refusals(upload: FormUpload) -> list[str]:
    if not upload.received and not upload.refused:
        return [gettext(NOT_CHOSEN)]
    return [f"{clean_file_name(name)}: {error_message(error)}" for name, error in upload.refused]


def _answer(material: Material, upload: FormUpload, added: int) -> Response | tuple[str, int]:
    """Redirect if anything was added, else show the page again with the status of the first refusal."""
    if added:
        for words in _refusals(upload):
            flash(words, "error")
        return redirect(url_for("catalogue.files", public_id=material.public_id), 303)
    status = upload.refused[0][1].status if upload.refused else Unprocessable.status
    return _page(material, _refusals(upload)), status


@blueprint.post("/my/materials/<public_id>/files/<int:number>/replace")
@form_checks_token
def replace_file(public_id: str, number: int) -> Response | tuple[str, int]:
    """Replace a file by another one (without JavaScript)."""
    draft_for_upload(signed_in_for(Action.MATERIAL_CREATE), public_id)
    with received_form() as upload:
        material = material_to_edit(db(), require_account(), public_id)
        for received in upload.received[:1]:
            save_one(received, material, number)
    return _answer(material, upload, len(upload.received))


@blueprint.post("/my/materials/<public_id>/files/<int:number>")
def change_file(public_id: str, number: int) -> Response:
    """Set what a file is for and what it is called, move it, or remove it."""
    material = material_to_edit(db(), require_account(), public_id)
    action = request.form.get("action", "")
    if action == "remove":
        remove_file(db(), material, number)
    elif "role" in request.form or action not in STEPS:
        _set_file(material, number)
    if action in STEPS:
        move_file(db(), material, number, STEPS[action])
    return redirect(url_for("catalogue.files", public_id=public_id, _anchor="files"), 303)


def _set_file(material: Material, number: int) -> None:
    sent = request.form
    title, description = (
        {code: sent[f"{name}_{code}"] for code in LANGUAGES if f"{name}_{code}" in sent}
        for name in ("title", "description")
    )
    role, language = sent.get("role", ""), sent.get("language") or None
    set_file(db(), material, number, role=role, language=language, title=title, description=description)


@blueprint.get("/my/materials/<public_id>/files/state")
def files_state(public_id: str) -> Response:
    """Tell the page's script whether a file is still being read."""
    version = material_to_edit(db(), require_account(), public_id).newest_version
    return jsonify(waiting=any(each.is_being_read for each in files_of(db(), version)))
