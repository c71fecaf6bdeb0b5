"""Pages of what readers say under a material: rating, asking, answering, reporting; the reviewers' queue."""

from typing import cast

from flask import flash, g, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from oer.accounts.models import Account, Unit
from oer.accounts.permissions import Action, require
from oer.accounts.services.throttling import count_anonymous_form, count_voice
from oer.catalogue.models import Material
from oer.catalogue.queries.materials import find_public
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.core.seen import ChangedMeanwhile, seen_of
from oer.learning.forms import (
    QUEUE_WORDS,
    RULES,
    VOICE_KINDS,
    VOICE_STATES,
    RateForm,
    ReportVoiceForm,
    VoiceDecisionForm,
    VoiceForm,
)
from oer.learning.queries.voices import (
    WAITING,
    edits_of,
    own_rating,
    own_ratings,
    own_voice,
    own_voices,
    public_voice,
    questions_for,
    rating_figures,
    said_under,
    voice_to_review,
    voices_to_review,
)
from oer.learning.services import voices as services
from oer.learning.views.blueprint import blueprint
from oer.learning.voice_models import Voice, VoiceKind
from oer.web.context import commit_and_release, db, language, settings
from oer.web.forms import form_checks_token
from oer.web.identity import current_account, require_account
from oer.web.languages import gettext
from oer.web.page_cache import cached_page

VOICES_VALIDATOR = """
SELECT m.page_revision, m.current_version_id, u.revision
  FROM material m LEFT JOIN unit u ON u.id = m.unit_id
 WHERE m.public_id = :public_id AND m.current_version_id IS NOT NULL AND m.withdrawn_at IS NULL
"""
SENT = N_("Thank you. It is public now.")
HELD = N_(
    "Thank you. A reviewer looks at it before it is public; you find it on the page of your ratings and questions."
)
RATED = N_("Thank you for your rating.")
RATED_NEW = N_("Thank you for your rating. As your account is new, it counts from tomorrow on.")
TAKEN_BACK = N_("It has been taken back.")
REPORTED = N_("Thank you. A reviewer looks at it.")


@blueprint.get("/materials/<public_id>/voices")
@cached_page(VOICES_VALIDATOR)
def voices(public_id: str) -> str:
    """Show what was said under a material."""
    material = find_public(db(), public_id)
    account = current_account()
    return render_template(
        "learning/voices.html",
        material=material,
        rated=rating_figures(db(), material.id),
        reasons=said_under(db(), material, VoiceKind.REASON, request.args.get("reasons", 1, type=int)),
        questions=said_under(db(), material, VoiceKind.QUESTION, request.args.get("questions", 1, type=int)),
        mine=own_rating(db(), account.id, material.id) if account else None,
    )


@blueprint.route("/materials/<public_id>/rate", methods=["GET", "POST"])
@form_checks_token
def rate(public_id: str) -> Response | tuple[str, int]:
    """Rate a material, or change one's rating."""
    account: Account = require_account()
    material = find_public(db(), public_id)
    if services.wrote(db(), account, material):
        flash(gettext(services.OWN_MATERIAL), "info")
        return _back(public_id)
    form = _filled(account, material)
    if form.validate_on_submit():
        _count(account)
        try:
            services.rate(
                db(),
                account,
                material,
                stars=form.stars.data or "",
                words=form.words.data or "",
                audience=form.audience.data or "",
                shown_as=form.shown_as.data or "",
                language=language(),
            )
        except Invalid as error:
            form.show_errors(error)
        else:
            flash(gettext(RATED if services.counts_today(account) else RATED_NEW), "good")
            return _back(public_id)
    mine = own_rating(db(), account.id, material.id)
    return render_template("learning/rate.html", form=form, material=material, mine=mine), form.page_status


def _filled(account: Account, material: Material) -> RateForm:
    mine = own_rating(db(), account.id, material.id)
    reason = services.reason_of(db(), account.id, material.id)
    return RateForm(
        stars=str(mine.stars) if mine else None,
        audience=mine.audience if mine else "",
        words=reason.words if reason else "",
        shown_as=reason.shown_as if reason else "",
    )


@blueprint.post("/materials/<public_id>/rate/take-back")
def take_back_rating(public_id: str) -> Response:
    """Take one's rating back."""
    services.take_back_rating(db(), require_account(), find_public(db(), public_id))
    flash(gettext(TAKEN_BACK))
    return _back(public_id)


@blueprint.route("/materials/<public_id>/ask", methods=["GET", "POST"])
@form_checks_token
def ask(public_id: str) -> Response | tuple[str, int]:
    """Ask a question about a material."""
    account: Account = require_account()
    material = find_public(db(), public_id)
    form = VoiceForm()
    if form.validate_on_submit():
        _count(account)
        try:
            asked = services.ask(db(), account, material, **_typed(form), language=language())
        except Invalid as error:
            form.show_errors(error)
        else:
            return _said(asked)
    return _say_page(form, material, gettext("Ask a question"), None)


@blueprint.route("/voices/<int:voice_id>/answer", methods=["GET", "POST"])
@form_checks_token
def answer(voice_id: int) -> Response | tuple[str, int]:
    """Answer a question."""
    account: Account = require_account()
    question = public_voice(db(), voice_id)
    form = VoiceForm()
    if form.validate_on_submit():
        _count(account)
        try:
            given = services.answer(db(), account, question, **_typed(form), language=language())
        except Invalid as error:
            form.show_errors(error)
        else:
            return _said(given)
    return _say_page(form, question.material, gettext("Answer a question"), question)


