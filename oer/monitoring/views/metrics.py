"""`/metrics`: who may read it, and counting every answer."""

import hmac
import ipaddress
import os
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, g, request

from oer.core.errors import NotFound
from oer.core.installation import Installation
from oer.web.context import installation, settings
from oer.web.errors import STATUS_MESSAGES

COUNT_ANSWER = "oer.count_answer"
SHARED_FIGURES = "PROMETHEUS_MULTIPROC_DIR"
_FORWARDED = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")
_TEXT = "text/plain; version=0.0.4; charset=utf-8"


def init_metrics(app: Flask, opened: Installation) -> None:
    """Count the answers of `app` and give the figures at /metrics."""
    if SHARED_FIGURES not in os.environ:
        os.environ[SHARED_FIGURES] = str(opened.settings.metrics_dir.absolute())
    Path(os.environ[SHARED_FIGURES]).mkdir(parents=True, exist_ok=True)
    # Only now: at its import the library reads the variable.
    from oer.monitoring.exposition import count_answer, exposition  # noqa: PLC0415

    app.extensions[COUNT_ANSWER] = count_answer  # for what answers without the application
    app.before_request(_begin)
    app.after_request(_counting(count_answer))
    app.add_url_rule("/metrics", "metrics", _answering(exposition))


def _begin() -> None:
    g.began = time.perf_counter()


def _counting(count: Callable[[str, str, int, float], None]) -> Callable[[Response], Response]:
    def after(response: Response) -> Response:
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        count(request.method, request.endpoint or "none", response.status_code, seconds)
        return response

    return after


def _answering(exposition: Callable[[Installation], bytes]) -> Callable[[], Response]:
    def metrics() -> Response:
        """Give the figures to those who may have them; to others there is no such page."""
        if not may_read():
            raise NotFound(STATUS_MESSAGES[404])
        return Response(exposition(installation()), content_type=_TEXT, headers={"Cache-Control": "no-store"})

    return metrics


def may_read() -> bool:
    """Tell whether this request may have the figures: by the token, or from this machine if there is none.

    Behind a proxy on the same machine everybody comes from there, so on a public site without a token nobody may.
    """
    token = settings().metrics_token
    if token:
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogatepass")
        return hmac.compare_digest(given, f"Bearer {token}".encode())
    if settings().is_public or any(name in request.headers for name in _FORWARDED):
        return False
    return _is_loopback(request.remote_addr or "")


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
