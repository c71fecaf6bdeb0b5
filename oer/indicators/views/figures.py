"""The versions of the computed figures, and the correction of a closed period: a new version with its reason."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from oer.core.errors import NotFound, OerError
from oer.indicators.forms.rounds import ReasonForm
from oer.indicators.periods import read_period
from oer.indicators.queries.figures import NO_FIGURE, known_periods, versions_kept
from oer.indicators.services.figures import correct_figures, work_out
from oer.indicators.views.blueprint import administrator, blueprint
from oer.web.context import db, engines, release
from oer.web.forms import form_checks_token
from oer.web.languages import gettext


@blueprint.get("/admin/indicators/figures")
def figure_versions() -> str:
    """List the periods with the version that stands of each, and why there is more than one."""
    administrator()
    return _page(ReasonForm(formdata=None), "")


def _page(form: ReasonForm, period: str) -> str:
    return render_template("indicators/figure_versions.html", kept=versions_kept(db()), form=form, period=period)


@blueprint.post("/admin/indicators/figures/<period>")
@form_checks_token
def correct_period(period: str) -> Response | tuple[str, int]:
    """Work a closed period out anew and keep it as a new version; what stood before stays readable."""
    account = administrator()
    if period not in known_periods(db()):
        raise NotFound(NO_FIGURE)
    release()  # working out reads for seconds, and locks nobody out
    form = ReasonForm()
    if not form.validate():
        return _page(form, period), form.refusal_status
    with engines().database.reading() as session:
        made = work_out(session, read_period(period))
    try:
        version = correct_figures(db(), account.id, made, form.reason.data or "")
    except OerError as refused:
        form.tell(refused)
        return _page(form, period), refused.status
    flash(gettext("%(period)s now stands in version %(version)s.", period=period, version=version))
    return redirect(url_for("indicators.figure_versions"), 303)
