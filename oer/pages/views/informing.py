"""Help and privacy: longer texts, written once for each language."""

from flask import render_template

from oer.pages.views.frame import CATALOGUE, blueprint
from oer.web.context import language
from oer.web.kept_pages import kept


@blueprint.get("/help")
@kept(CATALOGUE)
def help_page() -> str:
    """Show help for readers."""
    return render_template("pages/help.html", text=f"pages/texts/help.{language()}.html")


@blueprint.get("/help/educators")
@kept(CATALOGUE)
def help_educators() -> str:
    """Show help for those who publish here."""
    return render_template("pages/help_educators.html", text=f"pages/texts/help_educators.{language()}.html")


@blueprint.get("/privacy")
@kept(CATALOGUE)
def privacy() -> str:
    """Show what is known about readers, and what is not."""
    return render_template("pages/privacy.html", text=f"pages/texts/privacy.{language()}.html")
