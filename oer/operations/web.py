"""What each web process of `oer serve` runs."""

import gc
import os
import signal
import threading
from contextlib import suppress

from flask import Flask
from sqlalchemy.orm import configure_mappers

from oer.app import create_app
from oer.backends.extraction.isolation import readers
from oer.backends.search import IndexBroken, IndexMissing, Query, SearchIndex
from oer.config import MIB
from oer.core.changes import ChangeWatch
from oer.core.i18n import LANGUAGES, catalogue_of
from oer.core.installation import Installation
from oer.monitoring.views.metrics import COUNT_ANSWER
from oer.operations.front.bodies import Bodies, BodyLimits
from oer.operations.front.connections import ConnectionLimits, Connections, most_connections
from oer.operations.front.kept import KeptAnswers
from oer.operations.front.pool import Pool
from oer.operations.front.refusals import Refusals
from oer.operations.front.server import Front, Parts
from oer.operations.serve import exit_with_parent
from oer.search.criteria import FACETS
from oer.usage.views import spool_and_salts
from oer.web.context import installation, set_language

MOST_BODIES = 2000
MOST_FILES = 500
_BUSY_TEMPLATES = (
    "base.html",
    "_macros/materials.html",
    "_macros/paging.html",
    "pages/home.html",
    "search/results.html",
    "search/_facets.html",
    "search/_results.html",
    "search/_cover.html",
    "search/_facts.html",
    "search/_checkbox.html",
    "reading/material.html",
)


def front() -> Front:
    """Return the front with the application, in a process that ends with the server that started it."""
    exit_with_parent(signal.SIGTERM, os.getppid())
    app = create_app()
    threading.Thread(target=warm_up, args=(app,), daemon=True).start()
    return front_of(app)


def front_of(app: Flask) -> Front:
    """Return the front of an application."""
    opened: Installation = app.extensions["oer"]
    settings = opened.settings
    watch = ChangeWatch(opened.database.engine)
    limits = BodyLimits(
        pause_seconds=settings.body_pause_seconds,
        least_rate=settings.body_least_rate,
        per_address=settings.bodies_per_address,
        in_all=MOST_BODIES,
        unannounced_bytes=settings.max_upload_bytes + MIB,
    )
    connections = ConnectionLimits(
        connections_per_address=settings.connections_per_address,
        connections_in_all=most_connections(),
        files_per_address=settings.files_per_address,
        files_in_all=MOST_FILES,
        behind_proxy=settings.trusted_proxies > 0,
    )
    parts = Parts(
        pool=Pool(),
        bodies=Bodies(limits, opened.storage.arriving),
        kept=KeptAnswers(settings.page_cache_bytes, watch, *spool_and_salts(app), app.extensions[COUNT_ANSWER]),
        connections=Connections(connections),
        refusals=Refusals(app.wsgi_app, (settings.request_hosts or ["localhost"])[0]),
        watch=watch,
        trusted_proxies=settings.trusted_proxies,
    )
    return Front(app.wsgi_app, parts)


def warm_up(app: Flask) -> None:
    """Load what the first requests would have to load, and exclude it from garbage collection.

    A full collection over the whole application takes a tenth of a second, in the middle of some request.
    """
    configure_mappers()
    with app.app_context():
        for language in LANGUAGES:
            catalogue_of(language)
            set_language(language)
            for name in _BUSY_TEMPLATES:
                app.jinja_env.get_template(name)
        _read_index(installation().search_index)
    readers.start()  # the first picture of a page must not wait for it
    gc.collect()
    gc.freeze()


def _read_index(index: SearchIndex) -> None:
    with suppress(IndexMissing, IndexBroken):  # search reports it, and the worker rebuilds it
        index.search(Query(facets=tuple(FACETS), limit=1))
        index.suggest("oer")
