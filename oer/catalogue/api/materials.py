"""The API of materials: public ones for everybody, drafts and their files for educators.

An educator's program shows a personal token (`Authorization: Bearer oer_...`); one in a browser signs in as that does,
and sends the token of its forms in the header X-CSRFToken.
"""

import json
from typing import Any

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from oer.accounts.models import Account
from oer.accounts.permissions import Action, require
from oer.catalogue.checks import InvalidRecord, read_fields
from oer.catalogue.models import Version
from oer.catalogue.queries.files import files_of
from oer.catalogue.queries.materials import find_published, material_to_edit
from oer.catalogue.schemas.public import draft_material, file_entry, public_material_with_files
from oer.catalogue.schemas.record import parse_record
from oer.catalogue.services.drafts import make_draft, set_metadata
from oer.catalogue.services.idempotency import earlier_result, run_once
from oer.catalogue.views.files import draft_for_upload, received_body, require_quota_for_body, save_one
from oer.core.errors import Gone, UnsupportedType
from oer.core.i18n import N_
from oer.core.links import Links
from oer.core.strict_json import read_json
from oer.files.services.ingest import Received
from oer.web.context import db, settings
from oer.web.forms import form_checks_token, require_token
from oer.web.identity import is_by_token, require_account, takes_token

api = Blueprint("catalogue_api", __name__, url_prefix="/api/v1/materials")
_NOT_JSON = N_("The body must be JSON (Content-Type: application/json).")
_WITHDRAWN = N_("This material was withdrawn: %(reason)s")


@api.get("/<public_id>")
def material(public_id: str) -> AnyResponse:
    """Return a public material with its files."""
    found = find_published(db(), public_id)
    if not found.is_public or found.current_version is None:
        raise Gone(_WITHDRAWN, code="withdrawn", reason=found.withdrawal_reason)
    files = files_of(db(), found.current_version)
    response = json_answer(public_material_with_files(links_here(), found, files))
    response.add_etag()
    return response.make_conditional(request)


@api.post("")
@takes_token("drafts")
@form_checks_token
def begin() -> Response:
    """Create a draft with the metadata of the body: {"metadata": {...}}."""
    account = educator()
    found, errors = read_fields(body_of(), {"metadata": lambda value, _field: parse_record(value)})
    if errors:
        raise InvalidRecord(errors)
    draft = make_draft(db(), account)
    version = set_metadata(db(), account, draft, found.get("metadata", {}))
    response = json_answer(draft_material(links_here(), version, []), 201)
    response.headers["Location"] = url_for("catalogue.edit", public_id=draft.public_id)
    return response


@api.post("/files")
@takes_token("drafts")
@form_checks_token
def begin_with_file() -> Response:
    """Create a draft with the body as its file, named `?name=`: a file that is refused leaves no draft.

    A repeated call with the same `?key=` creates it once.
    """
    account_id = educator().id
    require_quota_for_body(account_id)
    key = request.args.get("key", "")
    before = earlier_result(db(), account_id, key)
    if before is not None:
        return json_answer(before, 201)
    with received_body(request.args.get("name", "")) as received:
        done = run_once(db(), require_account().id, key, lambda: _begun(received))
    return json_answer(done, 201)


def _begun(received: Received) -> dict[str, Any]:
    draft = make_draft(db(), require_account())
    number = save_one(received, draft).number
    public_id = draft.public_id
    return {
        "id": public_id,
        "files": url_for("catalogue.files", public_id=public_id),
        "upload": url_for("catalogue_api.upload_file", public_id=public_id),
        **_kept(number, public_id),
    }


@api.post("/<public_id>/files")
@takes_token("drafts")
@form_checks_token
def upload_file(public_id: str) -> Response:
    """Add the body as a file named `?name=` to a draft. A repeated call with the same `?key=` adds it once."""
    draft_for_upload(educator(), public_id)
    key = request.args.get("key", "")
    before = earlier_result(db(), require_account().id, key)
    if before is not None:
        return json_answer(before, 201)
    with received_body(request.args.get("name", "")) as received:
        draft = material_to_edit(db(), require_account(), public_id)
        done = run_once(db(), require_account().id, key, lambda: _kept(save_one(received, draft).number, public_id))
    return json_answer(done, 201)


def _kept(number: int, public_id: str) -> dict[str, Any]:
    version = material_to_edit(db(), require_account(), public_id).draft
    return next(file_entry(shown) for shown in files_of(db(), version) if shown.file.number == number)


def educator() -> Account:
    """Return the educator who asks. Permission and token are checked before the body is read."""
    account: Account = require_account()
    require(account, Action.MATERIAL_CREATE)
    require_own_request()
    return account


def require_own_request() -> None:
    """Raise Invalid for what a page of others may have had a browser send: where it signed in, it has a form token."""
    if not is_by_token():
        require_token(request.headers.get("X-CSRFToken"))


def body_of() -> Any:
    """Return the JSON of the body. Raises UnsupportedType, Invalid."""
    if request.mimetype != "application/json":
        raise UnsupportedType(_NOT_JSON, code="not_json")
    return read_json(request.get_data(cache=False))


def links_here() -> Links:
    """Return the addresses of this site."""
    return Links(settings().base_url)


def draft_json(version: Version, status: int = 200) -> Response:
    """Return a draft with its files as an answer."""
    return json_answer(draft_material(links_here(), version, files_of(db(), version)), status)


def json_answer(value: Any, status: int = 200) -> Response:
    """Return a value as an answer in JSON."""
    body = json.dumps(value, ensure_ascii=False)
    return Response(body, status, content_type="application/json; charset=utf-8")
