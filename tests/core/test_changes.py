import pytest
import sqlalchemy as sa

from oer.core.changes import ChangeWatch
from oer.core.db import open_engine


@pytest.fixture
def engine(database_url: str):
    opened = open_engine(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def watch(engine: sa.Engine):
    made = ChangeWatch(engine)
    yield made
    made.close()


def test_a_number_stands_for_what_is_committed(watch: ChangeWatch, database_url: str) -> None:
    elsewhere = open_engine(database_url)
    assert not watch.is_sure
    assert watch.ask()
    assert watch.is_sure
    with elsewhere.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE changed (number integer)")
    watch.ask()
    for number in range(3):
        before = watch.number
        with elsewhere.begin() as connection:
            connection.exec_driver_sql(f"INSERT INTO changed VALUES ({number})")
        watch.ask()
        assert watch.number != before
    elsewhere.dispose()


def test_a_database_that_is_only_read_keeps_its_number(engine: sa.Engine, watch: ChangeWatch) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("on a PostgreSQL that others use, too, the number may change at any time")
    watch.ask()
    before = watch.number
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM account")
    watch.ask()
    assert watch.number == before


def test_a_database_that_does_not_answer_is_not_known(watch: ChangeWatch, monkeypatch: pytest.MonkeyPatch) -> None:
    watch.ask()
    before = watch.number
    monkeypatch.setattr(watch, "_question", "SELECT nothing FROM nowhere")
    assert not watch.ask()
    assert watch.number != before
    monkeypatch.undo()
    assert watch.ask()
