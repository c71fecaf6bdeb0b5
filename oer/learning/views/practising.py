"""Practice of the day: questions of self-checks come back one at a time, each just before it is forgotten."""

from datetime import datetime
from typing import cast

from flask import flash, g, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from oer.accounts.models import Account, Purpose
from oer.accounts.services.consents import CONSENT_TEXTS
from oer.core.clock import today
from oer.core.i18n import N_
from oer.learning.marking import IN_A_ROUND, Given, given_in, shown_order
from oer.learning.queries.practice import (
    AskedQuestion,
    MyWeek,
    Today,
    asked_question,
    keeps_questions,
    missed_today,
    my_week,
    next_due_at,
    next_question,
    practice_today,
)
from oer.learning.recall import A_DAY, Judgement, days_until
from oer.learning.services.practice import answer_question, judge_answer, set_goal
from oer.learning.views.blueprint import blueprint
from oer.web.context import db
from oer.web.forms import IN_LANGUAGE
from oer.web.identity import current_account, require_account
from oer.web.languages import gettext

ALREADY = N_("This question was answered already, perhaps on another device. It counts once.")
JUDGEMENTS = {
    Judgement.AGAIN: N_("I guessed"),
    Judgement.HARD: N_("It was hard"),
    Judgement.GOOD: N_("I knew it"),
    Judgement.EASY: N_("Too easy"),
}
A_SLIP = N_("I did know it")


@blueprint.get("/practice")
def practise() -> Response | str:
    """Ask the next question that is due today; without the consent, ask for it; with nothing due, say so."""
    account = require_account()
    if not keeps_questions(db(), account.id):
        return render_template("learning/practise_begin.html", consent=CONSENT_TEXTS[Purpose.HISTORY])
    of = practice_today(db(), account.id)
    asked = next_question(db(), account.id, of)
    return _end_page(account) if asked is None else _question_page(asked, of)


@blueprint.post("/practice")
def answer_practice() -> Response | str | tuple[str, int]:
    """Mark the answer, which counts at once; what is said of it on the page that follows may change when it is due."""
    account = require_account()
    number, revision = (_number(request.form.get(name, "")) for name in ("question", "revision"))
    asked = asked_question(db(), account.id, number)
    of = practice_today(db(), account.id)
    if IN_LANGUAGE in request.form:
        return _question_page(asked, of)
    skipped = "skip" in request.form
    given = Given() if skipped else given_in(asked.question, request.form.getlist)
    if given.is_empty and not skipped and asked.item.revision == revision:
        return _question_page(asked, of, nothing=True), 422
    answered = answer_question(db(), account, number, revision, given)
    if answered is None:
        return _already()
    of = practice_today(db(), account.id)
    return _page(
        "practise_marked", asked, of, given=given, right=answered.right, skipped=skipped, choices=answered.choices
    )


@blueprint.post("/practice/judgement")
def judge_practice() -> Response:
    """Take somebody's own judgement of their answer, and go on: to the next question, or to the end of six."""
    account = require_account()
    number, revision = (_number(request.form.get(name, "")) for name in ("question", "revision"))
    if judge_answer(db(), account, number, revision, request.form.get("judgement", "")) is None:
        return _already()
    of = practice_today(db(), account.id)
    is_over = not of.left or of.done % IN_A_ROUND == 0
    return redirect(url_for("learning.practised_today" if is_over else "learning.practise"), 303)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _already() -> Response:
    flash(gettext(ALREADY), "good")
    return redirect(url_for("learning.practise"), 303)


@blueprint.get("/practice/today")
def practised_today() -> Response | str:
    """Say what was practised today, what to read again, and when the next questions come back."""
    return _end_page(require_account())


def _end_page(account: Account) -> str:
    of = practice_today(db(), account.id)
    return render_template(
        "learning/practised.html",
        today=of,
        missed=missed_today(db(), account.id) if of.done else [],
        next_due=None if of.left or of.is_full else next_due_at(db(), account.id),
        most=A_DAY,
    )


def _question_page(asked: AskedQuestion, of: Today, *, nothing: bool = False) -> str:
    return _page("practise", asked, of, order=shown_order(asked.question), nothing=nothing)


def _page(template: str, asked: AskedQuestion, of: Today, **values: object) -> str:
    # Six at a time, as with a self-check: squares and words count within the six.
    done = (of.done - 1) % IN_A_ROUND + 1 if template == "practise_marked" else of.done % IN_A_ROUND
    told = {"done": done, "total": min(IN_A_ROUND, done + of.left)}
    return render_template(f"learning/{template}.html", asked=asked, question=asked.question, **told, **values)


@blueprint.post("/shelf/goal")
def set_weekly_goal() -> Response:
    """Set on how many days of a week one would like to learn; 0 removes the goal."""
    if not set_goal(db(), require_account(), _number(request.form.get("days", ""))):
        return redirect(url_for("learning.practise"), 303)  # which asks for the consent
    return redirect(url_for("learning.shelf", _anchor="week"), 303)


# What templates of other rooms show.


def _practice_of_reader() -> Today | None:
    account = current_account()
    return practice_today(db(), account.id) if account else None


def _my_week() -> MyWeek | None:
    account = current_account()
    return my_week(db(), account.id) if account else None


def _keeps_questions() -> bool | None:
    """Return whether questions come back for whoever reads; None without an account."""
    account = current_account()
    if account is None:
        return None
    if "keeps_questions" not in g:
        g.keeps_questions = keeps_questions(db(), account.id)
    return cast("bool", g.keeps_questions)


def _days_until(due: datetime) -> int:
    return days_until(due, today())


def _judgement_words(judgement: Judgement, *, right: bool) -> str:
    return gettext(A_SLIP if judgement is Judgement.HARD and not right else JUDGEMENTS[judgement])


@blueprint.record_once
def _add_template_globals(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals.update(
        practice_of_reader=_practice_of_reader,
        my_week=_my_week,
        keeps_questions=_keeps_questions,
        days_until=_days_until,
        judgement_words=_judgement_words,
    )
