"""Reference tables and the calendar of events."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.config import MIB
from oer.core.errors import OerError
from oer.indicators.formats.tables import read_table
from oer.indicators.forms.sets import EventForm, TableForm
from oer.indicators.queries.references import all_events, all_tables, find_table, values_of
from oer.indicators.services.events import add_event, remove_event
from oer.indicators.services.references import take_in_table
from oer.indicators.views.blueprint import administrator, blueprint
from oer.web.context import db, language, release
from oer.web.forms import form_checks_token
from oer.web.languages import gettext

MOST_BYTES = 10 * MIB


@blueprint.route("/admin/indicators/tables", methods=["GET", "POST"])
@form_checks_token
def tables() -> Response | tuple[str, int]:
    """List the tables that figures are held against, and the events; take a table in."""
    account = administrator()
    if request.method == "POST":
        release()
        request.max_content_length = MOST_BYTES
    form = TableForm().offer()
    if form.validate_on_submit() and _take_in(form, account.id):
        flash(gettext("The table is taken in."))
        return redirect(url_for("indicators.tables"), 303)
    return _page(form, EventForm(formdata=None)), form.refusal_status if form.errors else 200


def _page(form: TableForm, event_form: EventForm) -> str:
    return render_template(
        "indicators/tables.html",
        tables=all_tables(db()),
        events=all_events(db()),
        form=form,
        event_form=event_form,
    )


def _take_in(form: TableForm, actor_id: int) -> bool:
    try:
        rows = read_table(form.file.data.read(), language())
        told = {"code": form.code.data, "source": form.source.data or "", "note": form.note.data or ""}
        take_in_table(db(), actor_id, as_of=form.as_of.data, rows=rows, **told)  # type: ignore[arg-type]
    except OerError as refused:
        form.tell(refused)
        return False
    return True


@blueprint.get("/admin/indicators/tables/<int:table_id>")
def table(table_id: int) -> str:
    """Show a table's values."""
    administrator()
    found = find_table(db(), table_id)
    return render_template("indicators/table.html", table=found, values=sorted(values_of(db(), found).items()))


@blueprint.post("/admin/indicators/events")
@form_checks_token
def new_event() -> Response | tuple[str, int]:
    """Put an event into the calendar."""
    account = administrator()
    form = EventForm()
    if form.validate():
        names = {"vi": form.name_vi.data or "", "en": form.name_en.data or ""}
        name = {code: text.strip() for code, text in names.items() if text.strip()}
        try:
            add_event(db(), account.id, name=name, starts_on=form.starts_on.data, ends_on=form.ends_on.data)  # type: ignore[arg-type]
        except OerError as refused:
            form.tell(refused)
        else:
            flash(gettext("Saved."))
            return redirect(url_for("indicators.tables", _anchor="events"), 303)
    return _page(TableForm(formdata=None).offer(), form), form.refusal_status


@blueprint.post("/admin/indicators/events/<code>/remove")
def drop_event(code: str) -> Response:
    """Take an event out of the calendar."""
    remove_event(db(), administrator().id, code)
    flash(gettext("The event is removed."))
    return redirect(url_for("indicators.tables", _anchor="events"), 303)
