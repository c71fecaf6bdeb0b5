"""Events: the public calendar, registration by e-mail, iCalendar; preparing them, who registered, who came."""

from flask import Response as FlaskResponse
from flask import flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from oer.accounts.services.throttling import count_anonymous_form, count_mail_request
from oer.city.forms import CancelForm, CountForm, EventForm, RegisterForm, ward_choices
from oer.city.models import CityEvent
from oer.city.queries import (
    events_for_feed,
    find_event,
    find_point,
    find_registration,
    material_ids_of,
    materials_of,
    past_events,
    points_of_wards,
    registrations_of,
    seats_taken,
    upcoming_events,
)
from oer.city.schemas import CALENDAR_TYPE, event_json_ld, write_calendar
from oer.city.services import events as services
from oer.city.views.blueprint import blueprint, own_event, own_units
from oer.core.errors import Invalid, OerError
from oer.core.ids import token_hash
from oer.core.text import as_script
from oer.vocabularies import vocabularies
from oer.web.context import commit_and_release, db, language, settings
from oer.web.errors import error_message
from oer.web.forms import form_checks_token
from oer.web.identity import require_account
from oer.web.languages import gettext
from oer.web.request_validation import row_number
from oer.web.templates import site_address

COUNTED = "counted_at"
MOST_REMEMBERED = 50


@blueprint.get("/events")
def events() -> str:
    """Show what is on and what comes, or what is over; of one ward or all."""
    ward = request.args.get("ward", "")
    ward = ward if ward in vocabularies().places else ""
    over = request.args.get("over") == "1"
    find = past_events if over else upcoming_events
    page = find(db(), ward=ward, page=request.args.get("page", 1, type=int))
    return render_template("city/events.html", page=page, over=over, ward=ward, wards=ward_choices(None))


@blueprint.get("/events.ics")
def calendar() -> FlaskResponse:
    """Send the calendar to subscribe to."""
    return _calendar(events_for_feed(db()), gettext("Learning events of the city"))


@blueprint.get("/events/<public_id>.ics")
def event_calendar(public_id: str) -> FlaskResponse:
    """Send one event for a calendar."""
    found = find_event(db(), public_id)
    return _calendar([found], found.title["vi"])


def _calendar(found: list[CityEvent], name: str) -> FlaskResponse:
    content = write_calendar(found, settings().base_url, name, language())
    return FlaskResponse(content, content_type=CALENDAR_TYPE)


@blueprint.get("/events/<public_id>")
def event(public_id: str) -> str:
    """Show an event."""
    return _event_page(find_event(db(), public_id), RegisterForm(formdata=None))


def _event_page(found: CityEvent, form: RegisterForm) -> str:
    address = site_address(f"/events/{found.public_id}")
    taken = seats_taken(db(), found) if found.takes_registrations else None
    return render_template(
        "city/event.html",
        event=found,
        form=form,
        taken=taken,
        left=None if taken is None or found.seats is None else max(found.seats - taken.seated, 0),
        materials=materials_of(db(), found),
        counted=found.public_id in session.get(COUNTED, []),
        json_ld=as_script(event_json_ld(found, address, language())),
        keep_days=settings().registration_days,
    )


@blueprint.post("/events/<public_id>/register")
@form_checks_token
def register(public_id: str) -> Response | tuple[str, int]:
    """Ask for a seat: the mail that is sent has the link that takes it."""
    found = find_event(db(), public_id)
    form = RegisterForm()
    if not form.validate():
        return _event_page(found, form), form.refusal_status
    count_mail_request(db(), settings().secret_key, form.email.data or "", request.remote_addr or "")
    commit_and_release()  # the count stays, whatever becomes of the form
    found = find_event(db(), public_id)
    try:
        services.register(db(), found, form.name.data or "", form.email.data or "", language())
    except OerError as refused:
        form.show_errors(refused, otherwise="email")
        return _event_page(found, form), refused.status
    flash(gettext("A mail has been sent to you. Follow its link to take your seat."), "good")
    return redirect(url_for("city.event", public_id=public_id), 303)


@blueprint.get("/events/registrations/<token>")
def registration(token: str) -> str:
    """Show a registration to whoever has the link of its mail. Nothing is done before a button is pressed."""
    found = find_registration(db(), token_hash(token))
    return render_template("city/registration.html", found=found, event=found.event, token=token)


@blueprint.post("/events/registrations/<token>")
def change_registration(token: str) -> Response:
    """Take a seat, or give it back."""
    found = find_registration(db(), token_hash(token))
    here = url_for("city.registration", token=token)
    if request.form.get("deed") == "cancel":
        address = url_for("city.event", public_id=found.event.public_id)
        services.cancel_registration(db(), found)
        flash(gettext("Your registration has been cancelled and deleted."), "good")
        return redirect(address, 303)
    try:
        services.confirm(db(), found)
    except OerError as refused:
        flash(error_message(refused), "error")
    return redirect(here, 303)


