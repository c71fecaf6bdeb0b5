"""What a request brings is looked at before anything else is: whole, without NUL, numbers of a size that exists."""

from typing import Any

from flask import Flask, request
from werkzeug.routing import IntegerConverter

from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.web.context import SAFE_METHODS

FORM = "application/x-www-form-urlencoded"
LARGEST_NUMBER = 2**31 - 1  # of a row, on PostgreSQL
_NUL = N_("There is a character in this request that cannot be part of a text.")


class RowNumber(IntegerConverter):
    """A number in an address; one that no row can have leads nowhere (404)."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **{"max": LARGEST_NUMBER} | options)


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


def init_bodies(app: Flask) -> None:
    """Look at what every request brings; call it before whatever else looks at requests."""
    app.url_map.converters["int"] = RowNumber
    app.before_request(_take_whole)
