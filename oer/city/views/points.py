"""Learning points: public list and page; a ward's own, changed and checked."""

from urllib.parse import urlencode

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.city.forms import CheckForm, PointForm, ward_choices
from oer.city.models import LearningPoint, PointKind
from oer.city.queries import (
    checks_of,
    counts_by_ward,
    events_to_edit,
    find_point,
    next_events,
    points_to_edit,
    public_points,
)
from oer.city.schemas import point_json_ld
from oer.city.services.points import add_point, change_point, check_point, remove_point
from oer.city.views.blueprint import blueprint, own_point, own_unit_ids, own_wards
from oer.core.errors import OerError
from oer.core.text import as_script
from oer.vocabularies import vocabularies
from oer.web.context import db, language
from oer.web.forms import form_checks_token
from oer.web.identity import require_account
from oer.web.languages import gettext
from oer.web.templates import site_address

MAP = "https://www.openstreetmap.org/"
EVENTS_OF_A_POINT = 5


@blueprint.get("/points")
def points() -> str:
    """List the learning points, of a ward or kind, or by words of their names."""
    ward, kind, words = (request.args.get(name, "").strip()[:100] for name in ("ward", "kind", "q"))
    ward = ward if ward in vocabularies().places else ""
    kind = kind if kind in set(PointKind) else ""
    page = request.args.get("page", 1, type=int)
    return render_template(
        "city/points.html",
        page=public_points(db(), ward=ward, kind=kind, words=words, page=page),
        counts=counts_by_ward(db()),
        wards=ward_choices(None),
        ward=ward,
        kind=kind,
        words=words,
    )


@blueprint.get("/points/<public_id>")
def point(public_id: str) -> str:
    """Show a learning point: hours, how to reach it, what is there, what is on. Its map is a link, nothing more."""
    found = find_point(db(), public_id)
    address = site_address(f"/points/{public_id}")
    return render_template(
        "city/point.html",
        point=found,
        map=_map_address(found),
        events=next_events(db(), EVENTS_OF_A_POINT, point_id=found.id),
        json_ld=as_script(point_json_ld(found, address, language())),
    )


def _map_address(found: LearningPoint) -> str:
    if found.latitude is None:
        return ""
    where = {"mlat": found.latitude, "mlon": found.longitude}
    return f"{MAP}?{urlencode(where)}#map=17/{found.latitude}/{found.longitude}"


# A ward's own points.


@blueprint.get("/my/city")
def own() -> str:
    """List the points and events that the requester edits: points that are to be checked first."""
    page = request.args.get("page", 1, type=int)
    return render_template(
        "city/own.html", points=points_to_edit(db(), own_wards(), page), events=events_to_edit(db(), own_unit_ids())
    )


@blueprint.route("/my/points/new", methods=["GET", "POST"])
@form_checks_token
def new_point() -> Response | tuple[str, int]:
    """Add a learning point."""
    form = PointForm.of(None, own_wards())
    if form.validate_on_submit():
        try:
            made = add_point(db(), require_account().id, form.values)
        except OerError as refused:
            form.show_errors(refused, otherwise="name_vi")
        else:
            flash(gettext("The learning point is public now."))
            return redirect(url_for("city.edit_point", public_id=made.public_id), 303)
    return render_template("city/edit_point.html", form=form, point=None), form.page_status


@blueprint.route("/my/points/<public_id>", methods=["GET", "POST"])
@form_checks_token
def edit_point(public_id: str) -> Response | tuple[str, int]:
    """Change a learning point."""
    found = own_point(public_id)
    form = PointForm.of(found, own_wards())
    if form.validate_on_submit():
        try:
            change_point(db(), require_account().id, found, form.values, form.revision.number)
        except OerError as refused:
            form.show_errors(refused, otherwise="name_vi")
            form.revision.raw_data, form.revision.data = None, str(found.revision)
        else:
            flash(gettext("Saved."))
            return redirect(url_for("city.edit_point", public_id=public_id), 303)
    return _edit_page(found, form, CheckForm(formdata=None).offer()), form.page_status


def _edit_page(found: LearningPoint, form: PointForm, check_form: CheckForm) -> str:
    checks = checks_of(db(), found)
    return render_template("city/edit_point.html", form=form, point=found, check_form=check_form, checks=checks)


@blueprint.post("/my/points/<public_id>/check")
@form_checks_token
def check(public_id: str) -> Response | tuple[str, int]:
    """Say that a point was checked today."""
    found = own_point(public_id)
    form = CheckForm().offer()
    if form.validate():
        try:
            is_open, sessions = form.is_open.data == "yes", form.sessions.data or 0
            check_point(db(), require_account().id, found, is_open=is_open, sessions=sessions)
        except OerError as refused:
            form.show_errors(refused, otherwise="sessions")
        else:
            flash(gettext("Checked. Thank you."))
            return redirect(url_for("city.own"), 303)
    shown = PointForm.of(found, own_wards())
    return _edit_page(found, shown, form), form.refusal_status


@blueprint.post("/my/points/<public_id>/remove")
def remove(public_id: str) -> Response:
    """Take a point off the public pages."""
    remove_point(db(), require_account().id, own_point(public_id))
    flash(gettext("The learning point has been removed."))
    return redirect(url_for("city.own"), 303)
