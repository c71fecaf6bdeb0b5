"""A real browser on the real pages: the application in threads, over an installation with the sample collection."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext
from werkzeug.serving import make_server

from oer.app import app_on
from oer.config import Settings
from oer.core.engines import Engines, open_engines
from oer.core.schema import upgrade_schema
from oer.files.jobs import extract_due
from oer.jobs import open_queue, registered_jobs
from oer.samples.loading import load_samples
from tests.browser.pages import Site, find_site


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """An installation with the sample collection, its files read and indexed."""
    folder: Path = tmp_path_factory.mktemp("browser")
    settings = Settings(
        instance_dir=folder / "instance",
        secret_key="a secret of the tests alone",
        base_url="http://localhost",
        demo_on_public_host=True,
    )
    settings.instance_dir.mkdir()
    upgrade_schema(settings.database)
    engines = open_engines(settings, open_queue(settings.jobs))
    load_samples(engines)
    extract_due(engines)
    registered_jobs()["catalogue.index"].run(engines, "")
    yield engines
    engines.database.engine.dispose()


@pytest.fixture(scope="session")
def site(installation: Engines) -> Iterator[Site]:
    """The addresses of the served pages."""
    server = make_server("127.0.0.1", 0, app_on(installation), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield find_site(installation, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def browser(chromium: Browser) -> Browser:
    """The browser that these tests look through."""
    return chromium


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": 360, "height": 780})
    yield opened
    opened.close()
