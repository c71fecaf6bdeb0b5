"""Alembic's way in: one transaction on the database that `oer.core.schema` names."""

from alembic import context

import oer.app  # noqa: F401  (every feature's tables)
from oer.core.db import Base, open_engine

url = context.config.get_main_option("sqlalchemy.url") or ""
engine = open_engine(url)
with engine.execution_options(oer_writes=True).connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
