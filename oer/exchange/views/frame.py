"""The blueprint of the machine faces, and their answers in XML."""

from typing import Any

from flask import Blueprint, Response, render_template

blueprint = Blueprint("exchange", __name__)


def xml(template: str, media_type: str = "application/xml", **values: Any) -> Response:
    """Return a rendered template as XML."""
    return Response(render_template(template, **values), content_type=f"{media_type}; charset=utf-8")
