"""What leads robots and browsers around: robots.txt (RFC 9309), the sitemap (sitemaps.org 0.9), OpenSearch."""

from collections.abc import Iterator

from flask import Response, request
from werkzeug.wrappers import Response as AnyResponse

from oer.core.errors import NotFound
from oer.core.i18n import LANGUAGES, N_
from oer.core.links import Links
from oer.exchange.queries.listing import SitemapEntry, sitemap_entries, sitemap_parts, sitemap_version
from oer.exchange.views.feeds import CATALOGUE_VERSION, blueprint, xml
from oer.exchange.xml_formats import escaped
from oer.web.context import db, language, settings
from oer.web.page_cache import cached_page

# Personal pages, and pages that are costly and hold nothing new: searches, page images, archive members.
DISALLOWED = (
    "/search",
    "/display",
    "/admin",
    "/account",
    "/my/",
    "/shelf/",
    "/lists/",
    "/unsubscribe/",
    "/events/registrations/",
    "/review",
    "/sign-in",
    "/register",
    "/reset",
    "/api/",
    "/oai",
    "/oembed",
    "/opds",
    "/materials/*/files/*/pages/",
    "/materials/*/files/*/members/",
    "/materials/*/files/*/read?*q=",
    "/materials/*/report",
    "/materials/*/save",
    "/materials/*/lists",
    "/materials/*/continue",
)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Tell robots which paths to leave alone, in each language, and where the sitemap is."""
    prefixes = ["", *(f"/{language}" for language in LANGUAGES if language != LANGUAGES[0])]
    lines = ["User-agent: *", *(f"Disallow: {prefix}{path}" for prefix in prefixes for path in DISALLOWED)]
    lines += ["", f"Sitemap: {Links(settings().base_url).page('/sitemap.xml')}", ""]
    return Response("\n".join(lines), content_type="text/plain; charset=utf-8")


@blueprint.get("/opensearch.xml")
@cached_page(CATALOGUE_VERSION, in_outage=True)
def opensearch() -> Response:
    """Tell browsers how to search here from their own search field."""
    return xml(
        "exchange/opensearch.xml",
        "application/opensearchdescription+xml",
        address=Links(settings().base_url).page("/search", language()),
        catalogue=Links(settings().base_url).page("/opds/search", language()),
        icon=Links(settings().base_url).page("/static/icon.svg"),
    )


@blueprint.get("/sitemap.xml")
@cached_page(CATALOGUE_VERSION, in_outage=True)
def sitemap() -> Response:
    """List the files of the sitemap, each with when something in it was changed last."""
    return xml("exchange/sitemap_index.xml", links=Links(settings().base_url), parts=sitemap_parts(db()))


_OPEN = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:xhtml="http://www.w3.org/1999/xhtml" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">\n'
)


@blueprint.get("/sitemap-<int:number>.xml")
def sitemap_part(number: int) -> AnyResponse:
    """Send a file of the sitemap: its public addresses in each language.

    Whoever has it already learns so by two numbers; the pages of readers keep their place in the cache.
    """
    version = sitemap_version(db(), number)
    if version is None:
        raise NotFound(N_("This part of the sitemap does not exist."))
    response = Response(content_type="application/xml; charset=utf-8")
    response.set_etag(version, weak=True)
    if not request.if_none_match.contains_weak(version):
        links = Links(settings().base_url)
        urls = "".join(each for entry in sitemap_entries(db(), number) for each in _urls(links, entry))
        response.set_data(f"{_OPEN}{urls}</urlset>\n")
    return response.make_conditional(request)


def _urls(links: Links, entry: SitemapEntry) -> Iterator[str]:
    addresses = {code: escaped(links.page(entry.path, code)) for code in LANGUAGES}
    others = "".join(
        f'<xhtml:link rel="alternate" hreflang="{code}" href="{address}"/>' for code, address in addresses.items()
    )
    changed = f"<lastmod>{entry.changed.isoformat(timespec='seconds')}</lastmod>" if entry.changed else ""
    image = (
        f"<image:image><image:loc>{escaped(links.page(entry.image))}</image:loc></image:image>" if entry.image else ""
    )
    for address in addresses.values():
        yield f"<url><loc>{address}</loc>{changed}{others}{image}</url>\n"
