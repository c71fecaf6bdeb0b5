"""Checks of what every request brings: complete forms, no NUL, row ids in range, redirect targets on this site."""

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, request
from werkzeug.routing import IntegerConverter

from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.web.context import SAFE_METHODS

FORM = "application/x-www-form-urlencoded"
MAX_ROW_ID = 2**31 - 1  # of a row, on PostgreSQL
_NUL = N_("There is a character in this request that cannot be part of a text.")


class RowIdConverter(IntegerConverter):
    """A number in an address; one that no row can have leads nowhere (404)."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **{"max": MAX_ROW_ID} | options)


def _take_whole() -> None:
    # The first question to the database of a POST takes SQLite's write lock: a form that comes slowly must be there
    # before. Files are another matter: their handlers ask, let go of the database, and then read.
    if request.method not in SAFE_METHODS and request.mimetype == FORM:
        _refuse_nul(request.form)
    _refuse_nul(request.args)


def _refuse_nul(values: Any) -> None:
    # PostgreSQL takes no NUL in a text, and nobody types one.
    if any("\0" in value for _name, value in values.items(multi=True)):
        raise Invalid(_NUL)


def init_request_validation(app: Flask) -> None:
    """Look at what every request brings; call it before whatever else looks at requests."""
    app.url_map.converters["int"] = RowIdConverter
    app.before_request(_take_whole)


# Addresses that somebody else may have written: only those of this site are followed.


def local_redirect_target(text: str | None, otherwise: str = "/") -> str:
    r"""Return `text` if it is an address on this site, given as an absolute path, else `otherwise`.

    Browsers drop tabs and line breaks and read `\` as `/`, so both are refused wherever they stand.
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
