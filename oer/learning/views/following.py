"""What somebody follows and what is new in it; ending the weekly mail from the mail itself."""

from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from oer.core.clock import now
from oer.learning.models import FollowedKind, WeeklyDigest
from oer.learning.queries import followed, is_following, saved_searches
from oer.learning.services import following as services
from oer.learning.views.blueprint import blueprint
from oer.web.context import db
from oer.web.forms import form_checks_token
from oer.web.identity import current_account, require_account
from oer.web.languages import gettext
from oer.web.request_validation import local_redirect_target

SHOWN = timedelta(days=60)


@blueprint.get("/shelf/following")
def following() -> str:
    """Show what somebody follows, with what is new in it, and whether a mail comes each week."""
    account = require_account()
    return render_template(
        "learning/following.html",
        followed=followed(db(), account.id, now() - SHOWN),
        searches=saved_searches(db(), account.id),
        digest=db().get(WeeklyDigest, account.id),
        email=account.email,
    )


@blueprint.post("/shelf/follow")
def follow() -> Response:
    """Follow a subject, course or unit, or follow it no more."""
    account, form = require_account(), request.form
    kind, target = form.get("kind", ""), form.get("target", "")
    if form.get("follow") == "no":
        services.unfollow(db(), account, kind, target)
    else:
        services.follow(db(), account, kind, target)
        flash(gettext("You follow this now. What is new stands on your shelf."), "good")
    return redirect(local_redirect_target(form.get("next"), url_for("learning.following")), 303)


@blueprint.post("/shelf/digest")
def change_digest() -> Response:
    """Ask for the weekly mail, or end it."""
    account = require_account()
    if request.form.get("wanted") == "no":
        services.end_digest(db(), account)
        flash(gettext("No more of these mails will come."), "good")
    else:
        services.ask_for_digest(db(), account)
        flash(gettext("A mail comes each week in which something is new. Each has a link that ends them."), "good")
    return redirect(url_for("learning.following"), 303)


@blueprint.get("/unsubscribe/<token>")
def unsubscribe(token: str) -> str:
    """Ask whether the weekly mails shall end: programs that look at links in mails must not end them."""
    return render_template("learning/unsubscribe.html", token=token, ended=False)


@blueprint.post("/unsubscribe/<token>")
@form_checks_token  # the secret in the address is checked: mail programs post here by themselves (RFC 8058)
def unsubscribe_now(token: str) -> tuple[str, int]:
    """End the weekly mails. A secret that is not known (410) has been used before, so the page says the same."""
    ended = services.unsubscribe(db(), token)
    return render_template("learning/unsubscribe.html", token=token, ended=True), 200 if ended else 410


def _follows(kind: str, target: str) -> bool:
    account = current_account()
    return account is not None and is_following(db(), account.id, FollowedKind(kind), target)


@blueprint.record_once
def _add_template_globals(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals["follows"] = _follows
