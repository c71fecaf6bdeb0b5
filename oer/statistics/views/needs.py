"""Where anybody, signed in or not, says which material they need."""

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts.services.throttling import count_anonymous_form
from oer.core.errors import Invalid
from oer.statistics.forms import NeedForm
from oer.statistics.services.wanted import LONGEST_WORDS, record_need
from oer.statistics.views.blueprint import blueprint
from oer.web.context import commit_and_release, db, language, settings
from oer.web.forms import form_checks_token


@blueprint.route("/need", methods=["GET", "POST"])
@form_checks_token
def need() -> Response | str | tuple[str, int]:
    """Take what somebody needs; `q` fills in what they searched for."""
    form = NeedForm(words=request.args.get("q", "")[:LONGEST_WORDS])
    if form.validate_on_submit():
        count_anonymous_form(db(), settings().secret_key, request.remote_addr or "")
        commit_and_release()  # the count stays even if what was sent is refused
        try:
            record_need(db(), form.words.data or "", form.remark.data or "", language())
        except Invalid as error:
            form.show_errors(error)
        else:
            return redirect(url_for("statistics.needed"), 303)
    page = render_template("statistics/need.html", form=form)
    return (page, form.refusal_status) if form.errors else page


@blueprint.get("/need/thanks")
def needed() -> str:
    """Thank for what was said."""
    return render_template("statistics/needed.html")
