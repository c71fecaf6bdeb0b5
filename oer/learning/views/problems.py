"""Pages on which problems are reported and answered."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts.models import Account
from oer.accounts.permissions import Action, require
from oer.accounts.services.throttling import count_anonymous_form
from oer.catalogue.queries.materials import find_public
from oer.core.errors import Invalid
from oer.learning.forms import KINDS, STATES, AnswerForm, ReportForm
from oer.learning.models import ProblemState
from oer.learning.queries import problem_reports, report_to_answer
from oer.learning.services.problems import answer_problem, report_problem
from oer.learning.views.blueprint import blueprint
from oer.web.context import commit_and_release, db, language, settings
from oer.web.forms import form_checks_token
from oer.web.identity import current_account, require_account
from oer.web.languages import gettext


@blueprint.route("/materials/<public_id>/report", methods=["GET", "POST"])
@form_checks_token
def report(public_id: str) -> Response | tuple[str, int]:
    """Let anybody report a problem."""
    material = find_public(db(), public_id)
    form = ReportForm(place=request.args.get("place", "")[:200])
    if form.validate_on_submit():
        count_anonymous_form(db(), settings().secret_key, request.remote_addr or "")
        commit_and_release()  # the count stays even if the report is refused
        try:
            report_problem(
                db(),
                find_public(db(), public_id),
                current_account(),
                kind=form.kind.data or "",
                words=form.words.data or "",
                place=form.place.data or "",
                language=language(),
            )
        except Invalid as error:
            form.show_errors(error)
        else:
            return redirect(url_for("learning.reported", public_id=public_id), 303)
    page = render_template("learning/report.html", form=form, material=material)
    return page, form.page_status


@blueprint.get("/materials/<public_id>/report/thanks")
def reported(public_id: str) -> str:
    """Thank the reader for a report."""
    return render_template("learning/reported.html", material=find_public(db(), public_id))


@blueprint.get("/review/problems")
def problems() -> str:
    """List the open reports, or those in another state."""
    asked = request.args.get("state", "")
    state = ProblemState(asked) if asked in set(ProblemState) else ProblemState.OPEN
    page = problem_reports(db(), _answering(), state, request.args.get("page", 1, type=int))
    return render_template("learning/problems.html", page=page, state=state, states=STATES, kinds=KINDS)


@blueprint.route("/review/problems/<int:report_id>", methods=["GET", "POST"])
@form_checks_token
def problem(report_id: int) -> Response | tuple[str, int]:
    """Show a report, and let a reviewer answer it."""
    account = _answering()
    found = report_to_answer(db(), account, report_id)
    form = AnswerForm(state=found.state.value, answer=found.answer)
    if form.validate_on_submit():
        try:
            answer_problem(db(), account, found, state=form.state.data or "", answer=form.answer.data or "")
        except Invalid as error:
            form.show_errors(error)
        else:
            flash(gettext("Saved."))
            return redirect(url_for("learning.problems"), 303)
    page = render_template("learning/problem.html", form=form, report=found, kinds=KINDS)
    return page, form.page_status


def _answering() -> Account:
    account: Account = require_account()
    require(account, Action.PROBLEM_ANSWER)
    return account
