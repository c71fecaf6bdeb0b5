"""Uploads that go on after a cut, by tus 1.0 (tus.io): core, creation, termination, expiration, checksum.

Whoever sends is signed in as in a browser: the cookie of a sign-in, and the token of its forms in X-CSRFToken.
`X-HTTP-Method-Override` is passed over, as everywhere here. What became of a finished upload is told by GET.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from email.utils import format_datetime
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask import redirect as flask_redirect
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as AnyResponse

from oer.accounts.models import Account
from oer.accounts.permissions import Action, require
from oer.catalogue.models import Material
from oer.catalogue.queries.files import open_uploads
from oer.catalogue.queries.materials import material_to_edit
from oer.catalogue.services.batches import FILES, clean_path, own_batch, require_state
from oer.catalogue.services.uploads import (
    CHECKSUMS,
    Checksum,
    begin_upload,
    discard_upload,
    locked_bytes,
    note_received,
    own_upload,
    read_name,
    require_place,
    take_upload,
    write_part,
)
from oer.catalogue.upload_models import Batch, BatchState, Upload, UploadState
from oer.catalogue.views.blueprint import blueprint as pages
from oer.core.errors import Invalid, OerError, TooLarge, UnsupportedType
from oer.core.i18n import N_
from oer.web.context import SAFE_METHODS, commit_and_release, db, installation, settings
from oer.web.forms import form_checks_token, require_token
from oer.web.identity import require_account
from oer.web.multipart import READ_BLOCK_BYTES, body_stream
from oer.web.request_validation import local_redirect_target, row_number

uploads = Blueprint("catalogue_uploads", __name__, url_prefix="/api/v1/uploads")
VERSION = "1.0.0"
PART_TYPE = "application/offset+octet-stream"
MOST_METADATA = 4096  # characters of the header, some names of files and what else a client tells
_MOST_PAIRS = 20
_KEY = re.compile(r"[!-+\--~]+")  # ASCII without blanks and commas
_NUMBER = re.compile(r"[0-9]{1,18}")
_VERSION = N_("This address speaks version %(version)s of tus. Name it in the header Tus-Resumable.")
_HEADER = N_("The header %(name)s is missing, or says nothing that can be read.")
_PART = N_("A part of an upload has the type %(type)s.")


class _VersionUnknown(OerError):
    status, code = 412, "version"


@uploads.after_request
def _say_version(response: AnyResponse) -> AnyResponse:
    response.headers["Tus-Resumable"] = VERSION
    response.headers["Cache-Control"] = "no-store"
    if response.status_code == _VersionUnknown.status:
        response.headers["Tus-Version"] = VERSION
    return response


@uploads.route("", methods=["OPTIONS"])
@uploads.route("/<upload_id>", methods=["OPTIONS"])
def abilities(upload_id: str = "") -> Response:  # noqa: ARG001 (the same for every upload)
    """Tell what is spoken here."""
    response = Response(status=204)
    response.headers["Tus-Version"] = VERSION
    response.headers["Tus-Max-Size"] = str(settings().max_upload_bytes)
    response.headers["Tus-Extension"] = "creation,termination,expiration,checksum"
    response.headers["Tus-Checksum-Algorithm"] = ",".join(CHECKSUMS)
    return response


@uploads.get("", provide_automatic_options=False)
def unfinished() -> Response:
    """List the account's uploads that are not finished."""
    account = _sender()
    return _json({"uploads": [_told(each) for each in open_uploads(db(), account.id)]})


@uploads.post("", provide_automatic_options=False)
@form_checks_token
def create() -> Response:
    """Begin an upload. Its metadata name the file, and the draft it is for (`material`) or none."""
    account = _sender()
    _require_version()
    size, told = _number("Upload-Length"), request.headers.get("Upload-Metadata", "")
    metadata = read_metadata(told)
    material = _material(account, metadata.get("material", ""))
    batch = _batch(account, metadata.get("batch", ""))
    name = metadata.get("filename") or metadata.get("name") or ""
    upload = begin_upload(
        db(),
        settings(),
        account,
        name=read_name(name) if batch is None else clean_path(name),
        size=size,
        told=told,
        modified=metadata.get("modified", "")[:20],
        material=material,
        batch=batch,
        role=metadata.get("role", FILES),
    )
    response = Response(status=201)
    response.headers["Location"] = url_for("catalogue_uploads.state", upload_id=upload.id)
    return _with_expiry(response, upload)


def _material(account: Account, public_id: str) -> Material | None:
    if not public_id:
        return None
    material = material_to_edit(db(), account, public_id)
    _ = material.draft  # raises Conflict where there is none
    return material


def _batch(account: Account, number: str) -> Batch | None:
    if not number:
        return None
    batch = own_batch(db(), account.id, row_number(number) or 0)
    require_state(batch, BatchState.OPEN)
    return batch


@uploads.get("/<upload_id>", provide_automatic_options=False)
def state(upload_id: str) -> Response:
    """Tell where an upload stands: by HEAD as the protocol has it, by GET also what became of it."""
    account = _sender()
    upload = own_upload(db(), account.id, upload_id)
    _require_version()
    response = _json(_told(upload))
    response.headers["Upload-Offset"], response.headers["Upload-Length"] = str(upload.received), str(upload.size)
    if upload.told:
        response.headers["Upload-Metadata"] = upload.told
    return _with_expiry(response, upload)


