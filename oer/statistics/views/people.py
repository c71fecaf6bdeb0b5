"""People who agreed to be counted, for administrators: small numbers are hidden before anything is shown."""

from flask import Response, render_template, request

from oer.core.errors import Invalid, NotFound
from oer.statistics.queries.people import periods_with_people
from oer.statistics.schemas.people_reports import DIMENSION_WORDS, people, read_period
from oer.statistics.schemas.sheets import WRITERS
from oer.statistics.views.frame import NO_SUCH_REPORT, administrator, blueprint, send_report
from oer.web.context import db
from oer.web.errors import message_of


@blueprint.get("/admin/statistics/people")
def people_page() -> str | tuple[str, int]:
    """Show how many people used materials in a period, by one dimension."""
    administrator()
    wrong, periods = None, periods_with_people(db())
    # Early in a month there may be nobody yet: the newest month that has anybody says more.
    newest = next((each for each in periods if len(each) == len("2026-03") and "Q" not in each), "")
    try:
        period, by = read_period(request.args, newest)
    except Invalid as error:
        (period, by), wrong = read_period({}, newest), (error.field, message_of(error))
    page = render_template(
        "statistics/people.html",
        report=people(db(), period, by),
        period=period,
        by=by,
        periods=periods,
        dimensions=DIMENSION_WORDS,
        wrong=wrong,
    )
    return (page, 400) if wrong else page


@blueprint.get("/admin/statistics/people/<name>.<extension>")
def people_export(name: str, extension: str) -> Response:
    """Send the page's table as CSV, XLSX or JSON."""
    administrator()
    if name != "people" or extension not in WRITERS:
        raise NotFound(NO_SUCH_REPORT)
    return send_report(people(db(), *read_period(request.args)), extension)
