"""Pages of the searches that a signed-in person keeps."""

from dataclasses import replace

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.catalogue.forms.faults import show_faults
from oer.core.errors import Invalid
from oer.core.i18n import in_language
from oer.learning.forms import SaveSearchForm
from oer.learning.queries import saved_searches
from oer.learning.services import delete_search, save_search
from oer.learning.views.problems import blueprint
from oer.search.queries.counts import chips
from oer.search.question import PAGE_SIZE, Search
from oer.search.schemas import read_search
from oer.web.context import db, language
from oer.web.forms import form_checks_token
from oer.web.identity import signed_in
from oer.web.languages import gettext


@blueprint.get("/my/searches")
def searches() -> str:
    """List what a person keeps, each with its results, its feed and the way to delete it."""
    return render_template("learning/searches.html", searches=saved_searches(db(), signed_in().id))


@blueprint.route("/my/searches/new", methods=["GET", "POST"])
@form_checks_token
def keep_search() -> Response | str | tuple[str, int]:
    """Keep the search that this address's arguments ask for, under a name."""
    account, search = signed_in(), _asked()
    form = SaveSearchForm(name=_usual_name(search))
    if form.validate_on_submit():
        try:
            save_search(db(), account, search.arguments(), form.name.data or "")
        except Invalid as error:
            show_faults(form, [error])
        else:
            flash(gettext("The search is kept."), "good")
            return redirect(url_for("learning.searches"), 303)
    page = render_template("learning/keep_search.html", form=form, search=search, chips=chips(db(), search))
    return (page, form.refusal_status) if form.errors else page


@blueprint.post("/my/searches/<int:number>/delete")
def forget_search(number: int) -> Response:
    """Delete a search."""
    delete_search(db(), signed_in(), number)
    flash(gettext("The search is deleted."), "good")
    return redirect(url_for("learning.searches"), 303)


def _asked() -> Search:
    search, faults = read_search(request.args.to_dict(flat=False))
    if faults:
        raise faults[0]
    return replace(search, page=1, size=PAGE_SIZE)


def _usual_name(search: Search) -> str:
    filters = [in_language(chip.labels, language()) for chip in chips(db(), search)]
    return ", ".join([*([search.text] if search.text else []), *filters])[:200]
