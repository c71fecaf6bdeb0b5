"""A real browser on the real pages: the application in threads, over an installation with the sample collection."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext
from werkzeug.serving import make_server

from oer.app import build_app
from oer.config import Settings
from oer.core.installation import Installation, open_backends
from oer.jobs.queue import open_queue
from tests.browser.pages import Site, find_site


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def installation(sample_instance: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with the sample collection, its files read and indexed."""
    settings = Settings(
        instance_dir=tmp_path_factory.mktemp("browser") / "instance",
        secret_key="a secret of the tests alone",
        base_url="http://localhost",
        demo_on_public_host=True,
    )
    shutil.copytree(sample_instance, settings.instance_dir)
    installation = open_backends(settings, open_queue(settings.jobs))
    yield installation
    installation.database.engine.dispose()


@pytest.fixture(scope="session")
def site(installation: Installation) -> Iterator[Site]:
    """The addresses of the served pages."""
    server = make_server("127.0.0.1", 0, build_app(installation), threaded=True)
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
