"""Usage is counted by the vocabulary's formats, no longer by file name endings ("docx"); states of wishes are checked.

Rows that become one are added up. Uniques by format cannot be told apart any more once they are totals, so a sum is cut
at the unique uses of all formats together, which it can never exceed. `zip` was noted both for ZIP files and for all
files of a material in one: events tell them apart (a file has an address of its own). Days of open months that had both
are counted again; in closed months such rows stay `zip`.
"""

import zlib
from collections import defaultdict
from datetime import date
from decimal import Decimal

import numpy as np
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ENDINGS = {
    "document": ("docx", "docm", "odt", "doc", "rtf"),
    "presentation": ("pptx", "pptm", "odp", "ppt"),
    "spreadsheet": ("xlsx", "xlsm", "ods", "xls", "csv"),
    "ebook": ("epub",),
    "web": ("html", "htm", "xhtml"),
    "text": ("md", "txt", "srt", "vtt"),
    "image": ("png", "jpg", "gif", "webp", "svg"),
    "audio": ("mp3", "m4a", "ogg", "wav", "flac"),
    "video": ("mp4", "webm", "ogv", "mov"),
}
CODES = {ending: code for code, endings in ENDINGS.items() for ending in endings}
MEASURES = ("views", "reads", "plays", "downloads", "tii", "tir", "uii", "uir")
ITEM, METHOD, FORMAT, FIRST_MEASURE = range(4)  # the columns of a pack
UIR = FIRST_MEASURE + MEASURES.index("uir")
FILE_ADDRESS = "%/files/%"
STATES = "state IN ('open', 'taken', 'closed', 'dropped')"
STANDING = sa.text("state IN ('open', 'taken')")

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
event = sa.table("usage_event", sa.column("day", sa.Date), *map(sa.column, ("item", "format", "url")))
day_account = sa.table("usage_day", sa.column("day", sa.Date), sa.column("touched", sa.BigInteger))
month_version = sa.table("month_version", sa.column("month", sa.Date))
usage_item = sa.table("usage_item", sa.column("id", sa.Integer), sa.column("key", sa.String))
pack = sa.table(
    "usage_pack",
    sa.column("begins", sa.Date),
    sa.column("version", sa.Integer),
    sa.column("formats", JSON),
    sa.column("together", sa.LargeBinary),
    sa.column("by_format", sa.LargeBinary),
)
figure = sa.table(
    "computed_figure",
    sa.column("id", sa.Integer),
    sa.column("version", sa.Integer),
    sa.column("row_count", sa.Integer),
    *(sa.column(name, sa.String) for name in ("code", "period", "dimension", "member", "measure", "value", "numerator")),
)
Archives = dict[tuple[date, int], set[str]]
"""Items whose `zip` rows are ZIP files: by first day, and by 0 for a day or 1 for a month."""



def upgrade() -> None:
    connection = op.get_bind()
    archives, mixed = _zip_files(connection)
    connection.execute(sa.update(event).where(event.c.format.in_(CODES)).values(format=_code(event.c.format)))
    connection.execute(
        sa.update(event).where(event.c.format == "zip", event.c.url.like(FILE_ADDRESS)).values(format="archive")
    )
    _merge_rows(connection, "daily_usage", ["day"], {day: items for (day, kind), items in archives.items() if not kind})
    _merge_rows(
        connection, "monthly_usage", ["month", "version"], {day: items for (day, kind), items in archives.items() if kind}
    )
    _rewrite_packs(connection, archives)
    _count_again(connection, mixed)
    _merge_figures(connection)
    _check_states()


def _code(column: sa.ColumnClause[str]) -> sa.ColumnElement[str]:
    return sa.case(CODES, value=column, else_=column)


def _zip_files(connection: sa.Connection) -> tuple[Archives, set[date]]:
    """Return for which items of which days and months `zip` means ZIP files alone, and the days where it means both."""
    is_file = sa.case((event.c.url.like(FILE_ADDRESS), 1), else_=0)
    query = sa.select(event.c.day, event.c.item, sa.func.sum(is_file), sa.func.count()).where(event.c.format == "zip")
    files: defaultdict[tuple[date, int], set[str]] = defaultdict(set)
    others: defaultdict[tuple[date, int], set[str]] = defaultdict(set)
    for day, item, of_files, events in connection.execute(query.group_by(event.c.day, event.c.item)):
        for place in ((day, 0), (day.replace(day=1), 1)):
            if of_files:
                files[place].add(item)
            if of_files < events:
                others[place].add(item)
    # A month of which only some events are kept may have had both before.
    oldest = connection.scalar(sa.select(sa.func.min(event.c.day)))
    if oldest is not None:
        files.pop((oldest.replace(day=1), 1), None)
    mixed = {day for (day, kind), items in files.items() if not kind and items & others[day, 0]}
    return {place: items - others[place] for place, items in files.items() if items - others[place]}, mixed


