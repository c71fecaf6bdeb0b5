"""What the application and a server in front of it tell each other about one request, by its WSGI environ.

A plain WSGI server puts nothing there, and the application does everything itself.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask, request

from oer.core.errors import OerError

HANDOVER = "oer.handover"


class BodyNeeded(BaseException):
    """The application reads a body that has not come yet: the request is to be run again once it is there.

    No Exception, so that nothing answers it: what the request did so far is rolled back.
    """


@dataclass(frozen=True, slots=True)
class FilePart:
    """The bytes of a file from `start` up to but not including `stop`, which the server sends as the answer's body."""

    path: Path
    start: int
    stop: int
    size: int


@dataclass(slots=True)
class Handover:
    """What is handed over about one request."""

    refusal: OerError | None = None
    """Set by the server: what the application is to answer, whatever was asked for."""
    file: FilePart | None = None
    """Set by the application: the answer's body."""
    is_kept: bool = False
    """Set by the application: the same answer is right for every anonymous reader until the database changes."""
    uses: list[Any] = field(default_factory=list)
    """Set by the application: the usage that was noted (`oer.usage.noting.Use`)."""


def handover() -> Handover | None:
    """Return what is handed over about this request; None under a plain WSGI server."""
    found: Handover | None = request.environ.get(HANDOVER)
    return found


def _refuse() -> None:
    given = handover()
    if given is not None and given.refusal is not None:
        raise given.refusal


def init_handover(app: Flask) -> None:
    """Answer what the server in front says is to be refused. To be called before other before-request handlers."""
    app.before_request(_refuse)
