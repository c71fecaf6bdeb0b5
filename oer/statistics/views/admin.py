"""Pages for administrators (use, people, demand, COUNTER) and educators (their own figures, wanted materials)."""

import json
from dataclasses import replace

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from oer.accounts.models import Account
from oer.accounts.permissions import Action, require
from oer.core.charts import bar_chart
from oer.core.clock import today
from oer.core.errors import Invalid, NotFound
from oer.core.i18n import N_
from oer.statistics.api import host
from oer.statistics.models import WantedState
from oer.statistics.queries.counter import available_months, spikes
from oer.statistics.queries.demand import (
    closures,
    find_wish,
    median_days,
    needs_of,
    searches_by_language,
    standing_queries,
    wishes,
)
from oer.statistics.queries.overview import Filters, UsageQuestion, final_before, spool_trouble
from oer.statistics.schemas.counter_reports import counter_tsv, counter_xlsx, make_report
from oer.statistics.schemas.counter_requests import REPORTS, CounterError, read_request
from oer.statistics.schemas.filters import presets, read_filters
from oer.statistics.schemas.reports import TYPES
from oer.statistics.schemas.usage_reports import (
    DEMAND_REPORTS,
    DIMENSION_LABELS,
    USAGE_REPORTS,
    people,
    queries,
    read_period,
    searches,
)
from oer.statistics.services import counter_keys, wanted
from oer.statistics.views.blueprint import (
    NO_SUCH_REPORT,
    administrator,
    as_file,
    asked_arguments,
    asked_filters,
    blueprint,
    export_filters,
    figures_page,
    moving_times,
    send_report,
)
from oer.usage.queries.people import periods_with_people
from oer.web.context import db
from oer.web.errors import error_message
from oer.web.identity import require_account
from oer.web.languages import gettext

MORE = (
    ("statistics.demand", N_("Demand")),
    ("statistics.people_page", N_("People")),
    ("statistics.counter_reports", N_("COUNTER reports")),
)


@blueprint.get("/admin/statistics")
def overview() -> str | tuple[str, int]:
    """Show usage over time, by material and by format; an invalid filter is named above the form."""
    administrator()
    return figures_page(
        "statistics/overview.html", asked_filters, exports="statistics.export", trouble=spool_trouble(db()), more=MORE
    )


@blueprint.get("/admin/statistics/<name>.<extension>")
def export(name: str, extension: str) -> Response:
    """Send one of the page's reports as CSV, XLSX or JSON."""
    administrator()
    return as_file(USAGE_REPORTS, name, extension, export_filters())


# An educator's figures: their own materials.


def _owner() -> int:
    account = require_account()
    require(account, Action.STATISTICS_OWN)
    return int(account.id)


@blueprint.get("/my/statistics")
def own() -> str | tuple[str, int]:
    """Show how the educator's own materials are used."""
    owner = _owner()
    return figures_page(
        "statistics/own.html", lambda: replace(asked_filters(), owner=owner), exports="statistics.own_export"
    )


@blueprint.get("/my/statistics/<name>.<extension>")
def own_export(name: str, extension: str) -> Response:
    """Send one of the page's reports as CSV, XLSX or JSON."""
    owner = _owner()
    return as_file(USAGE_REPORTS, name, extension, replace(export_filters(), owner=owner))


# People who agreed to be counted, with small numbers hidden.


@blueprint.get("/admin/statistics/people")
def people_page() -> str | tuple[str, int]:
    """Show how many people used materials in a period, by one dimension."""
    administrator()
    wrong, periods = None, periods_with_people(db())
    # Early in a month there may be nobody yet, so the newest month with people is shown.
    newest = next((each for each in periods if len(each) == len("2026-03") and "Q" not in each), "")
    try:
        period, by = read_period(request.args, newest)
    except Invalid as error:
        (period, by), wrong = read_period({}, newest), (error.field, error_message(error))
    page = render_template(
        "statistics/people.html",
        report=people(db(), period, by),
        period=period,
        by=by,
        periods=periods,
        dimensions=DIMENSION_LABELS,
        wrong=wrong,
    )
    return (page, 400) if wrong else page


@blueprint.get("/admin/statistics/people/<name>.<extension>")
def people_export(name: str, extension: str) -> Response:
    """Send the page's table as CSV, XLSX or JSON."""
    administrator()
    if name != "people" or extension not in TYPES:
        raise NotFound(NO_SUCH_REPORT)
    return send_report(people(db(), *read_period(request.args)), extension)


# Demand: what people look for and do not find, and wanted materials.


def _educator() -> Account:
    account: Account = require_account()
    require(account, Action.MATERIAL_CREATE)
    return account


def _asked() -> Filters:
    # Searches belong to no material, so days are the only filter.
    return read_filters(db(), request.args, only_days=True)


@blueprint.get("/admin/statistics/demand")
def demand() -> str | tuple[str, int]:
    """Show unsuccessful searches and wanted materials."""
    administrator()
    wrong = None
    try:
        filters = _asked()
    except Invalid as error:
        filters, wrong = read_filters(db(), {}), (error.field, error_message(error))
    session = db()
    asked = UsageQuestion(session, filters)
    timeline = searches(asked)
    times, ended = timeline.column("time"), closures(session)
    standing = wishes(session, WantedState.OPEN, WantedState.TAKEN)
    page = render_template(
        "statistics/demand.html",
        filters=filters,
        wrong=wrong,
        presets=presets(today()),
        asked=asked_arguments(),
        searches=timeline,
        chart=bar_chart(*moving_times(times, timeline.column("without_result"), final_before(session))),
        languages_of_searches=searches_by_language(session, filters.since, filters.until),
        queries=queries(asked),
        standing=standing_queries(session),
        open_wishes=standing,
        needs=needs_of(session, [wish.id for wish in standing]),
        closures=ended,
        median_days=median_days(ended),
    )
    return (page, 400) if wrong else page


