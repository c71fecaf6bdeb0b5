"""Pages on which problems are reported and answered, and those of saved searches."""

from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.accounts.models import Account
from oer.accounts.permissions import Action, require
from oer.accounts.services.throttling import count_anonymous_form
from oer.catalogue.queries.materials import find_public
from oer.core.errors import Invalid
from oer.core.i18n import in_language
from oer.learning.forms import KINDS, STATES, AnswerForm, ReportForm, SaveSearchForm
from oer.learning.models import ProblemState
from oer.learning.queries import problem_reports, report_to_answer, saved_searches
from oer.learning.services import answer_problem, delete_search, report_problem, save_search
from oer.search.criteria import PAGE_SIZE, Search
from oer.search.queries.facets import chips
from oer.search.schemas import read_search
from oer.web.context import commit_and_release, db, language, settings
from oer.web.forms import form_checks_token
from oer.web.identity import current_account, require_account
from oer.web.languages import gettext

blueprint = Blueprint("learning", __name__)


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


@blueprint.get("/my/searches")
def searches() -> str:
    """List a person's saved searches with their results, feeds and delete buttons."""
    return render_template("learning/searches.html", searches=saved_searches(db(), require_account().id))


@blueprint.route("/my/searches/new", methods=["GET", "POST"])
@form_checks_token
def keep_search() -> Response | tuple[str, int]:
    """Save the search that the arguments of this address name."""
    account, search = require_account(), _asked()
    form = SaveSearchForm(name=_usual_name(search))
    if form.validate_on_submit():
        try:
            save_search(db(), account, search.arguments(), form.name.data or "")
        except Invalid as error:
            form.show_errors(error)
        else:
            flash(gettext("The search has been saved."), "good")
            return redirect(url_for("learning.searches"), 303)
    page = render_template("learning/keep_search.html", form=form, search=search, chips=chips(db(), search))
    return page, form.page_status


@blueprint.post("/my/searches/<int:number>/delete")
def forget_search(number: int) -> Response:
    """Delete a saved search."""
    delete_search(db(), require_account(), number)
    flash(gettext("The search has been deleted."), "good")
    return redirect(url_for("learning.searches"), 303)


def _asked() -> Search:
    search, faults = read_search(request.args.to_dict(flat=False))
    if faults:
        raise faults[0]
    return replace(search, page=1, size=PAGE_SIZE)


def _usual_name(search: Search) -> str:
    filters = [in_language(chip.labels, language()) for chip in chips(db(), search)]
    return ", ".join([*([search.text] if search.text else []), *filters])[:200]
