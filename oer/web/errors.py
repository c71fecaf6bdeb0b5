"""Domain errors as HTTP answers: a page for people, problem+json (RFC 9457) for programs."""

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, flash, redirect, render_template, request
from markupsafe import Markup
from werkzeug.exceptions import BadHost, HTTPException, RequestEntityTooLarge, SecurityError
from werkzeug.wrappers import Response as AnyResponse

from oer.backends import storage as stores
from oer.core.database_errors import FULL_DISK, database_errors, is_full, trouble_of
from oer.core.errors import Invalid, NoSpace, OerError, SecondFactorNeeded, SignInNeeded, TooLarge, TooMany, Unavailable
from oer.core.i18n import N_, in_language
from oer.core.json_log import request_id
from oer.web.context import installation, language, note_outage, roll_back
from oer.web.languages import gettext

log = logging.getLogger(__name__)

STATUS_MESSAGES = {
    400: N_("We could not understand this request."),
    401: N_("Please sign in first."),
    403: N_("You do not have permission to do this."),
    404: N_("This page does not exist."),
    405: N_("This address does not allow this kind of request."),
    410: N_("This material was withdrawn."),
    413: N_("What you sent is too large."),
    414: N_("This address is too long."),
    415: N_("This kind of content is not accepted here."),
    416: N_("This part of the file does not exist."),
    429: N_("That was too often in a short time."),
    500: N_("Something went wrong on our side. What was shown to you as saved is not lost."),
    503: N_("This part of the service is not available right now."),
}


_OWN_PHRASES = {460: "Checksum Mismatch"}  # of tus, which HTTP does not know


def wants_json() -> bool:
    """Tell whether the answer is to be JSON: for an address of the API, or where the Accept header prefers it."""
    if request.path.startswith("/api/"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return best == "application/json"


def error_message(error: OerError) -> str:
    """Return an error's message in the language of this request."""
    values = {
        key: in_language(value, language()) if isinstance(value, dict) else value for key, value in error.values.items()
    }
    return gettext(error.message, **values)


def _answer(status: int, words: str, code: str, values: Mapping[str, Any] | None = None, **more: Any) -> Response:
    if wants_json():
        problem = {
            "type": "about:blank",
            "title": _OWN_PHRASES.get(status) or HTTPStatus(status).phrase,
            "status": status,
            "detail": words,
            "code": code,
        }
        if status >= 500:
            problem["request_id"] = request_id.get()
        body = json.dumps({**problem, **more}, ensure_ascii=False)
        return Response(body, status, content_type="application/problem+json; charset=utf-8")
    return Response(_page(status, words, code, values or {}), status, mimetype="text/html")


# Where even the page of an error cannot be made: whoever sees it still knows what it is, and can go on.
_LAST_RESORT = """<!doctype html>
<html lang="%s"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>%s</title></head>
<body><h1>%s</h1><form action="%s/search"><input type="search" name="q" aria-label="%s"> <button>%s</button></form>
<p><a href="%s/">%s</a></p></body></html>
"""


def _page(status: int, words: str, code: str, values: Mapping[str, Any]) -> str:
    reference = request_id.get() if status >= 500 else ""
    if status >= 500:
        note_outage()  # whatever went wrong: its page asks the database nothing
    try:
        return render_template(
            "errors/error.html", status=status, words=words, code=code, values=values, reference=reference
        )
    except Exception:
        log.exception("the page of an error cannot be made")
        search, home, root = gettext("Search"), gettext("Home page"), request.script_root
        return str(Markup(_LAST_RESORT) % (language(), words, words, root, search, search, root, home))  # noqa: S704 (our own words)


def _page_before(path: str) -> AnyResponse:
    """Lead to a page that comes first, and that knows where its visitor wanted to go."""
    where = request.full_path if request.query_string else request.path
    return redirect(f"{request.script_root}{path}?{urlencode({'next': request.script_root + where})}")


_PAGES_BEFORE: dict[type[OerError], str] = {SignInNeeded: "/sign-in", SecondFactorNeeded: "/account/second-step"}


def answer_error(error: OerError) -> AnyResponse:
    """Return the answer to an error of ours, after undoing what the request did in the database."""
    roll_back()
    if type(error) in _PAGES_BEFORE and request.method == "GET" and not wants_json():
        if error.code != type(error).code:
            flash(error_message(error))
        return _page_before(_PAGES_BEFORE[type(error)])
    more: dict[str, Any] = {"field": error.field} if error.field else {}
    if isinstance(error, Invalid) and error.errors:
        more["errors"] = [
            {"field": each.field, "code": each.code, "detail": error_message(each)} for each in error.errors
        ]
    waits = {"retry_after": error.retry_after} if isinstance(error, TooMany) else {}
    response = _answer(error.status, error_message(error), error.code, {**error.values, **waits}, **more)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, Unavailable):
        response.headers["Retry-After"] = "5"
    return response


def _http_error(error: HTTPException) -> AnyResponse:
    # A Host header that is foreign or none: no page can be rendered, its links would be foreign.
    if isinstance(error, SecurityError | BadHost):
        return Response("Bad Request\n", 400, mimetype="text/plain")
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()
    response = _answer(
        error.code,
        gettext(STATUS_MESSAGES.get(error.code, STATUS_MESSAGES[400])),
        TooLarge.code if isinstance(error, RequestEntityTooLarge) else "http",
    )
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


NO_SPACE = N_("There is no space left on our side, so nothing of this was saved. Please try again later.")


def _database_error(error: Exception) -> AnyResponse:
    # Away, busy (a lock that was not free in time, no connection left) or full; no details for the reader.
    trouble = trouble_of(error)
    if trouble is None:
        return _unknown_error(error)
    database = installation().database
    note_outage()
    if is_full(trouble, database.engine.url):
        database.disk.failed(trouble.why)
        return answer_error(NoSpace(NO_SPACE))
    # A write that did not reach the disk: until one does, whatever else the database still answers.
    failed = database.disk if "I/O" in trouble.why else database.part
    failed.failed(trouble.why)
    return answer_error(Unavailable(STATUS_MESSAGES[503]))


def _store_error(error: stores.StorageError) -> AnyResponse:
    # Where a room has not said what it means: reading, above all.
    if isinstance(error, stores.NoSpace):
        return answer_error(NoSpace(NO_SPACE))
    if isinstance(error, stores.Missing | stores.StoreFailed):
        return _unknown_error(error)
    return answer_error(Unavailable(STATUS_MESSAGES[503]))


def _system_error(error: OSError) -> AnyResponse:
    return answer_error(NoSpace(NO_SPACE)) if error.errno in FULL_DISK else _unknown_error(error)


def _unknown_error(error: Exception) -> AnyResponse:
    log.exception("unexpected error", exc_info=error)
    roll_back()
    return _answer(500, gettext(STATUS_MESSAGES[500]), "error")


def init_errors(app: Flask) -> None:
    """Answer every error in the reader's language, without internal details."""
    app.register_error_handler(OerError, answer_error)
    app.register_error_handler(HTTPException, _http_error)
    for kind in database_errors():
        app.register_error_handler(kind, _database_error)
    app.register_error_handler(stores.StorageError, _store_error)
    app.register_error_handler(OSError, _system_error)
    app.register_error_handler(Exception, _unknown_error)
