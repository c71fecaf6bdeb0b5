"""What all pages of figures share: reading the filters, the reports of a page, sending a report as a file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template, request

from oer.accounts.models import Account
from oer.accounts.permissions import Action, require
from oer.core.charts import BarChart, bar_chart
from oer.core.clock import today
from oer.core.errors import Invalid, NotFound
from oer.core.i18n import N_
from oer.statistics.queries import overview
from oer.statistics.queries.overview import FILTERS, Filters, courses, units_with_materials
from oer.statistics.schemas.filters import presets, read_filters, scheme_of
from oer.statistics.schemas.reports import BY_NAME, TYPES, USES, Measure, Report, report_file
from oer.statistics.schemas.usage_reports import by_format, by_material, over_time, summary
from oer.web.context import db, language
from oer.web.errors import error_message
from oer.web.formatting import partial_date
from oer.web.identity import require_account

blueprint = Blueprint("statistics", __name__)

PAGE_PARAMETERS = frozenset({"measure", "by"})
_ARGUMENTS = frozenset({"from", "to", *PAGE_PARAMETERS, *FILTERS})
NO_SUCH_MEASURE = N_("“measure”: there is no value “%(value)s”.")
NO_SUCH_STEP = N_("“by”: there is no value “%(value)s”.")
NO_SUCH_REPORT = N_("This page does not exist.")
TOP = 20


@dataclass(frozen=True)
class Figures:
    """Everything a page of figures shows."""

    filters: Filters
    measure: Measure
    summary: Report
    over_time: Report
    chart: BarChart
    materials: Report
    formats: Report
    left_out: overview.LeftOut


def administrator() -> Account:
    """Return the signed-in account. Raises SignInNeeded or Forbidden unless it may see all figures."""
    account: Account = require_account()
    require(account, Action.STATISTICS_ALL)
    return account


def asked_filters() -> Filters:
    """Return the filters of this request. Raises Invalid, naming the field."""
    return read_filters(db(), request.args, PAGE_PARAMETERS)


def figures(filters: Filters) -> Figures:
    """Return the figures of a page, in the measure and by the interval that this request asks for."""
    session, measure = db(), _asked_measure()
    asked = overview.UsageQuestion(session, filters)
    timeline = over_time(asked, daily=_asked_step(filters))
    return Figures(
        filters=filters,
        measure=measure,
        summary=summary(asked),
        over_time=timeline,
        chart=_chart(timeline, measure, overview.final_before(session)),
        materials=by_material(asked, measure.name, TOP),
        formats=by_format(asked),
        left_out=overview.left_out(session, filters.since, filters.until),
    )


def _asked_measure() -> Measure:
    name = request.args.get("measure") or USES.name
    if name not in BY_NAME:
        raise Invalid(NO_SUCH_MEASURE, field="measure", value=name[:40])
    return BY_NAME[name]


def _asked_step(filters: Filters) -> bool:
    step = request.args.get("by") or ("day" if overview.is_daily(filters) else "month")
    if step not in {"day", "month"}:
        raise Invalid(NO_SUCH_STEP, field="by", value=step[:40])
    return step == "day" and (filters.until - filters.since).days <= 366


def _chart(timeline: Report, measure: Measure, final_before: date) -> BarChart:
    return bar_chart(*moving_times(timeline.column("time"), timeline.column(measure.name), final_before))


def moving_times(
    times: Sequence[date | str], values: Sequence[int], final_before: date
) -> tuple[list[str], list[int], list[bool]]:
    """Return labels, values and provisional flags for a chart over days, or over months (`2026-03`)."""
    labels = [partial_date(time) if isinstance(time, str) else f"{time:%d/%m}" for time in times]
    moving = [time >= f"{final_before:%Y-%m}" if isinstance(time, str) else time >= final_before for time in times]
    return labels, list(values), moving


def choices() -> dict[str, list[Any]]:
    """Return the choices of the filters: (code, label) pairs, or the terms of a vocabulary."""
    return {
        "unit": units_with_materials(db(), language()),
        "collection": courses(db(), language()),
        **{name: list(scheme_of(name)) for name in FILTERS if name not in {"unit", "collection"}},
    }


def page_values() -> dict[str, Any]:
    """Return what every page with a filter form shows besides its figures."""
    return {
        "choices": choices(),
        "presets": presets(today()),
        "measures": list(BY_NAME.values()),
        "asked": asked_arguments(),
    }


def asked_arguments() -> dict[str, str]:
    """Return what this page was asked for, as arguments of its links: what it knows, and nothing else."""
    return {name: value for name, value in request.args.items() if value and name in _ARGUMENTS}


def as_file(
    reports: Mapping[str, Callable[[overview.UsageQuestion], Report]], name: str, extension: str, filters: Filters
) -> Response:
    """Return one of the reports as a file. Raises NotFound for an unknown report or file type."""
    if name not in reports or extension not in TYPES:
        raise NotFound(NO_SUCH_REPORT)
    return send_report(reports[name](overview.UsageQuestion(db(), filters)), extension)


def send_report(report: Report, extension: str) -> Response:
    """Return a report as a download."""
    response = Response(report_file(report, extension, language()), content_type=TYPES[extension])
    file_name = f"{report.name}-{report.since:%Y%m%d}-{report.until:%Y%m%d}.{extension}"
    response.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response


def figures_page(template: str, ask: Callable[[], Filters], **more: Any) -> str | tuple[str, int]:
    """Return a page of figures for the filters that `ask` reads; an invalid filter is named above the form.

    `more` is passed to the template; in it, `exports` is the endpoint of the page's files.
    """
    try:
        found = figures(ask())
    except Invalid as error:
        usual = read_filters(db(), {})
        wrong = (error.field, error_message(error))
        return render_template(template, found=None, wrong=wrong, filters=usual, **page_values(), **more), 400
    return render_template(template, found=found, wrong=None, filters=found.filters, **page_values(), **more)


def export_filters() -> Filters:
    """Return the filters of an export: those of the page, whose measure and interval are ignored."""
    _asked_measure()
    return asked_filters()
