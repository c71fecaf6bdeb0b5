"""Files that had only places get numbers: what is published keeps its addresses."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from oer.core.engine import open_engine
from oer.core.schema import upgrade_schema

BEFORE = "0016"
# Material, version, state, files in order: (name, content).
VERSIONS = [
    (1, 1, "superseded", [("bai-tap.pdf", "exercise"), ("anh.png", "picture"), ("cu.txt", "old")]),
    (1, 2, "superseded", [("bai-tap.pdf", "exercise"), ("anh.png", "picture"), ("thua.txt", "spare"), ("x", "x")]),
    (1, 3, "published", [("dap-an.pdf", "solutions"), ("bai.pdf", "exercise"), ("anh.png", "better picture")]),
    (1, 4, "draft", [("moi.txt", "new"), ("bai.pdf", "exercise"), ("x", "x again")]),
    (2, 1, "published", [("a", "a"), ("b", "b")]),
    (3, 1, "draft", []),
]


@pytest.fixture
def old_database(empty_database_url: str) -> Iterator[sa.Engine]:
    url = sa.make_url(empty_database_url)
    if url.get_backend_name() == "sqlite":
        Path(url.database or "").parent.mkdir(parents=True)
    upgrade_schema(empty_database_url, BEFORE)
    engine = open_engine(empty_database_url)
    tables = sa.MetaData()
    tables.reflect(engine)

    def insert(into: str, **row: object) -> None:
        table = tables.tables[into]
        blank: dict[str, object] = {}
        for column in table.c:
            if not column.nullable and column.name not in {"id", *row} and column.server_default is None:
                is_text, is_moment = isinstance(column.type, sa.String), isinstance(column.type, sa.DateTime)
                blank[column.name] = "" if is_text else sa.func.now() if is_moment else 0
        connection.execute(sa.insert(table).values({**blank, **row}))

    with engine.execution_options(oer_writes=True).begin() as connection:
        for content in sorted({content for *_, files in VERSIONS for _, content in files}):
            insert("blob", sha256=content, condition="whole", scan_state="unscanned", macros=False)
        for material in (1, 2, 3):
            insert("material", id=material, public_id=f"m{material}")
        for number, (material, version, state, files) in enumerate(VERSIONS, 1):
            insert("version", id=number, material_id=material, number=version, state=state, record={})
            for place, (name, content) in enumerate(files, 1):
                insert(
                    "version_file", version_id=number, position=place, name=name, role="content", blob_sha256=content
                )
        connection.execute(sa.text("UPDATE material SET current_version_id = 3 WHERE id = 1"))
        connection.execute(sa.text("UPDATE material SET current_version_id = 5 WHERE id = 2"))
    yield engine
    engine.dispose()


def numbers(engine: sa.Engine, version_id: int) -> dict[str, int]:
    query = "SELECT name, number FROM version_file WHERE version_id = :version ORDER BY position"
    with engine.connect() as connection:
        return {row.name: row.number for row in connection.execute(sa.text(query), {"version": version_id})}


def test_files_keep_their_addresses_and_earlier_versions_name_the_same_files(old_database: sa.Engine) -> None:
    upgrade_schema(old_database.url.render_as_string(hide_password=False))
    assert numbers(old_database, 3) == {"dap-an.pdf": 1, "bai.pdf": 2, "anh.png": 3}
    assert numbers(old_database, 5) == {"a": 1, "b": 2}
    # The exercise by its bytes, the picture by its name; `x` keeps the place that no published file has.
    assert numbers(old_database, 2) == {"bai-tap.pdf": 2, "anh.png": 3, "thua.txt": 5, "x": 4}
    assert numbers(old_database, 1) == {"bai-tap.pdf": 2, "anh.png": 3, "cu.txt": 6}
    # What only a draft has was never public: it has a number that no address ever had.
    assert numbers(old_database, 4) == {"moi.txt": 7, "bai.pdf": 2, "x": 4}
    with old_database.connect() as connection:
        last = connection.execute(sa.text("SELECT last_file_number FROM material ORDER BY id")).scalars().all()
    assert last == [7, 2, 0]
