"""What every answer tells the browser: no foreign host, no framing, no guessing of types, no shared caches."""

from flask import Flask, Response, request

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


_EVERYWHERE = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}
_BUT_FOR_FILES = {name: value for name, value in _EVERYWHERE.items() if name != "Cache-Control"}


def _add(response: Response) -> Response:
    # All names at once: werkzeug raises and catches an error for each that it is asked for and does not find.
    there = {name.lower() for name in response.headers.keys()}  # noqa: SIM118 (headers are no mapping: pairs)
    for name, value in (_BUT_FOR_FILES if request.endpoint == "static" else _EVERYWHERE).items():
        if name.lower() not in there:
            response.headers.add(name, value)
    return response


def init_headers(app: Flask) -> None:
    """Put the security headers on every answer that has not set its own."""
    app.after_request(_add)
