"""The start page of everybody who works here."""

from flask import render_template

from oer.core.errors import Forbidden
from oer.core.i18n import N_
from oer.pages.views.frame import blueprint
from oer.pages.workplaces import workplaces
from oer.web.identity import signed_in

NO_WORKPLACE = N_("Your account has no role with a workplace. You can ask to become an educator on your own page.")


@blueprint.get("/admin")
def admin() -> str:
    """Show where the account may work, each place with what it is for."""
    places = workplaces(signed_in())
    if not places:
        raise Forbidden(NO_WORKPLACE)
    return render_template("pages/admin.html", places=places)
