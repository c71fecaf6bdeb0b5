"""Fails when the migrations do not lead to the schema that the models describe."""

import sys
import tempfile
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import oer.app  # noqa: F401 (every table)
from oer.core.db import Base
from oer.core.engine import open_engine
from oer.core.schema import upgrade_schema

with tempfile.TemporaryDirectory() as folder:
    url = f"sqlite:///{Path(folder) / 'oer.sqlite3'}"
    upgrade_schema(url)
    with open_engine(url).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)

for difference in differences:
    print("the migrations lack:", difference)
sys.exit(1 if differences else 0)
