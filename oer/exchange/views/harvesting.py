"""OAI-PMH 2.0 for harvesters."""

from urllib.parse import urlsplit

from flask import Response, request

from oer.core.i18n import in_language
from oer.core.links import Links
from oer.core.responsible import responsible
from oer.exchange.oai import PATH, Repository, answer
from oer.exchange.views.feeds import blueprint
from oer.web.context import db, only_reads, settings
from oer.web.forms import form_checks_token


@blueprint.route(PATH, methods=["GET", "POST"])
@only_reads
@form_checks_token  # there is none: whoever asks by POST, as the protocol allows, only reads
def oai() -> Response:
    """Answer a harvester. Errors of the protocol are answers with status 200, too."""
    given = list(request.args.items(multi=True))
    if request.method == "POST":
        given += list(request.form.items(multi=True))
    said = answer(_repository(), given)
    return Response(said.encode("utf-8", "replace"), content_type="text/xml; charset=utf-8")


def _repository() -> Repository:
    links = Links(settings().base_url)
    host = urlsplit(links.base_url).hostname or "localhost"
    # The protocol asks for somebody to write to, at a host with a dot in it.
    email = (
        responsible(settings()).email
        or settings().mail_sender
        or f"postmaster@{host if '.' in host else host + '.invalid'}"
    )
    return Repository(
        db(),
        links,
        in_language({"vi": settings().site_name, "en": settings().site_name_en}, "vi"),
        email,
        settings().secret_key,
    )