@blueprint.route("/voices/<int:voice_id>/change", methods=["GET", "POST"])
@form_checks_token
def change_voice(voice_id: int) -> Response | tuple[str, int]:
    """Change one's own question or answer; the reason of a rating is changed with it."""
    account: Account = require_account()
    voice = own_voice(db(), account.id, voice_id)
    material = find_public(db(), voice.material.public_id)
    if voice.kind is VoiceKind.REASON:
        return redirect(url_for("learning.rate", public_id=material.public_id), 303)
    form = VoiceForm(words=voice.words, shown_as=voice.shown_as)
    if form.validate_on_submit():
        _count(account)
        try:
            services.change_voice(db(), account, voice, **_typed(form))
        except Invalid as error:
            form.show_errors(error)
        else:
            return _said(voice)
    return _say_page(form, material, gettext("Change what I wrote"), None)


@blueprint.post("/voices/<int:voice_id>/take-back")
def take_back_voice(voice_id: int) -> Response:
    """Take one's own words back."""
    account = require_account()
    services.take_back_voice(db(), own_voice(db(), account.id, voice_id))
    flash(gettext(TAKEN_BACK))
    return redirect(url_for("learning.my_voices"), 303)


@blueprint.route("/voices/<int:voice_id>/report", methods=["GET", "POST"])
@form_checks_token
def report_voice(voice_id: int) -> Response | tuple[str, int]:
    """Let anybody report words that break a rule."""
    voice = public_voice(db(), voice_id)
    form = ReportVoiceForm()
    if form.validate_on_submit():
        count_anonymous_form(db(), settings().secret_key, request.remote_addr or "")
        commit_and_release()
        try:
            services.report_voice(db(), public_voice(db(), voice_id), form.rule.data or "")
        except Invalid as error:
            form.show_errors(error)
        else:
            flash(gettext(REPORTED), "good")
            return _back(voice.material.public_id)
    return render_template("learning/report_voice.html", form=form, voice=voice), form.page_status


@blueprint.get("/account/voices")
def my_voices() -> str:
    """Show what somebody has rated and said, and the questions about their own materials."""
    account: Account = require_account()
    return render_template(
        "learning/my_voices.html",
        ratings=own_ratings(db(), account.id),
        said=own_voices(db(), account.id, request.args.get("page", 1, type=int)),
        to_answer=questions_for(db(), account),
        kinds=VOICE_KINDS,
        states=VOICE_STATES,
        rules=RULES,
    )


# For reviewers.


@blueprint.get("/review/voices")
def review_voices() -> str:
    """List what waits for a reviewer, what was reported, what is hidden, what is public."""
    queue = request.args.get("queue", WAITING)
    queue = queue if queue in QUEUE_WORDS else WAITING
    page = voices_to_review(db(), _reviewing(), queue, request.args.get("page", 1, type=int))
    return render_template(
        "learning/review_voices.html", page=page, queue=queue, queues=QUEUE_WORDS, kinds=VOICE_KINDS, rules=RULES
    )


@blueprint.route("/review/voices/<int:voice_id>", methods=["GET", "POST"])
@form_checks_token
def review_voice(voice_id: int) -> Response | tuple[str, int]:
    """Show words with what they were before, and let a reviewer decide."""
    account = _reviewing()
    voice = voice_to_review(db(), account, voice_id)
    form, status, changed = VoiceDecisionForm(), 0, False
    if form.validate_on_submit():
        decision, rule = form.decision.data or "", form.rule.data or ""
        try:
            services.decide_on_voice(
                db(), account, voice, decision=decision, rule=rule, seen=request.form.get("seen", "")
            )
        except ChangedMeanwhile:
            status, changed = 409, True
        except Invalid as error:
            form.show_errors(error)
        else:
            flash(gettext("Saved."))
            return redirect(url_for("learning.review_voices"), 303)
    page = render_template(
        "learning/review_voice.html",
        form=form,
        voice=voice,
        edits=edits_of(db(), voice),
        seen=seen_of(voice.seen_parts),
        changed=changed,
        kinds=VOICE_KINDS,
        states=VOICE_STATES,
        rules=RULES,
    )
    return page, status or form.page_status


def _reviewing() -> Account:
    account: Account = require_account()
    require(account, Action.VOICE_REVIEW)
    return account


def _count(account: Account) -> None:
    count_voice(db(), settings().secret_key, account.id, request.remote_addr or "")
    commit_and_release()  # the count stays even if the words are refused


def _typed(form: VoiceForm) -> dict[str, str]:
    return {"words": form.words.data or "", "shown_as": form.shown_as.data or ""}


def _say_page(form: VoiceForm, material: Material, heading: str, question: Voice | None) -> tuple[str, int]:
    page = render_template("learning/say.html", form=form, material=material, heading=heading, question=question)
    return page, form.page_status


def _said(voice: Voice) -> Response:
    if voice.is_shown:
        flash(gettext(SENT), "good")
        return _back(voice.material.public_id)
    flash(gettext(HELD), "info")
    return redirect(url_for("learning.my_voices"), 303)


def _back(public_id: str) -> Response:
    return redirect(url_for("learning.voices", public_id=public_id), 303)


def _unit_of(material: Material) -> dict[str, str] | None:
    """Return the name of a material's unit. A page is of one material, and asks for it with all that is said."""
    if "voices_unit" not in g:
        unit = db().get(Unit, material.unit_id) if material.unit_id else None
        g.voices_unit = unit.name if unit else None
    return cast("dict[str, str] | None", g.voices_unit)


@blueprint.record_once
def _add_template_globals(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals.update(unit_of=_unit_of)