@uploads.patch("/<upload_id>", provide_automatic_options=False)
@form_checks_token
def add_part(upload_id: str) -> Response:
    """Add the body to an upload, and take its file once it is whole."""
    account = _sender()
    upload = own_upload(db(), account.id, upload_id)
    _require_version()
    if request.mimetype != PART_TYPE:
        raise UnsupportedType(_PART, code="part_type", type=PART_TYPE)
    offset, checksum = _number("Upload-Offset"), _checksum()
    if upload.is_open or upload.received != offset or request.content_length:
        require_place(upload, offset, request.content_length)
    if upload.is_open and not upload.is_whole:
        upload = _write(account.id, upload, offset, checksum)
    response = Response(status=204)
    response.headers["Upload-Offset"] = str(upload.received)
    _with_expiry(response, upload)
    if upload.is_open and upload.is_whole:
        commit_and_release()
        taken = take_upload(installation(), upload_id)
        if taken is not None and taken.refusal is not None:
            own_upload(db(), account.id, upload_id)  # raises why
    return response


def _write(account_id: int, upload: Upload, offset: int, checksum: Checksum | None) -> Upload:
    """Write the body at `offset`. While it comes no database connection is held, and nobody else writes."""
    upload_id, size = upload.id, upload.size
    commit_and_release()
    with locked_bytes(settings(), upload_id) as opened:
        require_place(own_upload(db(), account_id, upload_id), offset, None)
        commit_and_release()
        received = write_part(opened, offset, size, _blocks(), checksum)
        upload = own_upload(db(), account_id, upload_id, lock=True)
        note_received(db(), settings(), upload, received)
        commit_and_release()
    return own_upload(db(), account_id, upload_id)


def _blocks() -> Iterator[bytes]:
    """Give the body as far as it comes: of a part that breaks off, what came stays."""
    stream = body_stream()
    try:
        while block := stream.read(READ_BLOCK_BYTES):
            yield block
    except BadRequest:  # the client is gone
        return


@uploads.delete("/<upload_id>", provide_automatic_options=False)
@form_checks_token
def discard(upload_id: str) -> Response:
    """Give an upload up; a file that it has become stays."""
    upload = own_upload(db(), _sender().id, upload_id)
    _require_version()
    discard_upload(db(), settings(), upload)
    return Response(status=204)


@pages.post("/my/uploads/<upload_id>/discard")
def discard_upload_now(upload_id: str) -> AnyResponse:
    """Give an upload up (without JavaScript)."""
    account: Account = require_account()
    require(account, Action.MATERIAL_CREATE)
    discard_upload(db(), settings(), own_upload(db(), account.id, upload_id))
    return flask_redirect(local_redirect_target(request.form.get("next"), url_for("catalogue.new")), 303)


def _sender() -> Account:
    """Return the signed-in educator. The token is checked before anything is done."""
    account: Account = require_account()
    require(account, Action.MATERIAL_CREATE)
    if request.method not in SAFE_METHODS:
        require_token(request.headers.get("X-CSRFToken"))
    return account


def _require_version() -> None:
    if request.method != "GET" and request.headers.get("Tus-Resumable") != VERSION:
        raise _VersionUnknown(_VERSION, version=VERSION)


def _number(name: str) -> int:
    text = request.headers.get(name, "")
    if not _NUMBER.fullmatch(text):
        raise Invalid(_HEADER, code="header", name=name)
    return int(text)


def read_metadata(header: str) -> dict[str, str]:
    """Return what the header Upload-Metadata says. Raises TooLarge (413), Invalid for what is not of its form."""
    if len(header) > MOST_METADATA or header.count(",") >= _MOST_PAIRS:
        raise TooLarge(_HEADER, code="header", name="Upload-Metadata")
    found: dict[str, str] = {}
    for pair in header.split(",") if header.strip() else ():
        key, _, coded = pair.strip(" ").partition(" ")
        try:
            value = base64.b64decode(coded, validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            raise Invalid(_HEADER, code="header", name="Upload-Metadata") from None
        if key in found or not _KEY.fullmatch(key) or "\0" in value:
            raise Invalid(_HEADER, code="header", name="Upload-Metadata")
        found[key] = value
    return found


def _checksum() -> Checksum | None:
    header = request.headers.get("Upload-Checksum")
    if header is None:
        return None
    algorithm, _, coded = header.partition(" ")
    try:
        digest = base64.b64decode(coded, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if algorithm not in CHECKSUMS or not digest:
        raise Invalid(_HEADER, code="header", name="Upload-Checksum")
    return Checksum(algorithm, digest)


def _with_expiry(response: Response, upload: Upload) -> Response:
    if upload.is_open:
        response.headers["Upload-Expires"] = format_datetime(upload.expires_at.replace(microsecond=0), usegmt=True)
    return response


def _told(upload: Upload) -> dict[str, Any]:
    result, metadata = upload.result or {}, read_metadata(upload.told)
    told: dict[str, Any] = {
        "location": url_for("catalogue_uploads.state", upload_id=upload.id),
        "name": metadata.get("filename", upload.name),
        "size": upload.size,
        "modified": upload.modified,
        "received": upload.received,
        "state": str(upload.state),
        "material": metadata.get("material", ""),
        "batch": metadata.get("batch", ""),
    }
    if upload.state is UploadState.DONE and "material" in result:
        told["material"] = result["material"]
        told["files"] = url_for("catalogue.files", public_id=result["material"])
    return told


def _json(value: Any) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), content_type="application/json; charset=utf-8")
