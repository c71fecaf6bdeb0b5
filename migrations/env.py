"""Alembic's way in: one transaction on the database that `oer.core.schema` names."""

from typing import Any

import sqlalchemy as sa
from alembic import context

import oer.app  # noqa: F401  (every feature's tables)
from oer.core.db import Base, UtcDateTime, open_engine


def render_type(kind: str, item: Any, _autogenerate: Any) -> str | bool:
    """Write a feature's own column type as what the database sees, so that a migration outlives the feature's code."""
    if kind == "type" and isinstance(item, sa.types.TypeDecorator) and not isinstance(item, UtcDateTime):
        return f"sa.{item.impl!r}"
    return False


url = context.config.get_main_option("sqlalchemy.url") or ""
engine = open_engine(url)
with engine.execution_options(oer_writes=True).connect() as connection:
    if connection.dialect.name == "sqlite":
        # A table is altered by making it anew, and dropping the old one would delete whatever refers to it
        # (sqlite.org/lang_altertable.html, section 7). By the driver: it has no effect within a transaction.
        connection.connection.cursor().execute("PRAGMA foreign_keys=OFF")
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
engine.dispose()
