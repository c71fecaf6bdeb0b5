"""The database schema: migrated by one command (`oer db upgrade`), never by starting the service."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from filelock import FileLock, Timeout

from oer.config import migrations_folder
from oer.core.console import Progress, no_progress
from oer.core.engine import open_engine
from oer.failpoints import fail_point

UPGRADE_LOCK = 0x6F65725F7570  # "oer_up": PostgreSQL numbers advisory locks, in each database by itself


class SchemaOutdated(RuntimeError):
    """The database has no schema, or another one than this version of the product. The message names the command."""


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def upgrade_schema(database: str | sa.Connection, revision: str = "head", progress: Progress = no_progress) -> None:
    """Migrate a database up to a revision: that at a URL in one transaction, or in the transaction of a connection.

    The caller commits the transaction of its connection, which is PostgreSQL's: SQLite's foreign keys would have to be
    off before it began.
    """
    if isinstance(database, str):
        config = _config(database)
    else:
        config = _config(database.engine.url.render_as_string(hide_password=False))
        config.attributes["connection"] = database
    revisions = list(ScriptDirectory.from_config(config).iterate_revisions(revision, "base"))
    known = {each.revision: number for number, each in enumerate(reversed(revisions), 1)}

    def applied(*, step: Any, **_more: Any) -> None:
        fail_point(f"migration.{step.up_revision_id}")
        progress("migrations", known.get(step.up_revision_id, 0), len(known))

    config.attributes["on_version_apply"] = applied  # for migrations/env.py
    command.upgrade(config, revision)
    fail_point("migration.committed")


@contextmanager
def upgrade_lock(url: str, told: Callable[[], None]) -> Iterator[None]:
    """Let one process at a time upgrade the database at `url`; another one calls `told` once, and waits for its turn.

    On SQLite it is a lock on a file beside the database, on PostgreSQL an advisory lock: both go with their process.
    """
    place = sa.make_url(url)
    if place.get_backend_name() == "sqlite":
        with _file_lock(Path(place.database or "oer").absolute(), told):
            yield
        return
    engine = open_engine(url)
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(UPGRADE_LOCK))):
                told()
                connection.execute(sa.select(sa.func.pg_advisory_lock(UPGRADE_LOCK)))
            yield
    finally:
        engine.dispose()  # the connection, and with it the lock


@contextmanager
def _file_lock(database: Path, told: Callable[[], None]) -> Iterator[None]:
    database.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(database.with_name(f"{database.name}.upgrade.lock"), mode=0o600)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        told()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def schema_revision(engine: sa.Engine) -> str | None:
    """Return the revision that the database is at; None where it has no schema."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """Return the revision that this version of the product works with."""
    return ScriptDirectory.from_config(_config("sqlite://")).get_current_head()


def require_current_schema(engine: sa.Engine) -> None:
    """Raise SchemaOutdated unless the database is at the newest revision."""
    found, wanted = schema_revision(engine), newest_revision()
    if found != wanted:
        state = "has no schema yet" if found is None else f"is at schema {found}, not {wanted}"
        raise SchemaOutdated(f"The database {state}. Run `oer db upgrade`.")
