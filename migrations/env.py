"""Alembic's way in: one transaction on the database or the connection that `oer.core.schema` names."""

from typing import Any

import sqlalchemy as sa
from alembic import context

import oer.app  # noqa: F401  (every feature's tables)
from oer.core.db import Base, UtcDateTime
from oer.core.engine import open_engine


def render_type(kind: str, item: Any, _autogenerate: Any) -> str | bool:
    """Write a feature's own column type as what the database sees, so that a migration outlives the feature's code."""
    if kind == "type" and isinstance(item, sa.types.TypeDecorator) and not isinstance(item, UtcDateTime):
        return f"sa.{item.impl!r}"
    return False


def migrate(connection: sa.Connection) -> None:
    """Run the migrations in one transaction: the connection's own if one is open, which then is its owner's to end."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        on_version_apply=context.config.attributes.get("on_version_apply"),
        render_item=render_type,
        transactional_ddl=True,  # SQLite can, as long as the driver lets it: see `open_engine`
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()
        if connection.dialect.name == "sqlite":
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise RuntimeError(f"rows refer to what is not there: {broken[:10]}")


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    engine = open_engine(context.config.get_main_option("sqlalchemy.url") or "")
    try:
        with engine.execution_options(oer_writes=True).connect() as own:
            if own.dialect.name == "sqlite":
                # A table is altered by making it anew, and dropping the old one would delete whatever refers to it
                # (sqlite.org/lang_altertable.html, section 7). By the driver: it has no effect within a transaction.
                own.connection.cursor().execute("PRAGMA foreign_keys=OFF")
            migrate(own)
    finally:
        engine.dispose()
