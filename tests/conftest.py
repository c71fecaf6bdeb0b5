"""What every test stands on: an installation of its own, with a real database, a real store and a real queue."""

from __future__ import annotations

import os
import shutil
import signal
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests.on_postgresql import touches_the_database

# The application takes seconds to import: a file that needs none of it should not wait. Fixtures import what they use.
if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from playwright.sync_api import Browser
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from oer.config import Settings
    from oer.core.installation import Installation
    from oer.jobs.queue import Queue

CHROMIUM_FLAGS = (
    *("no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking"),
    *("disable-component-update", "disable-sync", "disable-dev-shm-usage"),
)
# They come first: a long file that begins when all others are done holds the end of the run with one process.
LONGEST = (
    "tests/browser/test_accessibility.py",
    "tests/operations/test_kill.py",
    "tests/browser/test_workplaces.py",
    "tests/browser/",
    "tests/flows/",
    "tests/operations/",
    "tests/catalogue/test_in_browser.py",
    "tests/accounts/test_browser.py",
    "tests/usage/test_kill.py",
    "tests/web/test_access_matrix.py",
    "tests/web/test_statements.py",
    "tests/web/test_hostile_requests.py",
)
# A run in the background of a shell ignores Ctrl-C, and so would every process that a test starts and interrupts.
signal.signal(signal.SIGINT, signal.default_int_handler)
POSTGRESQL = os.environ.get("OER_TEST_DATABASE_URL", "")
# How long an example takes says how busy the machine is; and CI tries the same examples each time.
hypothesis_settings.register_profile(
    "suite", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=os.environ.get("CI") == "true"
)
hypothesis_settings.load_profile("suite")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="also run the long forms of tests")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _turn(str(item.path.relative_to(config.rootpath))))
    if POSTGRESQL and not config.getoption("file_or_dir"):
        _leave_out(config, items, [item for item in items if not touches_the_database(item)])
    if config.getoption("--long"):
        return
    for item in items:
        if "long" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="runs with --long"))


def _leave_out(config: pytest.Config, items: list[pytest.Item], left_out: list[pytest.Item]) -> None:
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


def _turn(path: str) -> int:
    return next((turn for turn, begin in enumerate(LONGEST) if path.startswith(begin)), len(LONGEST))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A real browser, one for the whole run: two of Playwright's loops cannot live in one process."""
    from playwright.sync_api import expect, sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        if os.environ.get("CI") == "true":
            pytest.fail("there is no chromium here")
        pytest.skip("there is no chromium here")
    expect.set_options(timeout=30_000)  # a busy machine is not a fault of the page
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=[f"--{flag}" for flag in CHROMIUM_FLAGS])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def sample_instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance with the sample collection, read and indexed; to be copied."""
    from tests.sample_instance import made_once

    own = tmp_path_factory.getbasetemp()
    return made_once(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)


@pytest.fixture(scope="session")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance of this version that nothing was done with; to be copied."""
    from oer.config import Settings
    from oer.operations.upgrade import upgrade_installation

    folder = tmp_path_factory.mktemp("upgraded") / "instance"
    upgrade_installation(Settings(instance_dir=folder))
    return folder


@pytest.fixture(scope="session")
def migrated_database(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A database brought to the newest schema by the migrations, once: each test gets a copy of it."""
    import sqlalchemy as sa

    from oer.core.schema import upgrade_schema

    if POSTGRESQL:
        name = f"oer_template_{uuid.uuid4().hex[:12]}"
        _administer(f'CREATE DATABASE "{name}"')
        url = str(sa.make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False))
    else:
        url = f"sqlite:///{tmp_path_factory.mktemp('template') / 'oer.sqlite3'}"
    upgrade_schema(url)
    return url


def _administer(statement: str) -> None:
    import sqlalchemy as sa

    engine = sa.create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)


@pytest.fixture
def database_url(migrated_database: str, tmp_path: Path) -> Iterator[str]:
    """An up-to-date, empty database of this test's own."""
    import sqlalchemy as sa

    if not POSTGRESQL:
        shutil.copy(sa.make_url(migrated_database).database or "", tmp_path / "oer.sqlite3")
        yield f"sqlite:///{tmp_path / 'oer.sqlite3'}"
        return
    template, name = sa.make_url(migrated_database).database, f"oer_test_{uuid.uuid4().hex[:12]}"
    _administer(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield sa.make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False)
    _administer(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def empty_database_url(tmp_path: Path) -> Iterator[str]:
    """A place for a database where there is none yet."""
    import sqlalchemy as sa

    if not POSTGRESQL:
        yield f"sqlite:///{tmp_path / 'empty' / 'oer.sqlite3'}"
        return
    name = f"oer_empty_{uuid.uuid4().hex[:12]}"
    _administer(f'CREATE DATABASE "{name}"')
    yield sa.make_url(POSTGRESQL).set(database=name).render_as_string(hide_password=False)
    _administer(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """The settings of an installation in this test's folder."""
    from oer.config import Settings

    return Settings(
        instance_dir=tmp_path / "instance",
        database_url=database_url,
        secret_key="a secret of the tests alone",
        base_url="http://localhost",
        max_upload_bytes=20 * 1024**2,
    )


@pytest.fixture
def queue(settings: Settings) -> Queue:
    from oer.jobs.queue import open_queue

    return open_queue(settings.jobs)


@contextmanager
def _ends_with_the_test(engine: Engine) -> Iterator[None]:
    """Close every connection to PostgreSQL at the end, also those that are lent to a thread which is late.

    A pool closes what lies in it alone. What comes back later would be warned of in whichever test runs then.
    """
    from sqlalchemy import event

    made: list[Any] = []
    if POSTGRESQL:
        event.listen(engine, "connect", lambda connection, _record: made.append(connection))
    yield
    engine.dispose()
    for connection in made:
        connection.close()


@pytest.fixture
def installation(settings: Settings, queue: Queue) -> Iterator[Installation]:
    import oer.app  # noqa: F401 (every table, and every job)
    from oer.core.installation import open_backends

    opened = open_backends(settings, queue)
    with _ends_with_the_test(opened.database.engine):
        yield opened


@pytest.fixture
def session(installation: Installation) -> Iterator[Session]:
    """A session that may write; what the application is to see must be committed."""
    with installation.database.writing() as opened:
        yield opened


@pytest.fixture
def fresh_app(installation: Installation) -> Flask:
    """An application that no request has reached yet: for tests that add pages of their own or change its settings."""
    from oer.app import build_app

    return build_app(installation)


@pytest.fixture(scope="session")
def apps() -> dict[Settings, tuple[Flask, dict[str, object]]]:
    """The applications made so far by their settings, each with what it carried when it was new."""
    return {}


@pytest.fixture
def app(installation: Installation, apps: dict[Settings, tuple[Flask, dict[str, object]]]) -> Flask:
    """The application over this test's engines.

    One application serves all tests of the same settings in turn, for to wire one and to compile its templates takes
    longer than most tests. What it keeps about an installation lies in `extensions`, which each test gets as new.
    """
    from oer.app import build_app

    alike = replace(installation.settings, instance_dir=Path(), database_url="")
    if alike not in apps:
        made = build_app(installation)
        apps[alike] = made, dict(made.extensions)
    found, carried = apps[alike]
    found.extensions.clear()
    found.extensions.update(carried, oer=installation)
    return found


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def run_jobs(queue: Queue, installation: Installation) -> Callable[[], int]:
    """Runs what was woken so far, as the worker would."""
    queue.serve(installation)
    return queue.run_waiting
