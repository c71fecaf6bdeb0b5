"""Demand: what people look for and do not find, and the materials that are wanted for it."""

from flask import Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from oer.accounts.models import Account
from oer.accounts.permissions import Action, require
from oer.core.clock import today
from oer.core.errors import Invalid
from oer.statistics.models import WantedState
from oer.statistics.queries.demand import searches_by_language
from oer.statistics.queries.filters import Filters
from oer.statistics.queries.needs import needs_of
from oer.statistics.queries.overview import Asked, final_before
from oer.statistics.queries.wanted import closures, find_wish, median_days, standing_queries, wishes
from oer.statistics.schemas.charts import chart
from oer.statistics.schemas.demand_reports import DEMAND_REPORTS, queries, searches
from oer.statistics.schemas.filters import presets, read_filters
from oer.statistics.services import wanted
from oer.statistics.views.frame import administrator, as_file, blueprint, moving_times
from oer.web.context import db
from oer.web.errors import message_of
from oer.web.identity import signed_in
from oer.web.languages import gettext


def _educator() -> Account:
    account: Account = signed_in()
    require(account, Action.MATERIAL_CREATE)
    return account


def _asked() -> Filters:
    # Searches belong to no material, so only days can be asked for.
    return read_filters(db(), request.args, only_days=True)


@blueprint.get("/admin/statistics/demand")
def demand() -> str | tuple[str, int]:
    """Show searches that led nowhere, and the wishes that came of them."""
    administrator()
    wrong = None
    try:
        filters = _asked()
    except Invalid as error:
        filters, wrong = read_filters(db(), {}), (error.field, message_of(error))
    session = db()
    asked = Asked(session, filters)
    timeline = searches(asked)
    times, ended = timeline.column("time"), closures(session)
    standing = wishes(session, WantedState.OPEN, WantedState.TAKEN)
    page = render_template(
        "statistics/demand.html",
        filters=filters,
        wrong=wrong,
        presets=presets(today()),
        asked={name: value for name, value in request.args.items() if value},
        searches=timeline,
        chart=chart(*moving_times(times, timeline.column("without_result"), final_before(session))),
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
    """Ask for a material that people look for."""
    wanted.ask_for(db(), administrator(), request.form.get("words", ""), request.form.get("remark", ""))
    flash(gettext("Educators see this wish now."), "good")
    return redirect(url_for("statistics.demand", _anchor="wishes"))


@blueprint.post("/admin/statistics/demand/wanted/<int:number>/drop")
def drop(number: int) -> AnyResponse:
    """Give a wish up, with a reason."""
    wanted.drop(db(), administrator(), find_wish(db(), number), request.form.get("reason", ""))
    flash(gettext("The wish is given up."), "good")
    return redirect(url_for("statistics.demand", _anchor="wishes"))


@blueprint.get("/my/wanted")
def wanted_materials() -> str:
    """Show educators what is missing, and what they took on."""
    educator = _educator()
    standing = wishes(db(), WantedState.OPEN, WantedState.TAKEN)
    return render_template(
        "statistics/wanted.html",
        needs=needs_of(db(), [wish.id for wish in standing]),
        mine=[wish for wish in standing if wish.taken_by_id == educator.id],
        free=[wish for wish in standing if wish.state == WantedState.OPEN],
        taken=sum(wish.state == WantedState.TAKEN and wish.taken_by_id != educator.id for wish in standing),
    )


@blueprint.post("/my/wanted/<int:number>/<any(take, return, fulfil):act>")
def change_wish(number: int, act: str) -> AnyResponse:
    """Take a wish on, give it back, or close it by a published material."""
    educator, wish = _educator(), find_wish(db(), number)
    if act == "take":
        wanted.take_on(db(), educator, wish)
        flash(gettext("This wish is yours now. Thank you!"), "good")
    elif act == "return":
        wanted.give_back(db(), educator, wish)
        flash(gettext("Somebody else can take this wish on now."), "good")
    else:
        wanted.fulfil(db(), educator, wish, request.form.get("material", ""))
        flash(gettext("Done. We will see whether people find it."), "good")
    return redirect(url_for("statistics.wanted_materials"))
