"""SIGKILL at named points of extraction, indexing, counting and migration: the next one finishes (misuse 86, 87, 88).

Uploads die in tests/files/test_sudden_death.py, and a whole service at any moment in tests/operations/test_kill.py.
"""

import time

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.config import Settings
from oer.core.installation import Installation
from oer.core.schema import newest_revision, schema_revision, upgrade_schema
from oer.files.models import Rendition, RenditionState
from oer.operations.doctor import find_integrity_issues
from oer.usage.events import to_line
from oer.usage.spool import Spool, spool_files
from tests.catalogue.factories import make_published
from tests.faults.conftest import KILLED, Work
from tests.faults.findings import index_issues, indexed
from tests.files.factories import keep_file
from tests.usage.factories import a_note, daily, events_in


def published(session: Session, count: int) -> set[str]:
    """Publish materials; return their public ids."""
    made = {make_published(session).public_id for _ in range(count)}
    session.commit()
    return made


@pytest.mark.parametrize("point", ["extraction.claimed", "extraction.read", "extraction.finishing"])
def test_a_file_whose_reader_is_killed_is_read_by_the_next(
    session: Session, installation: Installation, work: Work, point: str
) -> None:
    keep_file(session, installation.storage)
    session.commit()
    assert work("files.sweep", point) == KILLED
    assert session.scalar(sa.select(Rendition.state)) is RenditionState.RUNNING
    assert find_integrity_issues(installation) == []
    session.execute(sa.text("UPDATE rendition SET leased_until = '2020-01-01 00:00:00'"))  # the two minutes are over
    session.commit()
    assert work("files.sweep") == 0
    session.expire_all()
    assert session.scalar(sa.select(Rendition.state)) is RenditionState.OK
    assert find_integrity_issues(installation) == []


MARKED, WRITING, RECORDED = "index.marked", "index.writing", "index.recorded"
OF_A_COMMIT = [MARKED, WRITING, "index.committed", RECORDED, "index.put"]


@pytest.mark.parametrize("point", OF_A_COMMIT)
def test_the_index_is_the_published_set_after_an_indexer_was_killed(
    session: Session, installation: Installation, work: Work, point: str
) -> None:
    before = published(session, 3)
    assert work("catalogue.index") == 0
    after = before | published(session, 3)
    assert work("catalogue.index", point) == KILLED
    assert index_issues(installation) == []
    assert work("catalogue.index") == 0
    indexed(installation, after)
    assert not installation.search_index.state().incomplete
    assert index_issues(installation) == []


@pytest.mark.parametrize(
    "point", [WRITING, "index.committed", RECORDED, "index.rebuilt", "index.switching", "index.switched"]
)
def test_a_rebuild_that_is_killed_is_finished_by_the_next(
    session: Session, installation: Installation, work: Work, point: str
) -> None:
    expected = published(session, 3)
    assert work("catalogue.index", point) == KILLED
    assert index_issues(installation) == []
    assert work("catalogue.index") == 0
    indexed(installation, expected)
    assert not installation.search_index.state().incomplete, "search would say for ever that something is missing"
    assert index_issues(installation) == []


@pytest.mark.parametrize("point", ["usage.taking", "usage.taken", "usage.finished"])
def test_what_was_noted_is_counted_once_whenever_the_counter_is_killed(
    installation: Installation, work: Work, point: str
) -> None:
    spool = Spool(installation.settings.spool_dir)
    assert all(spool.append(to_line(a_note(seconds=60 * number, visitor=f"v{number}"))) for number in range(5))
    del spool
    assert work("usage.ingest", point) == KILLED
    assert work("usage.ingest") == 0
    assert len(events_in(installation)) == 5
    assert spool_files(installation.settings.spool_dir) == []
    assert work("usage.count") == 0
    assert [figures[0] for figures in daily(installation).values()] == [5]
    assert find_integrity_issues(installation) == []


OLD = "0003"


@pytest.mark.parametrize(
    "point", ["migration.0004", "migration.0006", f"migration.{newest_revision()}", "migration.committed"]
)
def test_a_migration_that_is_killed_leaves_the_old_schema_or_the_new_one(
    empty_settings: Settings, work_on: Work, point: str
) -> None:
    engine = sa.create_engine(empty_settings.database)
    upgrade_schema(empty_settings.database, OLD)
    before = tables(engine)
    assert work_on(empty_settings, "upgrade", point) == KILLED
    wait_for_server(engine)
    if point == "migration.committed":
        assert schema_revision(engine) == newest_revision()
    else:
        assert (schema_revision(engine), tables(engine)) == (OLD, before)
    assert work_on(empty_settings, "upgrade") == 0
    assert schema_revision(engine) == newest_revision()
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM unit")), "the second start loads what is shipped"
    engine.dispose()


def wait_for_server(engine: sa.Engine) -> None:
    """Wait until a PostgreSQL server has noticed that who spoke to it is dead: it holds its locks until then."""
    busy = sa.text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
    )
    deadline = time.monotonic() + 60
    while engine.dialect.name == "postgresql" and time.monotonic() < deadline:
        with engine.connect() as connection:
            if not connection.scalar(busy):
                return
        time.sleep(0.05)


def tables(engine: sa.Engine) -> dict[str, list[str]]:
    """Return the columns of every table."""
    found = sa.inspect(engine)
    return {table: [column["name"] for column in found.get_columns(table)] for table in found.get_table_names()}