@blueprint.post("/events/<public_id>/here")
def here(public_id: str) -> Response:
    """Count one who is there and types the code: each browser once."""
    found = find_event(db(), public_id)
    remembered = list(session.get(COUNTED, []))
    count_anonymous_form(db(), settings().secret_key, request.remote_addr or "")
    if public_id not in remembered:
        try:
            services.count_by_code(db(), found, request.form.get("code", ""))
        except Invalid as refused:
            flash(error_message(refused), "error")
            return redirect(url_for("city.event", public_id=public_id), 303)
        session[COUNTED] = [*remembered, public_id][-MOST_REMEMBERED:]
    flash(gettext("You are counted. Welcome!"), "good")
    return redirect(url_for("city.event", public_id=public_id), 303)


# Preparing events.


@blueprint.route("/my/events/new", methods=["GET", "POST"])
@form_checks_token
def new_event() -> Response | tuple[str, int]:
    """Prepare an event: a draft that nobody else sees."""
    return _edit(None)


@blueprint.route("/my/events/<public_id>", methods=["GET", "POST"])
@form_checks_token
def edit_event(public_id: str) -> Response | tuple[str, int]:
    """Change an event."""
    return _edit(own_event(public_id))


def _edit(found: CityEvent | None) -> Response | tuple[str, int]:
    units, points = own_units(), points_of_wards(db(), None)
    form = EventForm.of(found, material_ids_of(db(), found) if found else [])
    form.offer(units, points)
    if form.validate_on_submit():
        try:
            unit = next(each for each in units if each.code == form.unit.data)
            point = find_point(db(), form.point.data) if form.point.data else None
            values, number = form.values(unit.id, point), form.revision.number
            made = services.save_event(db(), require_account().id, found, values, form.material_ids, number)
        except OerError as refused:
            form.show_errors(refused, otherwise="title_vi")
            if found is not None:
                form.revision.raw_data, form.revision.data = None, str(found.revision)
        else:
            flash(gettext("Saved."))
            return redirect(url_for("city.edit_event", public_id=made.public_id), 303)
    return _edit_page(found, form, CancelForm(formdata=None)), form.page_status


def _edit_page(found: CityEvent | None, form: EventForm, cancel_form: CancelForm) -> str:
    return render_template("city/edit_event.html", form=form, event=found, cancel_form=cancel_form)


@blueprint.post("/my/events/<public_id>/publish")
def publish_event(public_id: str) -> Response:
    """Show an event to everybody."""
    found = own_event(public_id)
    try:
        services.publish_event(db(), require_account().id, found)
    except OerError as refused:
        flash(error_message(refused), "error")
    else:
        flash(gettext("The event is in the public calendar now."))
    return redirect(url_for("city.edit_event", public_id=public_id), 303)


@blueprint.post("/my/events/<public_id>/cancel")
@form_checks_token
def cancel_event(public_id: str) -> Response | tuple[str, int]:
    """Cancel an event with a reason, which those who registered are told; a draft is deleted."""
    found, form = own_event(public_id), CancelForm()
    if form.validate():
        try:
            services.cancel_event(db(), require_account().id, found, form.reason.data or "")
        except OerError as refused:
            form.show_errors(refused, otherwise="reason")
        else:
            flash(gettext("The event is cancelled; those who registered are told."))
            return redirect(url_for("city.own"), 303)
    shown = EventForm.of(found, material_ids_of(db(), found)).offer(own_units(), points_of_wards(db(), None))
    return _edit_page(found, shown, form), form.refusal_status


@blueprint.get("/my/events/<public_id>/people")
def people(public_id: str) -> str:
    """Show who registered and who came."""
    found = own_event(public_id)
    return _people_page(found, CountForm(formdata=None, people=found.counted_by_hand))


def _people_page(found: CityEvent, form: CountForm) -> str:
    registered, days = registrations_of(db(), found), settings().registration_days
    return render_template("city/people.html", event=found, form=form, people=registered, days=days)


@blueprint.post("/my/events/<public_id>/people")
@form_checks_token
def count_people(public_id: str) -> Response | tuple[str, int]:
    """Keep how many people came, and which of those who registered."""
    found, form = own_event(public_id), CountForm()
    if form.validate():
        came = {number for text in request.form.getlist("came") if (number := row_number(text))}
        try:
            services.count_by_hand(db(), require_account().id, found, form.people.data, came)
        except OerError as refused:
            form.show_errors(refused, otherwise="people")
        else:
            flash(gettext("Saved."))
            return redirect(url_for("city.people", public_id=public_id), 303)
    return _people_page(found, form), form.refusal_status
