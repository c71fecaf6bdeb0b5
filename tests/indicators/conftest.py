import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.db import open_database
from oer.indicators.models.sets import IndicatorSet
from tests.indicators.factories import load_all


@pytest.fixture(scope="session")
def city_database(migrated_database: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with every set and every ward, loaded once: each test that asks for `city` gets a copy."""
    path = tmp_path_factory.mktemp("city") / "oer.sqlite3"
    shutil.copy(sa.make_url(migrated_database).database or "", path)
    database = open_database(f"sqlite:///{path}")
    with database.transaction() as session:
        load_all(session)
    database.engine.dispose()
    return path


@pytest.fixture
def city(session: Session) -> Iterator[Session]:
    """A session on a database with every set and every ward."""
    if not session.scalar(sa.select(sa.func.count(IndicatorSet.id))):
        load_all(session)
        session.commit()
    yield session


@pytest.fixture
def database_url(request: pytest.FixtureRequest, database_url: str) -> str:
    """The test's database, with the city in it where the test asks for that."""
    if "city" in request.fixturenames and database_url.startswith("sqlite"):
        loaded = request.getfixturevalue("city_database")
        shutil.copy(loaded, sa.make_url(database_url).database or "")
    return database_url