def _merge_rows(connection: sa.Connection, name: str, times: list[str], archives: dict[date, set[str]]) -> None:
    table = sa.table(name, sa.column(times[0], sa.Date), *map(sa.column, (*times[1:], "format", "item", "method", *MEASURES)))
    for time, items in archives.items():
        for item in items:
            of_item = (table.c[times[0]] == time, table.c.item == item, table.c.format == "zip")
            connection.execute(sa.update(table).where(*of_item).values(format="archive"))
    keys = ", ".join([*times, "item", "method"])
    cases = " ".join(f"WHEN '{ending}' THEN '{code}'" for ending, code in CODES.items())
    concerned = ", ".join(f"'{name}'" for name in (*CODES, *ENDINGS))
    sums = ", ".join(f"SUM({each}) AS {each}" for each in MEASURES)
    connection.execute(
        sa.text(
            f"CREATE TEMPORARY TABLE merged_usage AS SELECT {keys}, CASE format {cases} ELSE format END AS code, {sums}"
            f" FROM {name} WHERE format IN ({concerned}) GROUP BY {keys}, code"
        )
    )
    connection.execute(sa.text(f"DELETE FROM {name} WHERE format IN ({concerned})"))
    same = " AND ".join(f"whole.{key} = merged.{key}" for key in [*times, "item", "method"])
    shown = [f"merged.{each}" for each in MEASURES[:-2]] + [
        f"CASE WHEN whole.{each} < merged.{each} THEN whole.{each} ELSE merged.{each} END" for each in MEASURES[-2:]
    ]
    chosen = ", ".join([*(f"merged.{key}" for key in [*times, "item", "method"]), "merged.code", *shown])
    connection.execute(
        sa.text(
            f"INSERT INTO {name} ({keys}, format, {', '.join(MEASURES)}) SELECT {chosen} FROM merged_usage AS merged"
            f" LEFT JOIN {name} AS whole ON {same} AND whole.format = 'all'"
        )
    )
    connection.execute(sa.text("DROP TABLE merged_usage"))


def _rewrite_packs(connection: sa.Connection, archives: Archives) -> None:
    numbers = dict(connection.execute(sa.select(usage_item.c.key, usage_item.c.id)).all())
    for begins, version, formats in connection.execute(sa.select(pack.c.begins, pack.c.version, pack.c.formats)).all():
        items = archives.get((begins, int(version > 0)), set())
        if not (CODES.keys() & set(formats) or (items and "zip" in formats)):
            continue
        this = (pack.c.begins == begins, pack.c.version == version)
        together, by_format = connection.execute(sa.select(pack.c.together, pack.c.by_format).where(*this)).one()
        names, rows = _regrouped(formats, _unpack(by_format), {numbers[item] for item in items if item in numbers})
        rows = _with_capped_uniques(rows, _unpack(together))
        connection.execute(sa.update(pack).where(*this).values(formats=names, by_format=_pack(rows)))


def _unpack(data: bytes) -> np.ndarray:
    return np.frombuffer(zlib.decompress(data), dtype="<i4").reshape(-1, FIRST_MEASURE + len(MEASURES))


def _pack(rows: np.ndarray) -> bytes:
    return zlib.compress(rows.astype("<i4").tobytes(), 1)


def _regrouped(formats: list[str], rows: np.ndarray, archives: set[int]) -> tuple[list[str], np.ndarray]:
    """Return the names of the new formats, and the rows of the old ones added up by them."""
    names = sorted({CODES.get(name, name) for name in formats} | ({"archive"} if archives else set()))
    new_numbers = np.array([names.index(CODES.get(name, name)) for name in formats])
    rows = rows.astype(np.int64)
    is_archive = np.isin(rows[:, ITEM], list(archives)) & (new_numbers[rows[:, FORMAT]] == _index(names, "zip"))
    rows[:, FORMAT] = np.where(is_archive, _index(names, "archive"), new_numbers[rows[:, FORMAT]])
    keys, groups = np.unique(rows[:, :FIRST_MEASURE], axis=0, return_inverse=True)
    sums = np.zeros((len(keys), len(MEASURES)), dtype=np.int64)
    np.add.at(sums, groups.reshape(-1), rows[:, FIRST_MEASURE:])
    return names, np.hstack([keys, sums])


def _index(names: list[str], name: str) -> int:
    return names.index(name) if name in names else -1


def _with_capped_uniques(rows: np.ndarray, together: np.ndarray) -> np.ndarray:
    most = {(row[ITEM], row[METHOD]): row[UIR - 1 : UIR + 1] for row in together}
    for row in rows:
        whole = most.get((row[ITEM], row[METHOD]))
        if whole is not None:
            row[UIR - 1 : UIR + 1] = np.minimum(row[UIR - 1 : UIR + 1], whole)
    return rows


def _count_again(connection: sa.Connection, days: set[date]) -> None:
    closed = set(connection.scalars(sa.select(month_version.c.month)))
    for day in days:
        if day.replace(day=1) not in closed:
            touched = sa.update(day_account).where(day_account.c.day == day)
            connection.execute(touched.values(touched=day_account.c.touched + 1))


def _merge_figures(connection: sa.Connection) -> None:
    """Add up the figures of LC-09 by format, so that a closed period shows the same members as the next one."""
    query = sa.select(figure).where(
        figure.c.code == "LC-09", figure.c.dimension == "format", figure.c.member.in_((*CODES, *ENDINGS))
    )
    groups = defaultdict(list)
    for row in connection.execute(query.order_by(figure.c.id)):
        groups[row.period, row.version, row.measure, CODES.get(row.member, row.member)].append(row)
    for (_, _, _, code), rows in groups.items():
        first, *others = rows
        connection.execute(sa.delete(figure).where(figure.c.id.in_([row.id for row in others])))
        sums = {name: _sum([getattr(row, name) for row in rows]) for name in ("value", "numerator")}
        connection.execute(sa.update(figure).where(figure.c.id == first.id).values(member=code, **sums))


def _check_states() -> None:
    # SQLite makes the table anew; a partial index would become a whole one.
    op.drop_index("ix_wanted_material_standing", "wanted_material")
    with op.batch_alter_table("wanted_material") as table:
        table.create_check_constraint(op.f("ck_wanted_material_state"), STATES)
    op.create_index(
        "ix_wanted_material_standing",
        "wanted_material",
        ["folded"],
        unique=True,
        sqlite_where=STANDING,
        postgresql_where=STANDING,
    )


def _sum(texts: list[str | None]) -> str | None:
    known = [Decimal(text) for text in texts if text is not None]
    return f"{sum(known):f}" if known else None
