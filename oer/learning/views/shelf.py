"""The shelf: what somebody saved, where they stopped, what they finished; and what other pages show of it."""

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from flask import flash, g, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from oer.accounts.models import Account, Purpose
from oer.accounts.services.consents import CONSENT_TEXTS, give_consent, withdraw_consent
from oer.catalogue.models import Material
from oer.catalogue.queries.browsing import Card
from oer.catalogue.queries.files import files_of
from oer.catalogue.queries.materials import find_public
from oer.core.clock import today
from oer.core.errors import Invalid, NotFound
from oer.core.i18n import N_
from oer.core.ids import token_hash
from oer.learning.models import PlaceKind
from oer.learning.queries import (
    CourseProgress,
    GoingOn,
    KnownPlace,
    OnShelf,
    course_progress,
    finished_materials,
    going_on,
    kept_of,
    own_lists,
    place_in,
    saved_materials,
)
from oer.learning.queries.diary import NO_ENTRY, diary_week, read_week, week_name
from oer.learning.queries.practice import keeps_questions
from oer.learning.schemas import read_kept
from oer.learning.services import shelf as services
from oer.learning.views.blueprint import blueprint
from oer.web.context import db
from oer.web.errors import error_message
from oer.web.identity import current_account, require_account, sign_in_token
from oer.web.languages import gettext
from oer.web.request_validation import local_redirect_target

GOING_ON, FINISHED = 6, 6
METHOD = "shelf"
NO_MATERIAL = N_("Choose a material.")


@blueprint.get("/shelf")
def shelf() -> str:
    """Show somebody's shelf; to everybody else what this browser alone keeps, which a script puts in."""
    account = current_account()
    if account is None:
        return render_template("learning/shelf_here.html")
    return render_template(
        "learning/shelf.html",
        has_history=services.has_history(db(), account.id),
        going=going_on(db(), account.id, GOING_ON),
        saved=saved_materials(db(), account.id, request.args.get("page", 1, type=int)),
        lists=own_lists(db(), account.id),
        finished=finished_materials(db(), account.id, 1, FINISHED),
        consent=CONSENT_TEXTS[Purpose.HISTORY],
    )


@blueprint.get("/shelf/finished")
def finished() -> str:
    """Show all that somebody has finished."""
    page = finished_materials(db(), require_account().id, request.args.get("page", 1, type=int))
    return render_template("learning/finished.html", page=page)


@blueprint.route("/materials/<public_id>/save", methods=["GET", "POST"])
def save(public_id: str) -> Response | str:
    """Put a material on one's shelf. Whoever was led here by a sign-in finds the button again."""
    account = require_account()
    material = find_public(db(), public_id)
    if request.method == "GET":
        return render_template("learning/save.html", material=material)
    services.save_material(db(), account, material)
    flash(gettext("Saved on your shelf."), "good")
    return _back(url_for("reading.material", public_id=public_id))


@blueprint.post("/shelf/remove")
def remove() -> Response:
    """Take a material off one's shelf."""
    account = require_account()
    services.unsave_material(db(), account, _asked_material())
    flash(gettext("Taken off your shelf."), "good")
    return _back(url_for("learning.shelf"))


def _asked_material() -> str:
    public_id = request.form.get("material", "")
    if not public_id:
        raise Invalid(NO_MATERIAL)
    return public_id


def _back(otherwise: str) -> Response:
    # `next` is an address of this site as the browser shows it, with the language before it.
    return redirect(local_redirect_target(request.form.get("next"), otherwise), 303)


@blueprint.post("/materials/<public_id>/place")
def note_place(public_id: str) -> Response:
    """Keep where somebody is: by a script, which hears 204 whatever becomes of it, or by the button of the form."""
    account = require_account()
    form = request.form
    place = services.read_place(form.get("file"), form.get("kind"), form.get("at"), form.get("total", "0"))
    noted = services.note_place(db(), account.id, public_id, place, _device())
    if noted and form.get("finishes"):
        services.finish_material(db(), account.id, public_id)
    if form.get("quiet"):
        return Response(status=204)
    if not noted:
        find_public(db(), public_id)
        return redirect(url_for("learning.history", next=form.get("next") or None), 303)
    flash(gettext("This place is remembered. You find it on your shelf, on every device."), "good")
    return _back(url_for("learning.shelf"))


def _device() -> str:
    return token_hash(sign_in_token() or "")[:16]


@blueprint.get("/materials/<public_id>/continue")
def resume(public_id: str) -> Response:
    """Lead to where somebody stopped; to the material, where nothing is known or the file is gone."""
    material, account = find_public(db(), public_id), current_account()
    found = place_in(db(), account.id, material.id) if account else None
    address = _address_of(material, found[0]) if found else None
    return redirect(address or url_for("reading.material", public_id=public_id))


def _address_of(material: Material, place: KnownPlace) -> str | None:
    version = material.current_version
    shown = (
        next((each for each in files_of(db(), version) if each.file.number == place.file), None) if version else None
    )
    if shown is None:
        return None
    values: dict[str, Any] = {"public_id": material.public_id, "number": place.file}
    if place.kind is PlaceKind.SECOND:
        return url_for("reading.read", **values, t=place.at or None, _anchor="player")
    page = min(place.at, shown.pages or 1)  # a new version may have fewer
    return url_for("reading.read", **values, page=page if page > 1 else None)


