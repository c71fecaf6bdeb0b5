"""The administrators' start page of the learning city, and the values of a round."""

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from oer.accounts.models import WARD
from oer.accounts.permissions import Action, may
from oer.indicators.models import ReportState
from oer.indicators.queries.overview import contributions, latest_period, overview
from oer.indicators.queries.places import FORMER_PROVINCES, places_by_province
from oer.indicators.queries.rounds import all_rounds, find_round, progress_of, reports_of, state_counts
from oer.indicators.queries.values import city_values
from oer.indicators.views.blueprint import administrator, blueprint
from oer.web.context import db
from oer.web.identity import signed_in


@blueprint.get("/indicators/work", endpoint="overview")
def overview_page() -> Response:
    """Lead everybody who works with indicators to their own start."""
    page = "dashboard" if may(signed_in(), Action.INDICATOR_ADMINISTER) else "my_rounds"
    return redirect(url_for(f"indicators.{page}"))


@blueprint.get("/admin/indicators")
def dashboard() -> str:
    """Show in a minute where the city stands, what moved, who has not reported, what the repository gives."""
    administrator()
    current = next((each for each in all_rounds(db()) if each.frozen_at is None), None)
    reports = progress_of(db(), reports_of(db(), current.id)) if current else []
    period = latest_period(db(), final=True) or latest_period(db())
    return render_template(
        "indicators/dashboard.html",
        current=current,
        counts=state_counts(db(), current.id) if current else {},
        by_code={each.report.unit.code: each for each in reports},
        late=[each for each in reports if each.report.unit.kind != WARD and each.report.is_editable],
        provinces=[(FORMER_PROVINCES[name], places) for name, places in places_by_province().items()],
        standing=overview(db()),
        contributions=contributions(db(), period),
        period=period,
        ReportState=ReportState,
    )


@blueprint.get("/admin/indicators/rounds/<int:round_id>/values")
def round_values(round_id: int) -> str:
    """Show what the approved reports of a round give for the city, with a warning where sums do not meet."""
    administrator()
    found = find_round(db(), round_id)
    return render_template("indicators/round_values.html", round=found, values=city_values(db(), round_id))
