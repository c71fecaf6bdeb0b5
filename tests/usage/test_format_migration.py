"""Usage counted by file endings, as it was once, becomes usage by the vocabulary's formats."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.engine import open_engine
from oer.core.schema import upgrade_schema
from oer.usage.counter.counting import UsageCounts
from oer.usage.queries.totals import FIRST_MEASURE, Scope, by_format, pack
from oer.usage.services.days import Row

BEFORE = "0007"
OPEN_DAY, CLOSED_DAY, MONTH = date(2026, 5, 4), date(2026, 3, 4), date(2026, 3, 1)
COUNTS = ("views", "reads", "plays", "downloads", "tii", "tir", "uii", "uir")
ITEMS = {"aaaaa-aaaaa": 1, "bbbbb-bbbbb": 2}
ONE, OTHER = ITEMS

# Item, format, access method, counts. Three ways to open ONE in 4 sessions; OTHER has one file, a ZIP.
ROWS: list[Row] = [
    (ONE, "all", "Regular", (2, 3, 1, 4, 10, 8, 5, 4)),
    (ONE, "docx", "Regular", (0, 2, 0, 1, 3, 3, 3, 3)),
    (ONE, "odt", "Regular", (0, 1, 0, 1, 2, 2, 2, 2)),
    (ONE, "mp3", "Regular", (0, 0, 1, 0, 1, 1, 1, 1)),
    (ONE, "pdf", "Regular", (0, 0, 0, 1, 1, 1, 1, 1)),
    (ONE, "zip", "Regular", (0, 0, 0, 1, 1, 1, 1, 1)),
    (ONE, "none", "Regular", (2, 0, 0, 0, 2, 0, 2, 0)),
    (OTHER, "all", "Regular", (0, 0, 0, 2, 2, 2, 2, 2)),
    (OTHER, "zip", "Regular", (0, 0, 0, 2, 2, 2, 2, 2)),
]
BY_CODE = {
    "none": (2, 0, 0, 0, 2, 0, 2, 0),
    "document": (0, 3, 0, 2, 5, 5, 5, 4),  # no more unique requests than of all formats together
    "audio": (0, 0, 1, 0, 1, 1, 1, 1),
    "pdf": (0, 0, 0, 1, 1, 1, 1, 1),
    "zip": (0, 0, 0, 1, 1, 1, 1, 1),
    "archive": (0, 0, 0, 2, 2, 2, 2, 2),
}


@pytest.fixture
def old_database(empty_database_url: str) -> Iterator[sa.Engine]:
    """A database of the time before, with a counted day in an open month and a closed month of one day."""
    url = sa.make_url(empty_database_url)
    if url.get_backend_name() == "sqlite":
        Path(url.database or "").parent.mkdir(parents=True)
    upgrade_schema(empty_database_url, BEFORE)
    engine = open_engine(empty_database_url)
    tables = sa.MetaData()
    tables.reflect(engine)

    def insert(name: str, *rows: dict[str, object]) -> None:
        table = tables.tables[name]
        blank = {
            column.name: "" if isinstance(column.type, sa.String) else 0 for column in table.c if not column.nullable
        }
        connection.execute(sa.insert(table), [blank | row for row in rows])

    with engine.begin() as connection:
        moment = (
            datetime(2026, 3, 4, 5, 0) if engine.dialect.name == "sqlite" else datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
        )
        insert("user_agent", {"id": 1, "digest": "d", "is_robot": False})
        insert("usage_item", *({"id": number, "key": key} for key, number in ITEMS.items()))
        insert(
            "usage_event",
            *(
                {
                    "id": number,
                    "at": moment,
                    "day": day,
                    "item": item,
                    "format": format_,
                    "url": url,
                    "user_agent_id": 1,
                }
                for number, (day, item, format_, url) in enumerate(_events(), 1)
            ),
        )
        insert("usage_day", *({"day": day, "touched": 7, "counted": 7} for day in (OPEN_DAY, CLOSED_DAY)))
        insert("month_version", {"month": MONTH, "version": 1, "made_at": moment, "sums": {}})
        for day in (OPEN_DAY, CLOSED_DAY):
            insert("daily_usage", *(_row(row, day=day) for row in ROWS))
            insert("usage_pack", _pack(day, 0))
        insert("monthly_usage", *(_row(row, month=MONTH, version=1) for row in ROWS))
        insert("usage_pack", _pack(MONTH, 1))
        figures = [("total", "", "", 10), ("format", "docx", "", 3), ("format", "odt", "", 2), ("format", "pdf", "", 1)]
        insert(
            "computed_figure",
            *(
                {
                    "id": number, "code": "LC-09", "period": "2026-03", "period_start": MONTH, "period_end": CLOSED_DAY,
                    "version": 1, "dimension": dimension if member else "", "member": member, "state": "ok",
                    "value": str(value), "numerator": str(value), "made_at": moment,
                }
                for number, (dimension, member, _, value) in enumerate(figures, 1)
            ),
        )  # fmt: skip
    yield engine
    engine.dispose()


def _events() -> Iterator[tuple[date, str, str, str]]:
    yield date(2026, 2, 1), ONE, "", ""
    for day in (OPEN_DAY, CLOSED_DAY):
        yield day, ONE, "docx", f"/materials/{ONE}/files/1"
        yield day, ONE, "zip", f"/materials/{ONE}"
        yield day, OTHER, "zip", f"/materials/{OTHER}/files/1"


def _row(row: Row, **time: object) -> dict[str, object]:
    item, format_, method, counts = row
    return {"item": item, "format": format_, "method": method, **dict(zip(COUNTS, counts, strict=True)), **time}


def _pack(begins: date, version: int) -> dict[str, object]:
    formats = ["docx", "mp3", "none", "odt", "pdf", "zip"]
    rows = [(ITEMS[item], 0, -1 if name == "all" else formats.index(name), *counts) for item, name, _, counts in ROWS]
    width = FIRST_MEASURE + len(COUNTS)
    return {
        "begins": begins,
        "version": version,
        "formats": formats,
        "together": pack((row for row in rows if row[2] < 0), width),
        "by_format": pack((row for row in rows if row[2] >= 0), width),
    }


def _upgraded(engine: sa.Engine) -> None:
    upgrade_schema(engine.url.render_as_string(hide_password=False))


@pytest.mark.parametrize(
    "scope", [Scope(OPEN_DAY, OPEN_DAY), Scope(CLOSED_DAY, CLOSED_DAY), Scope(MONTH, date(2026, 3, 31))], ids=str
)
@pytest.mark.parametrize("source", ["packs", "rows"])
def test_what_was_counted_by_endings_is_found_by_codes(old_database, scope, source):
    _upgraded(old_database)
    if source == "rows":
        with old_database.begin() as connection:
            connection.execute(sa.text("DELETE FROM usage_pack"))
    with Session(old_database) as session:
        assert by_format(session, scope) == {code: UsageCounts(*counts) for code, counts in BY_CODE.items()}


def test_events_have_codes_and_a_zip_file_is_told_apart_from_all_files_in_one(old_database):
    _upgraded(old_database)
    with old_database.connect() as connection:
        formats = set(connection.execute(sa.text("SELECT item, format FROM usage_event")).all())
    assert formats == {(ONE, ""), (ONE, "document"), (ONE, "zip"), (OTHER, "archive")}


def test_a_day_on_which_a_zip_file_and_all_files_in_one_were_mixed_is_counted_again_if_its_month_is_open(old_database):
    with old_database.begin() as connection:
        connection.execute(
            sa.text("UPDATE usage_event SET item = :one WHERE item = :other"), {"one": ONE, "other": OTHER}
        )
    _upgraded(old_database)
    with old_database.connect() as connection:
        touched = dict(connection.execute(sa.text("SELECT day, touched FROM usage_day")).all())
    assert {str(day): number for day, number in touched.items()} == {str(OPEN_DAY): 8, str(CLOSED_DAY): 7}


def test_the_figures_of_a_closed_period_are_added_up_by_code(old_database):
    _upgraded(old_database)
    with old_database.connect() as connection:
        rows = connection.execute(sa.text("SELECT member, value, numerator FROM computed_figure")).all()
    assert sorted(rows) == [("", "10", "10"), ("document", "5", "5"), ("pdf", "1", "1")]
