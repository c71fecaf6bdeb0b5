"""Pages on which a problem is reported, and those on which it is answered."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts.models import Account
from oer.accounts.permissions import Action, require
from oer.accounts.services import note_open_form
from oer.catalogue.forms.faults import show_faults
from oer.catalogue.queries import find_public
from oer.core.errors import Invalid
from oer.learning.forms import KINDS, STATES, AnswerForm, ReportForm
from oer.learning.models import ProblemState
from oer.learning.queries import problem_reports, report_to_answer
from oer.learning.services import answer_problem, report_problem
from oer.web.context import db, language, release, settings
from oer.web.forms import form_checks_token
from oer.web.identity import current_account, signed_in
from oer.web.languages import gettext

blueprint = Blueprint("learning", __name__)


@blueprint.route("/materials/<public_id>/report", methods=["GET", "POST"])
@form_checks_token
def report(public_id: str) -> Response | str | tuple[str, int]:
    """Take a report of a problem from anybody."""
    material = find_public(db(), public_id)
    form = ReportForm(place=request.args.get("place", "")[:200])
    if form.validate_on_submit():
        note_open_form(db(), settings().secret_key, request.remote_addr or "")
        release()  # the count stays even if the report is refused
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
            show_faults(form, [error])
        else:
            return redirect(url_for("learning.reported", public_id=public_id), 303)
    page = render_template("learning/report.html", form=form, material=material)
    return (page, form.refusal_status) if form.errors else page


@blueprint.get("/materials/<public_id>/report/thanks")
def reported(public_id: str) -> str:
    """Thank for a report."""
    return render_template("learning/reported.html", material=find_public(db(), public_id))


@blueprint.get("/review/problems")
def problems() -> str:
    """List the reports that wait, or those in another state."""
    asked = request.args.get("state", "")
    state = ProblemState(asked) if asked in set(ProblemState) else ProblemState.OPEN
    page = problem_reports(db(), _answering(), state, request.args.get("page", 1, type=int))
    return render_template("learning/problems.html", page=page, state=state, states=STATES, kinds=KINDS)


@blueprint.route("/review/problems/<int:report_id>", methods=["GET", "POST"])
@form_checks_token
def problem(report_id: int) -> Response | str | tuple[str, int]:
    """Show a report, and take what becomes of it."""
    account = _answering()
    found = report_to_answer(db(), account, report_id)
    form = AnswerForm(state=found.state.value, answer=found.answer)
    if form.validate_on_submit():
        try:
            answer_problem(db(), account, found, state=form.state.data or "", answer=form.answer.data or "")
        except Invalid as error:
            show_faults(form, [error])
        else:
            flash(gettext("Kept."))
            return redirect(url_for("learning.problems"), 303)
    page = render_template("learning/problem.html", form=form, report=found, kinds=KINDS)
    return (page, form.refusal_status) if form.errors else page


def _answering() -> Account:
    account: Account = signed_in()
    require(account, Action.PROBLEM_ANSWER)
    return account
