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
from oer.core.i18n import LANGUAGES, catalogue_of
from oer.operations.serve import exit_with_parent
from oer.search.criteria import FACETS
from oer.web.context import installation, set_language

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


def application() -> Flask:
    """Return the application, in a process that ends with the server that started it."""
    exit_with_parent(signal.SIGTERM, os.getppid())
    app = create_app()
    threading.Thread(target=warm_up, args=(app,), daemon=True).start()
    return app


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
