"""Pages of saved searches."""

from dataclasses import replace

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.core.errors import Invalid
from oer.core.i18n import in_language
from oer.learning.forms import SaveSearchForm
from oer.learning.queries import saved_searches
from oer.learning.services.searches import delete_search, save_search
from oer.learning.views.blueprint import blueprint
from oer.search.criteria import PAGE_SIZE, Search
from oer.search.queries.facets import chips
from oer.search.schemas import read_search
from oer.web.context import db, language
from oer.web.forms import form_checks_token
from oer.web.identity import require_account
from oer.web.languages import gettext


@blueprint.get("/my/searches")
def searches() -> str:
    """List a person's saved searches with their results, feeds and delete buttons."""
    return render_template("learning/searches.html", searches=saved_searches(db(), require_account().id))


@blueprint.route("/my/searches/new", methods=["GET", "POST"])
@form_checks_token
def keep_search() -> Response | tuple[str, int]:
    """Save the search that the arguments of this address name."""
    account, search = require_account(), _asked()
    form = SaveSearchForm(name=_usual_name(search))
    if form.validate_on_submit():
        try:
            save_search(db(), account, search.arguments(), form.name.data or "")
        except Invalid as error:
            form.show_errors(error)
        else:
            flash(gettext("The search has been saved."), "good")
            return redirect(url_for("learning.searches"), 303)
    page = render_template("learning/keep_search.html", form=form, search=search, chips=chips(db(), search))
    return page, form.page_status


@blueprint.post("/my/searches/<int:number>/delete")
def forget_search(number: int) -> Response:
    """Delete a saved search."""
    delete_search(db(), require_account(), number)
    flash(gettext("The search has been deleted."), "good")
    return redirect(url_for("learning.searches"), 303)


def _asked() -> Search:
    search, faults = read_search(request.args.to_dict(flat=False))
    if faults:
        raise faults[0]
    return replace(search, page=1, size=PAGE_SIZE)


def _usual_name(search: Search) -> str:
    filters = [in_language(chip.labels, language()) for chip in chips(db(), search)]
    return ", ".join([*([search.text] if search.text else []), *filters])[:200]
