"""Feeds (Atom, RFC 4287): what is new, in the language of the address."""

from flask import Response

from oer.catalogue.queries.browsing import newest
from oer.core.links import Links
from oer.exchange.views.frame import blueprint, xml
from oer.web.context import db, language, settings
from oer.web.languages import gettext

SIZE = 30
ATOM = "application/atom+xml"


@blueprint.get("/feed.xml")
def newest_feed() -> Response:
    """Give the newest materials as a feed."""
    links = Links(settings().base_url)
    return xml(
        "exchange/feed.xml",
        ATOM,
        title=gettext("Newest materials"),
        own=links.page("/feed.xml", language()),
        page=links.page("/", language()),
        links=links,
        materials=newest(db(), SIZE),
    )
