"""COUNTER reports for administrators: as tables to hand on, and the keys of those who fetch them by machine."""

import json
from datetime import date

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from oer.core.clock import today
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.statistics.api import host
from oer.statistics.queries.counter import available_months, spikes
from oer.statistics.schemas.counter.definitions import REPORTS
from oer.statistics.schemas.counter.reports import make_report
from oer.statistics.schemas.counter.requests import CounterError, read_request
from oer.statistics.schemas.counter.tables import write_tsv, write_xlsx
from oer.statistics.services import counter_keys
from oer.statistics.views.frame import administrator, blueprint
from oer.web.context import db
from oer.web.languages import gettext

BAD_MONTHS = N_("“begin_date” and “end_date” must be months, as 2026-03, in this order and not in the future.")
KINDS = {
    "tsv": "text/tab-separated-values; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json; charset=utf-8",
}


@blueprint.get("/admin/statistics/counter")
def counter_reports() -> str:
    """Show the reports that can be made, months out of the ordinary, and the keys."""
    administrator()
    months = available_months(db())
    return render_template(
        "statistics/counter.html",
        reports=REPORTS,
        months=months,
        begin=_usual_begin(months),
        end=months[-1] if months else None,
        spikes=spikes(db()),
        keys=counter_keys.keys(db()),
    )


def _usual_begin(months: list[date]) -> date | None:
    return next((month for month in months if month.year == months[-1].year), None)


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
        "tsv": lambda: write_tsv(made, asked),
        "xlsx": lambda: write_xlsx(made, asked),
        "json": lambda: json.dumps(made, ensure_ascii=False, indent=1).encode(),
    }[extension]()
    response = Response(body, content_type=KINDS[extension])
    file_name = f"{asked.report.identifier}-{asked.begin:%Y%m}-{asked.end:%Y%m}.{extension}"
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


@blueprint.post("/admin/statistics/counter/keys")
def make_counter_key() -> AnyResponse | str:
    """Make a key and show it, this once."""
    admin = administrator()
    secret = counter_keys.make_key(db(), admin, request.form.get("requestor_id", ""), request.form.get("name", ""))
    return render_template("statistics/counter_key.html", secret=secret, requestor=request.form["requestor_id"].strip())


@blueprint.post("/admin/statistics/counter/keys/<int:number>/revoke")
def revoke_counter_key(number: int) -> AnyResponse:
    """Have a key open nothing any more."""
    counter_keys.revoke_key(db(), administrator(), number)
    flash(gettext("The key opens nothing any more."), "good")
    return redirect(url_for("statistics.counter_reports", _anchor="keys"))
