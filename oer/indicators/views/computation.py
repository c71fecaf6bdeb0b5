"""Administrators' pages of the computation: reference tables, calendar of events, versions of the figures."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.config import MIB
from oer.core.errors import NotFound, OerError
from oer.core.text import clean_line
from oer.indicators.computation.queries import (
    NO_FIGURE,
    all_events,
    all_tables,
    find_table,
    known_periods,
    values_of,
    versions_kept,
)
from oer.indicators.computation.reference_tables import add_event, import_table, read_table, remove_event
from oer.indicators.computation.services import compute_period, correct_figures
from oer.indicators.forms import EventForm, ReasonForm, TableForm
from oer.indicators.periods import read_period
from oer.indicators.views.blueprint import administrator, blueprint, reader
from oer.web.context import commit_and_release, db, installation, language
from oer.web.forms import form_checks_token
from oer.web.languages import gettext

MOST_TABLE_BYTES = 10 * MIB


@blueprint.get("/admin/indicators/tables")
def tables() -> str:
    """List the reference tables and the events."""
    reader()
    return _tables_page(TableForm().offer(), EventForm(formdata=None))


@blueprint.post("/admin/indicators/tables")
@form_checks_token
def take_in_table() -> Response | tuple[str, int]:
    """Import a reference table."""
    account = administrator()
    commit_and_release()
    request.max_content_length = MOST_TABLE_BYTES
    form = TableForm().offer()
    if form.validate_on_submit() and _import(form, account.id):
        flash(gettext("The table has been imported."))
        return redirect(url_for("indicators.tables"), 303)
    return _tables_page(form, EventForm(formdata=None)), form.refusal_status


def _tables_page(form: TableForm, event_form: EventForm) -> str:
    return render_template(
        "indicators/tables.html",
        tables=all_tables(db()),
        events=all_events(db()),
        form=form,
        event_form=event_form,
    )


def _import(form: TableForm, actor_id: int) -> bool:
    try:
        rows = read_table(form.file.data.read(), language())
        details = {"code": form.code.data, "source": form.source.data or "", "note": form.note.data or ""}
        import_table(db(), actor_id, as_of=form.as_of.data, rows=rows, **details)  # type: ignore[arg-type]
    except OerError as refused:
        form.show_errors(refused, otherwise="file")
        return False
    return True


@blueprint.get("/admin/indicators/tables/<int:table_id>")
def table(table_id: int) -> str:
    """Show a table's values."""
    reader()
    found = find_table(db(), table_id)
    return render_template("indicators/table.html", table=found, values=sorted(values_of(db(), found).items()))


@blueprint.post("/admin/indicators/events")
@form_checks_token
def new_event() -> Response | tuple[str, int]:
    """Add an event to the calendar."""
    account = administrator()
    form = EventForm()
    if form.validate():
        names = {"vi": clean_line(form.name_vi.data or ""), "en": clean_line(form.name_en.data or "")}
        name = {code: text for code, text in names.items() if text}
        try:
            add_event(db(), account.id, name=name, starts_on=form.starts_on.data, ends_on=form.ends_on.data)  # type: ignore[arg-type]
        except OerError as refused:
            form.show_errors(refused, otherwise="name_vi")
        else:
            flash(gettext("Saved."))
            return redirect(url_for("indicators.tables", _anchor="events"), 303)
    return _tables_page(TableForm(formdata=None).offer(), form), form.refusal_status


@blueprint.post("/admin/indicators/events/<code>/remove")
def drop_event(code: str) -> Response:
    """Remove an event from the calendar."""
    remove_event(db(), administrator().id, code)
    flash(gettext("The event has been removed."))
    return redirect(url_for("indicators.tables", _anchor="events"), 303)


# Versions of the computed figures.


@blueprint.get("/admin/indicators/figures")
def figure_versions() -> str:
    """List the periods with all versions of their figures and the reasons for corrections."""
    reader()
    return _versions_page(ReasonForm(formdata=None), "")


def _versions_page(form: ReasonForm, period: str) -> str:
    return render_template("indicators/figure_versions.html", kept=versions_kept(db()), form=form, period=period)


@blueprint.post("/admin/indicators/figures/<period>")
@form_checks_token
def correct_period(period: str) -> Response | tuple[str, int]:
    """Recompute a closed period and store it as a new version; earlier versions stay readable."""
    account = administrator()
    if period not in known_periods(db()):
        raise NotFound(NO_FIGURE)
    commit_and_release()  # computing reads for seconds
    form = ReasonForm()
    if not form.validate():
        return _versions_page(form, period), form.refusal_status
    with installation().database.reading() as session:
        made = compute_period(session, read_period(period))
    try:
        version = correct_figures(db(), account.id, made, form.reason.data or "")
    except OerError as refused:
        form.show_errors(refused, otherwise="reason")
        return _versions_page(form, period), refused.status
    flash(gettext("%(period)s now stands in version %(version)s.", period=period, version=version))
    return redirect(url_for("indicators.figure_versions"), 303)