@blueprint.post("/shelf/back")
def go_back() -> Response:
    """Go back to the place before the last one: on another device, or before a jump."""
    account, public_id = require_account(), _asked_material()
    services.swap_places(db(), account, public_id)
    return redirect(url_for("learning.resume", public_id=public_id), 303)


@blueprint.post("/shelf/forget")
def forget() -> Response:
    """Forget where one is in a material."""
    account = require_account()
    services.forget_place(db(), account, _asked_material())
    return _back(url_for("learning.shelf"))


@blueprint.post("/shelf/finished")
def finish() -> Response:
    """Tick a material as finished, or take the tick away; who keeps no history yet is asked first."""
    account, public_id = require_account(), _asked_material()
    if request.form.get("finished") == "no":
        services.unfinish_material(db(), account, public_id)
    elif not services.finish_material(db(), account.id, public_id):
        find_public(db(), public_id)
        return redirect(url_for("learning.history", next=request.form.get("next") or None), 303)
    return _back(url_for("learning.shelf"))


@blueprint.route("/shelf/history", methods=["GET", "POST"])
def history() -> Response | str:
    """Ask for the consent to a history for oneself, where it helps; or take it back with what was kept by it."""
    account = require_account()
    if request.method == "GET":
        return render_template(
            "learning/history.html",
            consent=CONSENT_TEXTS[Purpose.HISTORY],
            has_history=services.has_history(db(), account.id),
            next=local_redirect_target(request.args.get("next"), ""),
        )
    if request.form.get("agree") == "no":
        withdraw_consent(db(), account, Purpose.HISTORY)
        flash(gettext("Nothing more is kept of what you read, and what was kept is deleted."), "good")
    else:
        give_consent(db(), account, Purpose.HISTORY, METHOD)
        flash(gettext("From now on you go on where you stopped, on every device."), "good")
    return _back(url_for("learning.shelf"))


@blueprint.get("/shelf/diary")
def diary() -> str:
    """Show a week of one's diary: the one that the address names, else that of today."""
    account = require_account()
    day = read_week(request.args.get("week", "")) or today()
    return _diary_page(account, day)


def _diary_page(account: Account, day: date, fault: str = "", typed: Mapping[str, str] | None = None) -> str:
    return render_template(
        "learning/diary.html",
        has_history=services.has_history(db(), account.id),
        notes_days=keeps_questions(db(), account.id),
        week=diary_week(db(), account.id, day),
        this_week=week_name(today()),
        week_name=week_name,
        consent=CONSENT_TEXTS[Purpose.HISTORY],
        fault=fault,
        typed=typed or {},
        most=services.LONGEST_WORDS,
    )


@blueprint.post("/shelf/diary")
def write_diary() -> Response | tuple[str, int]:
    """Keep one's words about a day with a material, or take it out of the diary."""
    account, form = require_account(), request.form
    public_id = _asked_material()
    try:
        day = date.fromisoformat(form.get("day", ""))
    except ValueError:
        raise NotFound(NO_ENTRY) from None
    if form.get("action") == "remove":
        services.forget_day(db(), account, day, public_id)
        flash(gettext("Taken out of your diary."), "good")
    else:
        try:
            services.write_in_diary(db(), account, day, public_id, form.get("note", ""))
        except Invalid as error:
            return _diary_page(account, day, error_message(error), form), 422
        flash(gettext("Saved."), "good")
    return redirect(url_for("learning.diary", week=week_name(day), _anchor=f"d-{day}"), 303)


@blueprint.post("/shelf/take-over")
def take_over() -> Response:
    """Take over what this browser kept before somebody had an account."""
    account = require_account()
    kept = read_kept(request.form.get("kept", ""))
    if request.form.get("history"):
        give_consent(db(), account, Purpose.HISTORY, METHOD)
    count = services.take_over(db(), account, kept, _device())
    flash(gettext("%(count)s materials are on your shelf now.", count=count), "good")
    return redirect(url_for("learning.shelf", taken="yes"), 303)


# What templates of other rooms show. Each is asked only where somebody is signed in.


def _going_on(most: int) -> list[GoingOn]:
    account = current_account()
    return going_on(db(), account.id, most) if account else []


def _place_of(material: Material) -> tuple[bool, KnownPlace | None]:
    """Return whether a history is kept for whoever reads, and where they are in a material."""
    account = current_account()
    if account is None:
        return False, None
    if "place_of" not in g:  # a reader asks twice
        agreed = services.has_history(db(), account.id)
        found = place_in(db(), account.id, material.id) if agreed else None
        g.place_of = agreed, found[0] if found else None
    return cast("tuple[bool, KnownPlace | None]", g.place_of)


def _on_shelf(material: Material) -> OnShelf | None:
    account = current_account()
    return kept_of(db(), account.id, material.id) if account else None


def _course_progress(cards: dict[int, Card]) -> CourseProgress | None:
    account = current_account()
    return course_progress(db(), account.id, cards) if account else None


@blueprint.record_once
def _add_template_globals(state: BlueprintSetupState) -> None:
    state.app.jinja_env.globals.update(
        going_on=_going_on, place_of=_place_of, on_shelf=_on_shelf, course_progress=_course_progress
    )
