"""Pages on which problems are reported and answered."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts.models import Account
from oer.accounts.permissions import Action, require
from oer.accounts.services.throttling import count_anonymous_form
from oer.catalogue.queries.materials import find_public
from oer.core.errors import Invalid
from oer.core.seen import ChangedMeanwhile, seen_of
from oer.learning.forms import KINDS, STATES, AnswerForm, ReportForm
from oer.learning.models import ProblemKind, ProblemReport, ProblemState
from oer.learning.queries import (
    followed_report,
    own_reports,
    problem_counts,
    problem_reports,
    report_to_answer,
    units_with_problems,
)
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
            _, secret = report_problem(
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
            return redirect(url_for("learning.ticket", secret=secret), 303)
    page = render_template("learning/report.html", form=form, material=material)
    return page, form.page_status


@blueprint.get("/reports/<secret>")
def ticket(secret: str) -> str:
    """Show what became of a report to whoever made it, by the secret in their address."""
    return render_template(
        "learning/ticket.html", report=followed_report(db(), secret), kinds=KINDS, states=STATES, secret=secret
    )


@blueprint.get("/account/reports")
def my_reports() -> str:
    """Show what somebody reported, and the answers."""
    page = own_reports(db(), require_account().id, request.args.get("page", 1, type=int))
    return render_template("learning/my_reports.html", page=page, kinds=KINDS, states=STATES)


@blueprint.get("/review/problems")
def problems() -> str:
    """List the open reports, or those in another state, narrowed by what they are about and by unit."""
    account = _answering()
    asked, kind, unit = (request.args.get(name, "") for name in ("state", "kind", "unit"))
    state = ProblemState(asked) if asked in set(ProblemState) else ProblemState.OPEN
    kind = kind if kind in set(ProblemKind) else ""
    return render_template(
        "learning/problems.html",
        page=problem_reports(db(), account, state, request.args.get("page", 1, type=int), kind=kind, unit=unit),
        state=state,
        states=STATES,
        kinds=KINDS,
        counts=problem_counts(db(), account),
        units=units_with_problems(db(), account),
        kind=kind,
        unit=unit,
    )


@blueprint.route("/review/problems/<int:report_id>", methods=["GET", "POST"])
@form_checks_token
def problem(report_id: int) -> Response | tuple[str, int]:
    """Show a report, and let a reviewer answer it."""
    account = _answering()
    found = report_to_answer(db(), account, report_id)
    form, status, changed = AnswerForm(state=found.state.value, answer=found.answer), 0, []
    if form.validate_on_submit():
        state, answer = form.state.data or "", form.answer.data or ""
        try:
            answer_problem(db(), account, found, state=state, answer=answer, seen=request.form.get("seen", ""))
        except ChangedMeanwhile:
            status, changed = 409, _now(found)
        except Invalid as error:
            form.show_errors(error)
        else:
            flash(gettext("Saved."))
            return redirect(url_for("learning.problems"), 303)
    page = render_template(
        "learning/problem.html", form=form, report=found, kinds=KINDS, seen=seen_of(found.seen_parts), changed=changed
    )
    return page, status or form.page_status


def _now(report: ProblemReport) -> list[tuple[str, str]]:
    """Return what another reviewer has made of a report, beside what was typed."""
    return [(gettext("Decision"), gettext(STATES[report.state])), (gettext("Answer"), report.answer)]


def _answering() -> Account:
    account: Account = require_account()
    require(account, Action.PROBLEM_ANSWER)
    return account
