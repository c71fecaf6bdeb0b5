"""The API of drafts: read, described, deleted, sent to review and decided on, in the state that the caller has seen."""

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from oer.accounts.permissions import Action, require
from oer.catalogue.api.materials import api, body_of, draft_json, educator, json_answer, links_here, require_own_request
from oer.catalogue.checks import InvalidRecord, read_fields, text
from oer.catalogue.models import Material, Version
from oer.catalogue.queries.materials import find_published, material_to_edit, version_to_review
from oer.catalogue.schemas.public import material_version
from oer.catalogue.schemas.record import parse_record
from oer.catalogue.seen import content_parts
from oer.catalogue.services.changes import lock_material
from oer.catalogue.services.drafts import delete_draft, new_version, set_metadata
from oer.catalogue.services.files import remove_file
from oer.catalogue.services.review import publish, recall, return_with_reason, submit_for_review
from oer.core.errors import Conflict, Gone, PreconditionFailed, PreconditionNeeded
from oer.core.i18n import N_
from oer.core.ids import token_hash
from oer.core.seen import seen_of
from oer.web.context import db
from oer.web.forms import form_checks_token
from oer.web.identity import require_account, takes_token

_NO_DRAFT = N_("This material has no draft. Begin a new version to change it.")
_NEEDED = N_("Say in If-Match which state of the draft you have seen: the ETag of its last answer.")
_STALE = N_("The draft has changed since you read it. Read it again, and decide anew.")
_WITHDRAWN = N_("This material was withdrawn: %(reason)s")


@api.get("/<public_id>/versions")
def versions(public_id: str) -> AnyResponse:
    """Return the versions of a public material that may be read, newest first."""
    material = find_published(db(), public_id)
    if not material.is_public:
        raise Gone(_WITHDRAWN, code="withdrawn", reason=material.withdrawal_reason)
    found = [
        material_version(links_here(), material, each)
        for each in reversed(material.versions)
        if each.id == material.current_version_id or each.is_kept_public
    ]
    response = json_answer({"versions": found})
    response.add_etag()
    return response.make_conditional(request)


@api.get("/<public_id>/draft")
@takes_token("drafts")
def draft(public_id: str) -> AnyResponse:
    """Return the draft of a material, for whoever may change it; its ETag stands for its state."""
    answer = _answer(_open_version(material_to_edit(db(), require_account(), public_id)))
    return answer.make_conditional(request)


@api.post("/<public_id>/draft")
@takes_token("drafts")
@form_checks_token
def begin_version(public_id: str) -> Response:
    """Begin a new version of a published material, as a copy of the published one; the open one if there is one."""
    account = educator()
    return _answer(new_version(db(), account, material_to_edit(db(), account, public_id)), 201)


@api.put("/<public_id>/draft")
@takes_token("drafts")
@form_checks_token
def describe(public_id: str) -> Response:
    """Put the metadata of the body, {"metadata": {...}}, in the place of the draft's. Needs If-Match."""
    account = educator()
    material = material_to_edit(db(), account, public_id)
    found, errors = read_fields(body_of(), {"metadata": lambda value, _field: parse_record(value)})
    if errors:
        raise InvalidRecord(errors)
    _require_state(material)
    return _answer(set_metadata(db(), account, material, found.get("metadata", {})))


@api.delete("/<public_id>/draft")
@takes_token("drafts")
@form_checks_token
def delete(public_id: str) -> Response:
    """Delete the draft, and the material with it if it was never published. Needs If-Match."""
    material = material_to_edit(db(), educator(), public_id)
    _require_state(material)
    delete_draft(db(), material)
    return Response(status=204)


@api.delete("/<public_id>/draft/files/<int:number>")
@takes_token("drafts")
@form_checks_token
def delete_file(public_id: str, number: int) -> Response:
    """Take a file out of the draft, by its number. Needs If-Match."""
    material = material_to_edit(db(), educator(), public_id)
    _require_state(material)
    remove_file(db(), material, number)
    return _answer(_open_version(material))


@api.post("/<public_id>/draft/actions/<any(submit, recall):action>")
@takes_token("submit")
@form_checks_token
def act(public_id: str, action: str) -> Response:
    """Submit the draft for review, or take it back. Submitting needs If-Match, and tells everything that is missing."""
    account = educator()
    material = material_to_edit(db(), account, public_id)
    if action == "recall":
        return _answer(recall(db(), material))
    _require_state(material)
    if missing := material.draft.missing_to_submit:
        raise InvalidRecord(missing)
    return _answer(submit_for_review(db(), account, material))


@api.post("/<public_id>/draft/actions/<any(publish, return):action>", endpoint="decide")
@takes_token("review")
@form_checks_token
def decide(public_id: str, action: str) -> Response:
    """Decide on what waits for review: publish it, or return it with a reason, {"reason": "..."}. Needs If-Match."""
    account = require_account()
    require(account, Action.MATERIAL_REVIEW)
    require_own_request()
    version = version_to_review(db(), account, public_id)
    _require_state(version.material)
    if action == "publish":
        return _answer(publish(db(), account, version.material))
    found, errors = read_fields(body_of(), {"reason": text(2000, lines=True)})
    if errors:
        raise InvalidRecord(errors)
    return _answer(return_with_reason(db(), account, version.material, found.get("reason", "")))


def _open_version(material: Material) -> Version:
    version = material.open_version
    if version is None:
        raise Conflict(_NO_DRAFT, code="not_a_draft")
    return version


def _state_of(version: Version) -> str:
    return token_hash(f"{version.number} {version.state} {seen_of(content_parts(version))}")[:32]


def _require_state(material: Material) -> None:
    """Lock a material, and raise unless If-Match names the state of its draft, also as a proxy weakens it."""
    if not request.if_match:
        raise PreconditionNeeded(_NEEDED)
    lock_material(db(), material)
    if not request.if_match.contains_weak(_state_of(_open_version(material))):
        raise PreconditionFailed(_STALE)


def _answer(version: Version, status: int = 200) -> Response:
    response = draft_json(version, status)
    response.set_etag(_state_of(version))
    return response
