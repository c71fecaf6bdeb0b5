"""Security headers of every answer: no foreign hosts, no framing, no sniffing of types, no shared caches."""

from functools import partial

from flask import Flask, Response, request

from oer.config import Settings

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "media-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)


_FOR_PAGES = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}
_FOR_STATIC_FILES = {name: value for name, value in _FOR_PAGES.items() if name != "Cache-Control"}


def _add(response: Response) -> Response:
    # All names at once: for each name that werkzeug is asked for and does not find, it raises and catches an error.
    there = {name.lower() for name in response.headers.keys()}  # noqa: SIM118 (headers are no mapping: pairs)
    for name, value in (_FOR_STATIC_FILES if request.endpoint == "static" else _FOR_PAGES).items():
        if name.lower() not in there:
            response.headers.add(name, value)
    if response.mimetype == "text/html":
        response.vary.add("Save-Data")  # with it pages show smaller pictures (oer/web/templates.py)
    return response


def _add_transport_security(seconds: int, response: Response) -> Response:
    # RFC 6797, section 7.2: never over http. That the request came by https is what a trusted proxy says.
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = f"max-age={seconds}"
    return response


def init_headers(app: Flask) -> None:
    """Add the security headers to every answer that has not set its own; to those by https, HSTS."""
    app.after_request(_add)
    settings: Settings = app.extensions["oer"].settings
    if settings.hsts_seconds and settings.base_url.startswith("https:"):
        app.after_request(partial(_add_transport_security, settings.hsts_seconds))
