"""Probes ask a process itself whether it is alive, by whatever name or address they reach it."""

from collections.abc import Iterable, Sequence
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

ALIVE = "/healthz"


class ProbeMiddleware:
    """WSGI middleware: `/healthz` is answered whatever the Host header says; there is nothing on it to be misled."""

    def __init__(self, wsgi: WSGIApplication, hosts: Sequence[str] | None) -> None:
        self._wsgi, self._host = wsgi, hosts[0] if hosts else "localhost"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer."""
        if environ.get("PATH_INFO") == ALIVE:
            environ = {**environ, "HTTP_HOST": self._host}
        return self._wsgi(environ, start_response)
