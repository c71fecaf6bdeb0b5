"""Pages for everybody: the repository's figures of the last twelve months, and the form for materials people need."""

from collections.abc import Callable
from datetime import timedelta

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse
from wtforms import StringField, TextAreaField

from oer.accounts.services.throttling import count_anonymous_form
from oer.catalogue.queries.browsing import count_public
from oer.core.charts import bar_chart
from oer.core.clock import months_back, today
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.statistics.queries.overview import Filters, UsageQuestion
from oer.statistics.schemas.reports import USES, Report
from oer.statistics.schemas.usage_reports import by_format, by_material, over_time, summary
from oer.statistics.services.wanted import LONGEST_WORDS, record_need
from oer.statistics.views.blueprint import as_file, blueprint
from oer.web.context import commit_and_release, db, language, settings
from oer.web.formatting import partial_date
from oer.web.forms import Form, form_checks_token

TOP = 10
MONTHS = 12


def _by_month(asked: UsageQuestion) -> Report:
    return over_time(asked, daily=False)


def _top(asked: UsageQuestion) -> Report:
    return by_material(asked, USES.name, TOP)


PUBLIC_REPORTS: dict[str, Callable[[UsageQuestion], Report]] = {
    "summary": summary,
    "over-time": _by_month,
    "materials": _top,
    "formats": by_format,
}


def _last_year() -> Filters:
    # Up to yesterday, because today is still being counted.
    until = today() - timedelta(days=1)
    return Filters(since=months_back(until, MONTHS - 1), until=until)


@blueprint.get("/statistics")
def public() -> str:
    """Show the repository's usage figures to everybody."""
    asked = UsageQuestion(db(), _last_year())
    timeline = _by_month(asked)
    return render_template(
        "statistics/public.html",
        filters=asked.filters,
        materials_in_service=count_public(asked.session),
        summary=summary(asked),
        over_time=timeline,
        chart=bar_chart([partial_date(each) for each in timeline.column("time")], timeline.column(USES.name)),
        measure=USES,
        materials=_top(asked),
        formats=by_format(asked),
    )


@blueprint.get("/statistics/<name>.<extension>")
def public_export(name: str, extension: str) -> Response:
    """Send one of the page's reports as CSV, XLSX or JSON."""
    return as_file(PUBLIC_REPORTS, name, extension, _last_year())


class NeedForm(Form):
    """What somebody needs and does not find."""

    words = StringField(
        N_("What do you need?"),
        description=N_("In a few words, for example: making bread at home"),
        render_kw={"maxlength": "200"},
    )
    remark = TextAreaField(
        N_("More about it"),
        description=N_("For whom, at which level, in which form?"),
        render_kw={"rows": "4", "maxlength": "1000"},
    )


@blueprint.route("/need", methods=["GET", "POST"])
@form_checks_token
def need() -> AnyResponse | str | tuple[str, int]:
    """Record what somebody needs; `q` is what they searched for."""
    form = NeedForm(words=request.args.get("q", "")[:LONGEST_WORDS])
    if form.validate_on_submit():
        count_anonymous_form(db(), settings().secret_key, request.remote_addr or "")
        commit_and_release()  # the attempt counts even if the form is refused
        try:
            record_need(db(), form.words.data or "", form.remark.data or "", language())
        except Invalid as error:
            form.show_errors(error)
        else:
            return redirect(url_for("statistics.needed"), 303)
    page = render_template("statistics/need.html", form=form)
    return (page, form.refusal_status) if form.errors else page


@blueprint.get("/need/thanks")
def needed() -> str:
    """Thank the sender."""
    return render_template("statistics/needed.html")
