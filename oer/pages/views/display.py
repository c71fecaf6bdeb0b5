"""How pages are shown: large type, high contrast. A choice without an account, in a cookie that says nothing else."""

from flask import make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from oer.pages.views.frame import blueprint
from oer.web.context import settings
from oer.web.local_addresses import local_address
from oer.web.templates import CONTRASTS, DISPLAY_COOKIE, SIZES, YEAR_SECONDS, display


@blueprint.get("/display")
def display_page() -> str | Response:
    """Show the choices, or take those that the address names and go back to `next`.

    It is a form by GET: all that it changes is this browser's look, so it needs no token, and a token would need a
    session, with which pages are made for one person alone.
    """
    back = local_address(request.args.get("next"), "")
    if not {"contrast", "size"} & request.args.keys():
        return make_response(render_template("pages/display.html", back=back))
    chosen = {**display(), **request.args}
    contrast = chosen["contrast"] if chosen["contrast"] in CONTRASTS else CONTRASTS[0]
    size = chosen["size"] if chosen["size"] in SIZES else SIZES[0]
    response = redirect(back or f"{request.script_root}/display", 303)
    response.set_cookie(
        DISPLAY_COOKIE,
        f"{contrast}.{size}",
        max_age=YEAR_SECONDS,
        samesite="Lax",
        httponly=True,
        secure=settings().base_url.startswith("https:"),
    )
    return response
