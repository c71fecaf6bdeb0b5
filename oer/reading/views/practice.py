"""Practising with a material's self-check. What a reader answers is in their page, and nowhere else.

By their consent the questions come back (`oer.learning.views.practising`): then which they are is kept, too.
"""

from collections.abc import Sequence

from flask import render_template, request

from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.learning.marking import Given, Round, given_in, is_right, read_round, shown_order
from oer.learning.queries.practice import keeps_questions
from oer.learning.self_checks import Question, parse
from oer.learning.services.practice import keep_practised
from oer.reading.queries.material import VisibleVersion, course_positions
from oer.reading.views.blueprint import blueprint, visible_material
from oer.web.context import db, installation, only_reads
from oer.web.forms import IN_LANGUAGE
from oer.web.identity import current_account

NO_QUESTIONS = N_("This material has no self-check.")


@blueprint.route("/materials/<public_id>/practice", methods=["GET", "POST"])
@only_reads
def practice(public_id: str) -> str | tuple[str, int]:
    """Ask a question; mark what was answered; end after a round with what to read again."""
    visible = visible_material(public_id)
    questions = parse(visible.version.self_check)
    if not questions:
        raise NotFound(NO_QUESTIONS)
    # A round of another version has other questions: it begins anew.
    is_same = request.method == "GET" or request.form.get("of") == str(visible.version.number)
    told = request.form if is_same and request.method == "POST" else {"start": request.args.get("start", "")}
    here = read_round(told, len(questions))
    if here.is_over:
        return _end_page(visible, here, questions)
    question = questions[here.place(here.number)]
    is_answer = is_same and IN_LANGUAGE not in request.form and ("answer" in request.form or "skip" in request.form)
    if not is_answer:
        return _page("practice", visible, here, question=question, order=shown_order(question), nothing=False)
    skipped = "skip" in request.form
    given = Given() if skipped else given_in(question, request.form.getlist)
    if given.is_empty and not skipped:
        return _page("practice", visible, here, question=question, order=shown_order(question), nothing=True), 422
    right = is_right(question, given)
    _let_come_back(visible, question, right=right)
    after = here.after(right=right)
    return _page("practice_marked", visible, after, question=question, given=given, right=right, skipped=skipped)


def _let_come_back(visible: VisibleVersion, question: Question, *, right: bool) -> None:
    # In a transaction of its own: for everybody else this page waits for nobody who writes.
    account = current_account()
    is_public = visible.version.id == visible.material.current_version_id
    if account is not None and is_public and not visible.preview and keeps_questions(db(), account.id):
        with installation().database.transaction() as session:
            keep_practised(session, account.id, visible.version, question, right=right)


def _end_page(visible: VisibleVersion, here: Round, questions: Sequence[Question]) -> str:
    asked = [(questions[here.place(number)], result) for number, result in enumerate(here.results, 1)]
    missed = [question for question, result in asked if result == "0"]
    positions = [] if visible.number else course_positions(db(), visible.material)
    return _page(
        "practice_end", visible, here, missed=missed, known=len(asked) - len(missed), course_positions=positions
    )


def _page(template: str, visible: VisibleVersion, here: Round, **values: object) -> str:
    return render_template(
        f"reading/{template}.html", visible=visible, record=visible.version.record, here=here, **values
    )