@blueprint.get("/admin/statistics/demand/<name>.<extension>")
def demand_export(name: str, extension: str) -> Response:
    """Send one of the page's reports as CSV, XLSX or JSON."""
    administrator()
    return as_file(DEMAND_REPORTS, name, extension, _asked())


@blueprint.post("/admin/statistics/demand/wanted")
def ask_for() -> AnyResponse:
    """Add a wanted material."""
    wanted.ask_for(db(), administrator(), request.form.get("words", ""), request.form.get("remark", ""))
    flash(gettext("Educators can see this request now."), "good")
    return redirect(url_for("statistics.demand", _anchor="wishes"))


@blueprint.post("/admin/statistics/demand/wanted/<int:number>/drop")
def drop(number: int) -> AnyResponse:
    """Drop a wanted material, with a reason."""
    wanted.drop(db(), administrator(), find_wish(db(), number), request.form.get("reason", ""))
    flash(gettext("The request has been dropped."), "good")
    return redirect(url_for("statistics.demand", _anchor="wishes"))


@blueprint.get("/my/wanted")
def wanted_materials() -> str:
    """Show educators what is wanted, and what they took on."""
    educator = _educator()
    standing = wishes(db(), WantedState.OPEN, WantedState.TAKEN)
    return render_template(
        "statistics/wanted.html",
        needs=needs_of(db(), [wish.id for wish in standing]),
        mine=[wish for wish in standing if wish.taken_by_id == educator.id],
        free=[wish for wish in standing if wish.state == WantedState.OPEN],
        taken=sum(wish.state == WantedState.TAKEN and wish.taken_by_id != educator.id for wish in standing),
    )


@blueprint.post("/my/wanted/<int:number>/<any(take, return, fulfil):action>")
def change_wish(number: int, action: str) -> AnyResponse:
    """Take a wanted material on, give it back, or close it with a published material."""
    educator, wish = _educator(), find_wish(db(), number)
    if action == "take":
        wanted.take_on(db(), educator, wish)
        flash(gettext("You have taken on this request. Thank you!"), "good")
    elif action == "return":
        wanted.give_back(db(), educator, wish)
        flash(gettext("Other educators can take this request on now."), "good")
    else:
        wanted.fulfil(db(), educator, wish, request.form.get("material", ""))
        flash(gettext("Done. The figures will show whether people find it."), "good")
    return redirect(url_for("statistics.wanted_materials"))


# COUNTER reports as files, and keys for COUNTER's API.

BAD_MONTHS = N_("“begin_date” and “end_date” must be months such as 2026-03, in this order and not in the future.")
COUNTER_TYPES = {
    "tsv": "text/tab-separated-values; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json; charset=utf-8",
}


@blueprint.get("/admin/statistics/counter")
def counter_reports() -> str:
    """Show the available reports, unusual months, and the keys."""
    administrator()
    months = available_months(db())
    return render_template(
        "statistics/counter.html",
        reports=REPORTS,
        months=months,
        latest=months[-1] if months else None,
        address=host().links.page("/r51"),
        spikes=spikes(db()),
        keys=counter_keys.keys(db()),
    )


@blueprint.get("/admin/statistics/counter/<any(pr, pr_p1, ir, ir_m1):name>.<any(tsv, xlsx, json):extension>")
def counter_file(name: str, extension: str) -> Response:
    """Send a report as a table or as JSON."""
    administrator()
    try:
        asked = read_request(REPORTS[name], request.args, available_months(db()), today())
    except CounterError:
        raise Invalid(BAD_MONTHS, field="begin_date") from None
    made = make_report(db(), asked, host())
    body = {
        "tsv": lambda: counter_tsv(made, asked),
        "xlsx": lambda: counter_xlsx(made, asked),
        "json": lambda: json.dumps(made, ensure_ascii=False, indent=1).encode(),
    }[extension]()
    response = Response(body, content_type=COUNTER_TYPES[extension])
    file_name = f"{asked.report.identifier}-{asked.begin:%Y%m}-{asked.end:%Y%m}.{extension}"
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


@blueprint.post("/admin/statistics/counter/keys")
def make_counter_key() -> AnyResponse | str:
    """Create a key and show it, once."""
    admin = administrator()
    secret = counter_keys.make_key(db(), admin, request.form.get("requestor_id", ""), request.form.get("name", ""))
    return render_template("statistics/counter_key.html", secret=secret, requestor=request.form["requestor_id"].strip())


@blueprint.post("/admin/statistics/counter/keys/<int:number>/revoke")
def revoke_counter_key(number: int) -> AnyResponse:
    """Revoke a key."""
    counter_keys.revoke_key(db(), administrator(), number)
    flash(gettext("The key has been revoked."), "good")
    return redirect(url_for("statistics.counter_reports", _anchor="keys"))
