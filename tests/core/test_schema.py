import hashlib
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import oer.app  # noqa: F401 (every feature's tables)
from oer.catalogue.models import Contributor
from oer.config import migrations_folder
from oer.core import schema
from oer.core.db import Base
from oer.core.engine import open_engine
from oer.core.schema import newest_revision, schema_revision, upgrade_schema
from oer.vietnamese.keys import collation_key, folded_text

FIRST, SECOND = "0001", "0002"
RENAMED = {"blob_id": "blob_sha256"}
MOMENT = datetime(2026, 3, 1, 2, 3, 4, tzinfo=UTC)


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[sa.Engine]:
    url = sa.make_url(empty_database_url)
    if url.get_backend_name() == "sqlite":
        Path(url.database or "").parent.mkdir(parents=True)
    engine = open_engine(empty_database_url)
    yield engine
    engine.dispose()


def _value(column: sa.Column[Any], number: int) -> Any:
    """A value that a column of this type takes, another one for each number."""
    if column.foreign_keys:
        return None if column.nullable else number
    kind = column.type.impl_instance if isinstance(column.type, sa.TypeDecorator) else column.type
    if isinstance(kind, sa.Enum):
        return kind.enums[0]
    if isinstance(kind, sa.Boolean):
        return True
    if isinstance(kind, sa.LargeBinary):
        return b"bytes"
    if isinstance(kind, sa.JSON):
        return {"vi": f"Thủy lợi {number}"}
    if isinstance(kind, sa.DateTime):
        return MOMENT
    if isinstance(kind, sa.Date):
        return date(2026, 3, number)
    if isinstance(kind, sa.Integer | sa.Numeric | sa.Float):
        return number
    return f"{number}"[: getattr(kind, "length", None) or 9]


def _fill(connection: sa.Connection) -> dict[str, list[Any]]:
    metadata = sa.MetaData()
    metadata.reflect(connection)
    filled = {}
    for known in Base.metadata.sorted_tables:
        if known.name not in metadata.tables:
            continue
        table = metadata.tables[known.name]
        row = {column.name: _value(known.c[RENAMED.get(column.name, column.name)], 1) for column in table.columns}
        for column in table.columns:
            for key in known.c[RENAMED.get(column.name, column.name)].foreign_keys:
                if not column.nullable:
                    row[column.name] = _value(key.column, 1)
        moments = {name: value for name, value in row.items() if isinstance(value, datetime)}
        if connection.dialect.name == "sqlite":
            row |= {name: value.replace(tzinfo=None) for name, value in moments.items()}
        connection.execute(sa.insert(table), row)
        filled[known.name] = list(row.values())
    return filled


def test_the_migrations_lead_to_what_the_models_describe(database_url: str) -> None:
    engine = open_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_the_checks_have_the_names_that_the_models_give_them(database_url: str) -> None:
    engine = open_engine(database_url)
    found = sa.inspect(engine)
    for table in Base.metadata.sorted_tables:
        named = {str(each.name) for each in table.constraints if isinstance(each, sa.CheckConstraint)}
        assert {each["name"] for each in found.get_check_constraints(table.name)} == named, table.name
    engine.dispose()


@pytest.mark.parametrize("before", [FIRST, SECOND])
def test_a_database_with_data_in_it_goes_forward_and_loses_nothing(empty: sa.Engine, before: str) -> None:
    url = empty.url.render_as_string(hide_password=False)
    upgrade_schema(url, before)
    with empty.begin() as connection:
        filled = _fill(connection)
    assert len(filled) > 40
    upgrade_schema(url)
    assert schema_revision(empty) == newest_revision() != before
    with empty.connect() as connection:
        for name, values in filled.items():
            table = sa.Table(name, sa.MetaData(), autoload_with=connection)
            (row,) = connection.execute(sa.select(table)).all()
            assert set(map(str, values)) <= set(map(str, row)), name


