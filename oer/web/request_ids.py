"""The id of a request: a proxy's or our own, returned as X-Request-ID, and in every line of the log."""

import logging
import re
import secrets
import time

from flask import Flask, Response, g, request

from oer.core.json_log import request_id

log = logging.getLogger(__name__)
HEADER = "X-Request-ID"
# Whatever is longer or of other characters could write lines of its own into a log.
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,64}")


def _take() -> None:
    given = request.headers.get(HEADER, "")
    request_id.set(given if _ACCEPTED.fullmatch(given) else secrets.token_hex(16))
    g.request_began = time.perf_counter()


def _give(response: Response) -> Response:
    response.headers[HEADER] = request_id.get()
    return response


def _log_answer(response: Response) -> Response:
    # The name of the address, never the address: it may hold what somebody searched for.
    milliseconds = round((time.perf_counter() - g.get("request_began", time.perf_counter())) * 1000)
    facts = {"method": request.method, "endpoint": request.endpoint, "status": response.status_code, "ms": milliseconds}
    log.info("answered", extra=facts)
    return response


def _forget(_error: BaseException | None) -> None:
    request_id.set("")


def init_request_ids(app: Flask, *, log_answers: bool) -> None:
    """Give every request an id. Call it first, so that whatever is logged about a request has it."""
    app.before_request(_take)
    app.after_request(_give)
    if log_answers:
        app.after_request(_log_answer)
    app.teardown_request(_forget)
