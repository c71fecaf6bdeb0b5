"""What robots may walk through, and the map of it (robots.txt, RFC 9309; sitemaps.org 0.9)."""

from flask import Response

from oer.core.errors import NotFound
from oer.core.i18n import LANGUAGES, N_
from oer.core.links import Links
from oer.exchange.queries import map_part, map_parts
from oer.exchange.views.frame import blueprint, xml
from oer.web.context import db, settings

# Figures of pages and readers' own places are nobody else's; searches and page images cost much and say nothing new.
CLOSED = (
    "/search",
    "/display",
    "/admin",
    "/account",
    "/my/",
    "/review",
    "/sign-in",
    "/register",
    "/reset",
    "/api/",
    "/materials/*/files/*/pages/",
    "/materials/*/files/*/members/",
    "/materials/*/files/*/read?*q=",
    "/materials/*/report",
)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Say what robots should leave alone, in each language, and where the map of the rest is."""
    prefixes = ["", *(f"/{language}" for language in LANGUAGES if language != LANGUAGES[0])]
    lines = ["User-agent: *", *(f"Disallow: {prefix}{path}" for prefix in prefixes for path in CLOSED)]
    lines += ["", f"Sitemap: {Links(settings().base_url).page('/sitemap.xml')}", ""]
    return Response("\n".join(lines), content_type="text/plain; charset=utf-8")


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """Name the files of the map."""
    return xml("exchange/sitemap_index.xml", links=Links(settings().base_url), parts=map_parts(db()))


@blueprint.get("/sitemap-<int:number>.xml")
def sitemap_part(number: int) -> Response:
    """Give a file of the map: every public address in it, in each language."""
    places = map_part(db(), number) if number > 0 else []
    if not places:
        raise NotFound(N_("There is no such part of the map of the site."))
    return xml("exchange/sitemap.xml", links=Links(settings().base_url), places=places, languages=LANGUAGES)