def test_a_database_of_the_first_schema_as_it_once_was_gets_its_packs(empty: sa.Engine) -> None:
    url = empty.url.render_as_string(hide_password=False)
    upgrade_schema(url, "0004")
    with empty.begin() as connection:
        connection.execute(sa.text("DROP TABLE usage_pack"))
        connection.execute(sa.text("DROP TABLE usage_item"))
    upgrade_schema(url)
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_what_units_were_to_report_is_still_assigned_to_them(empty: sa.Engine) -> None:
    url = empty.url.render_as_string(hide_password=False)
    upgrade_schema(url, "0005")
    with empty.begin() as connection:
        _fill(connection)
        connection.execute(sa.text("INSERT INTO report_duty (report_id, indicator_id) VALUES (1, 1)"))
    upgrade_schema(url)
    with empty.connect() as connection:
        assert connection.execute(sa.text("SELECT report_id, indicator_id FROM report_assignment")).all() == [(1, 1)]
        assert connection.execute(sa.text("SELECT lease_token FROM report_build")).scalars().all() == [0]
    assert "report_duty" not in sa.inspect(empty).get_table_names()


def test_people_of_before_get_the_keys_that_new_rows_have(empty: sa.Engine) -> None:
    url = empty.url.render_as_string(hide_password=False)
    upgrade_schema(url, "0013")
    names = ["Nguyễn Thị Hoà", "Nguyễn Thị Hòa", "Anne-Marie", "..", "Đỗ Lý"]
    with empty.begin() as connection:
        _fill(connection)
        connection.execute(sa.text("DELETE FROM contributor"))
        for position, name in enumerate(names, 1):
            row = {"version_id": 1, "position": position, "name": name, "folded": folded_text(name), "role": "author"}
            table = sa.table("contributor", *map(sa.column, row))
            connection.execute(sa.insert(table), row)
    upgrade_schema(url)
    with empty.connect() as connection:
        query = sa.select(Contributor.name, Contributor.key, Contributor.sort_key).order_by(Contributor.position)
        rows = connection.execute(query).all()
    keys = ["nguyễn thị hòa", "nguyễn thị hòa", "anne-marie", "", "đỗ lý"]
    assert [row[:2] for row in rows] == list(zip(names, keys, strict=True))
    assert [bytes(row.sort_key).decode() for row in rows] == [collation_key(key) for key in keys]


def test_a_second_upgrade_changes_nothing(database_url: str) -> None:
    upgrade_schema(database_url)
    engine = open_engine(database_url)
    assert schema_revision(engine) == newest_revision()
    engine.dispose()


FAILING = """
from alembic import op
revision, down_revision = "9999", "{newest}"
def upgrade():
    op.execute("CREATE TABLE half (id INTEGER)")
    op.execute("THIS IS NO STATEMENT")
"""


def has_other_connections(engine: sa.Engine) -> bool:
    """Whether a PostgreSQL server goes on having connections to this database besides that of the engine."""
    others = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    deadline = time.monotonic() + 10  # the server takes leave of one that was closed in its own time
    while engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            if not connection.scalar(others):
                return False
        if time.monotonic() > deadline:
            return True
        time.sleep(0.05)
    return False


def test_a_migration_that_fails_midway_leaves_the_old_schema(
    empty: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = empty.url.render_as_string(hide_password=False)
    upgrade_schema(url)
    newest = newest_revision()
    shutil.copytree(migrations_folder(), tmp_path / "migrations")
    (tmp_path / "migrations" / "versions" / "9999_fails.py").write_text(FAILING.format(newest=newest))
    monkeypatch.setattr(schema, "migrations_folder", lambda: tmp_path / "migrations")
    with pytest.raises(sa.exc.DBAPIError):
        upgrade_schema(url)
    assert not has_other_connections(empty)
    assert schema_revision(empty) == newest
    assert "half" not in sa.inspect(empty).get_table_names()


def test_released_migrations_are_as_they_were_released() -> None:
    released = (migrations_folder() / "released.sha256").read_text(encoding="utf-8").splitlines()
    assert len(released) >= 4
    for line in released:
        digest, name = line.split()
        found = hashlib.sha256((migrations_folder() / name).read_bytes()).hexdigest()
        assert found == digest, f"{name} was changed after its release: write a new migration instead"
