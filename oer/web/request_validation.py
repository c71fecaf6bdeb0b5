"""Checks of what every request brings: complete forms, no NUL, row ids in range, redirect targets on this site."""

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, request
from werkzeug.routing import IntegerConverter

from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.web.context import SAFE_METHODS

FORM = "application/x-www-form-urlencoded"
MAX_ROW_ID = 2**31 - 1  # PostgreSQL's integer
_NUL = N_("This request contains a character that is not allowed in text.")


class RowIdConverter(IntegerConverter):
    """An integer in an address. One that is larger than any row id does not match, so it gives 404."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **{"max": MAX_ROW_ID} | options)


def _validate_request() -> None:
    # The first statement of a POST takes SQLite's write lock, so a form that arrives slowly must be read before it.
    # Uploads are different: their handlers query first, release the database, and then read the body.
    if request.method not in SAFE_METHODS and request.mimetype == FORM:
        _refuse_nul(request.form)
    _refuse_nul(request.args)


def _refuse_nul(values: Any) -> None:
    # PostgreSQL refuses NUL in a text, and nobody types one.
    if any("\0" in value for _name, value in values.items(multi=True)):
        raise Invalid(_NUL)


def init_request_validation(app: Flask) -> None:
    """Validate every request. To be called before other before-request handlers are registered."""
    app.url_map.converters["int"] = RowIdConverter
    app.before_request(_validate_request)


def local_redirect_target(text: str | None, otherwise: str = "/") -> str:
    r"""Return `text` if it is an absolute path on this site, else `otherwise`: no open redirects.

    Browsers drop tabs and line breaks and read `\` as `/`, so both are refused anywhere in it.
    """
    if not text or not text.startswith("/") or text.startswith("//"):
        return otherwise
    if "\\" in text or any(not letter.isprintable() for letter in text):
        return otherwise
    try:
        parts = urlsplit(text)
    except ValueError:
        return otherwise
    return otherwise if parts.scheme or parts.netloc else text
