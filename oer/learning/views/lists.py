"""Pages of somebody's own lists, and the page that the secret link of a shared one leads to."""

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from oer.catalogue.queries.materials import find_public
from oer.core.errors import Invalid
from oer.core.links import Links
from oer.learning.forms import OwnListForm
from oer.learning.queries import listed_in, own_list, own_lists, shared_list
from oer.learning.services import lists as services
from oer.learning.views.blueprint import blueprint
from oer.web.context import db, language, settings
from oer.web.forms import form_checks_token
from oer.web.identity import require_account
from oer.web.languages import gettext


@blueprint.route("/shelf/lists/new", methods=["GET", "POST"])
@form_checks_token
def new_list() -> Response | tuple[str, int]:
    """Begin a list, with the material that the address names, if it names one."""
    account, form = require_account(), OwnListForm()
    public_id = request.args.get("material", "")
    if form.validate_on_submit():
        try:
            made = services.create_list(db(), account, form.title.data or "")
            if public_id:
                services.add_to_list(db(), made, find_public(db(), public_id))
        except Invalid as error:
            form.show_errors(error)
        else:
            return redirect(url_for("learning.show_list", number=made.id), 303)
    return render_template("learning/new_list.html", form=form), form.page_status


@blueprint.route("/shelf/lists/<int:number>", methods=["GET", "POST"])
@form_checks_token
def show_list(number: int) -> Response | tuple[str, int]:
    """Show one of one's lists, and rename it."""
    found = own_list(db(), require_account().id, number)
    form = OwnListForm(title=found.title)
    if form.validate_on_submit():
        try:
            services.rename_list(db(), found, form.title.data or "")
        except Invalid as error:
            form.show_errors(error)
        else:
            return redirect(url_for("learning.show_list", number=number), 303)
    address = None
    if found.share_token:
        address = Links(settings().base_url).page(f"/lists/{found.share_token}", language())
    page = render_template(
        "learning/list.html", form=form, found=found, listed=listed_in(db(), found), shared_address=address
    )
    return page, form.page_status


@blueprint.get("/materials/<public_id>/lists")
def lists_for(public_id: str) -> str:
    """Ask into which list a material shall go."""
    account = require_account()
    material = find_public(db(), public_id)
    return render_template("learning/lists_for.html", material=material, lists=own_lists(db(), account.id))


@blueprint.post("/shelf/lists/<int:number>/add")
def add_to_list(number: int) -> Response:
    """Put a material into a list."""
    found = own_list(db(), require_account().id, number)
    services.add_to_list(db(), found, find_public(db(), request.form.get("material", "")))
    flash(gettext("Added to “%(title)s”.", title=found.title), "good")
    return redirect(url_for("learning.show_list", number=number), 303)


@blueprint.post("/shelf/lists/<int:number>/change")
def change_list(number: int) -> Response:
    """Move or remove a material of a list, or write a note beside it."""
    found, form = own_list(db(), require_account().id, number), request.form
    public_id = form.get("material", "")
    services.change_item(db(), found, public_id, form.get("action", ""), form.get("note", ""))
    moved = form.get("action") in {"up", "down", "note"}
    return redirect(url_for("learning.show_list", number=number, _anchor=f"m-{public_id}" if moved else None), 303)


@blueprint.post("/shelf/lists/<int:number>/share")
def share_list(number: int) -> Response:
    """Give a list a secret link, or take it away."""
    found = own_list(db(), require_account().id, number)
    services.share_list(db(), found, shared=request.form.get("shared") != "no")
    return redirect(url_for("learning.show_list", number=number, _anchor="share"), 303)


@blueprint.post("/shelf/lists/<int:number>/delete")
def delete_list(number: int) -> Response:
    """Delete a list; its materials stay on the shelf."""
    services.delete_list(db(), require_account(), number)
    flash(gettext("The list has been deleted."), "good")
    return redirect(url_for("learning.shelf"), 303)


@blueprint.get("/lists/<token>")
def shared(token: str) -> str:
    """Show a list to whoever has its link. It says nothing about who made it."""
    found = shared_list(db(), token)
    return render_template("learning/shared_list.html", found=found, listed=listed_in(db(), found))
