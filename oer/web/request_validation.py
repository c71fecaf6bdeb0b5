"""Checks of what every request brings: complete forms, no NUL, row ids in range, redirect targets on this site."""

import unicodedata
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from flask import Flask, Request, request
from werkzeug.formparser import FormDataParser
from werkzeug.routing import IntegerConverter, RequestRedirect
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as AnyResponse

from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.web.context import SAFE_METHODS
from oer.web.languages import current_query

FORM = "application/x-www-form-urlencoded"
MAX_ROW_ID = 2**31 - 1  # PostgreSQL's integer
_NAMELESS = N_("A part of this form has no name.")
_NUL = N_("This request contains a character that is not allowed in text.")


class RowIdConverter(IntegerConverter):
    """An integer in an address. One that is larger than any row id does not match, so it gives 404."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **{"max": MAX_ROW_ID} | options)


class _StrictFormParser(FormDataParser):
    """Refuses forms of either kind with a NUL in them, or with a part that has no name."""

    def parse(self, *given: Any, **options: Any) -> Any:
        """Return the body, the fields and the files. Raises Invalid."""
        stream, fields, files = super().parse(*given, **options)
        try:
            if None in fields or None in files:
                raise Invalid(_NAMELESS, code="not_a_form")
            _refuse_nul(fields)
        except Invalid:
            for _name, file in files.items(multi=True):
                file.close()
            raise
        return stream, fields, files


class StrictRequest(Request):
    """A request whose form can be stored."""

    form_data_parser_class = _StrictFormParser


def _validate_request() -> None:
    # The first statement of a POST takes SQLite's write lock, so a form that arrives slowly must be read before it.
    # Uploads are different: their handlers query first, release the database, and then read the body.
    if request.method not in SAFE_METHODS and request.mimetype == FORM:
        _ = request.form
    _refuse_nul(request.args)


def _refuse_nul(values: Any) -> None:
    # PostgreSQL refuses NUL in a text, and nobody types one.
    if any("\0" in name or "\0" in value for name, value in values.items(multi=True)):
        raise Invalid(_NUL)


def _redirect_within_site() -> AnyResponse | None:
    """Answer an address with a slash too many; werkzeug would name the host that the request names, whoever's it is."""
    error = request.routing_exception
    if not isinstance(error, RequestRedirect):
        return None
    parts = urlsplit(error.new_url)
    return redirect(urlunsplit(("", "", "/" + parts.path.lstrip("/"), parts.query, "")), error.code)


def _without_invisible_end() -> AnyResponse | None:
    """Lead from an address that ends in what nobody sees, as chats append it, to the one that is meant."""
    end = request.path[-1:]
    if end.isascii() or not _is_invisible(end) or request.method not in SAFE_METHODS:
        return None
    seen = len(request.path)
    while seen > 1 and _is_invisible(request.path[seen - 1]):
        seen -= 1
    return redirect(f"{request.script_root}{quote(request.path[:seen])}{current_query()}", 301)


def _is_invisible(letter: str) -> bool:
    return unicodedata.category(letter) in {"Cf", "Zs", "Zl", "Zp"}


def row_number(text: str | None) -> int | None:
    """Return the number that a text from outside names; None unless it is a whole number that a row could have."""
    if not text or not text.isascii() or not text.isdecimal() or len(text) > len(str(MAX_ROW_ID)):
        return None
    number = int(text)
    return number if number <= MAX_ROW_ID else None


def init_request_validation(app: Flask) -> None:
    """Validate every request. To be called before other before-request handlers are registered."""
    app.request_class = StrictRequest
    app.url_map.converters["int"] = RowIdConverter
    app.before_request(_redirect_within_site)
    app.before_request(_without_invisible_end)
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
