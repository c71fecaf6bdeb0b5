"""The pages and problems that say no, made before they are needed: saying no must cost nothing."""

from typing import Any
from wsgiref.types import WSGIApplication

from oer.core.errors import OerError
from oer.core.i18n import DEFAULT_LANGUAGE, LANGUAGES
from oer.operations.front.calling import Answer, call
from oer.web.handover import HANDOVER, Handover


class Refusals:
    """Answers that tell an error, as a page or as JSON, in each language; each is made once."""

    def __init__(self, app: WSGIApplication, host: str) -> None:
        self._app, self._host = app, host
        self._made: dict[tuple[Any, ...], Answer] = {}

    def answer(self, error: OerError, scope: Any) -> Answer:
        """Return the answer to a request that is refused."""
        first, _, rest = scope.path[1:].partition("/")
        language = first if first in LANGUAGES else DEFAULT_LANGUAGE
        accepted = scope.headers.get("accept", "")
        is_api = scope.path.startswith("/api/") or (first == language and rest.startswith("api/"))
        wants_json = is_api or ("application/json" in accepted and "text/html" not in accepted)
        key = (type(error), error.message, error.code, language, wants_json)
        if key not in self._made:
            self._made[key] = self._make(error, language, wants_json=wants_json)
        return self._made[key]

    def _make(self, error: OerError, language: str, *, wants_json: bool) -> Answer:
        path = "/" if language == DEFAULT_LANGUAGE else f"/{language}/"
        return self.page(path, error, "application/json" if wants_json else "text/html")

    def page(self, path: str, refusal: OerError | None = None, accepted: str = "*/*") -> Answer:
        """Return what the application answers to a request that says nothing else."""
        environ = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "HTTP_HOST": self._host,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": "http",
            "HTTP_ACCEPT": accepted,
            HANDOVER: Handover(refusal=refusal),
        }
        return call(self._app, environ)
