"""Files have a number within their material that lasts, a title and a description; earlier versions can be closed.

Addresses of files name that number. What was published keeps its addresses: its numbers are the places that addresses
named before. Files of other versions have the number of what is certainly or very likely the same file (the same bytes,
else the same name); others of earlier versions keep their place where no file has that number, else they get a new one.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from oer.core.db import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


class File(NamedTuple):
    id: int
    place: int
    name: str
    sha256: str


class NumberedFile(NamedTuple):
    number: int
    file: File


def upgrade() -> None:
    op.add_column("material", sa.Column("last_file_number", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("version", sa.Column("closed_at", UtcDateTime(), nullable=True))
    op.add_column("version_file", sa.Column("number", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("version_file", sa.Column("title", JSON, nullable=False, server_default=sa.text("'{}'")))
    op.add_column("version_file", sa.Column("description", JSON, nullable=False, server_default=sa.text("'{}'")))
    op.execute("UPDATE version_file SET number = position")
    _number_materials_with_versions(op.get_bind())
    op.execute(
        "UPDATE material SET last_file_number = coalesce((SELECT max(f.number) FROM version_file f"
        " JOIN version v ON v.id = f.version_id WHERE v.material_id = material.id), 0)"
    )
    op.create_index("ix_version_file_number", "version_file", ["version_id", "number"], unique=True)


def _number_materials_with_versions(connection: sa.Connection) -> None:
    """Set the numbers of the files of all materials of which more than one version has files."""
    rows = connection.execute(
        sa.text(
            "SELECT v.material_id, v.id = coalesce(m.current_version_id, 0) AS is_current, v.number AS version,"
            " v.state, f.id, f.position, f.name, f.blob_sha256"
            " FROM version_file f JOIN version v ON v.id = f.version_id JOIN material m ON m.id = v.material_id"
            " WHERE v.material_id IN (SELECT material_id FROM version GROUP BY material_id HAVING count(*) > 1)"
            " ORDER BY v.material_id, is_current DESC, v.number DESC, f.position"
        )
    ).all()
    changed = [
        {"file": each.file.id, "given": each.number}
        for _, of_material in groupby(rows, lambda row: row.material_id)
        for each in _numbered(list(of_material))
        if each.number != each.file.place
    ]
    if changed:
        connection.execute(sa.text("UPDATE version_file SET number = :given WHERE id = :file"), changed)


def _numbered(rows: Sequence[Any]) -> Iterator[NumberedFile]:
    """Yield the files of a material with their numbers: the published version first, drafts last."""
    known: list[NumberedFile] = []
    versions = [(key, list(each)) for key, each in groupby(rows, lambda row: (row.version, row.state))]
    for (_, state), files in sorted(versions, key=lambda each: each[0][1] in ("draft", "in_review")):
        keeps_places = not known or state in ("published", "superseded")
        numbers = _numbers_of_version(known, [File(*row[4:]) for row in files], keeps_places)
        yield from numbers
        known += numbers


def _numbers_of_version(known: Sequence[NumberedFile], files: Sequence[File], keeps_places: bool) -> list[NumberedFile]:
    numbers: dict[int, int] = {}
    for is_same in (
        lambda one, other: (one.sha256, one.name) == (other.sha256, other.name),
        lambda one, other: one.sha256 == other.sha256,
        lambda one, other: one.name == other.name,
    ):
        for file in files:
            free = (each for each in known if each.number not in numbers.values() and is_same(each.file, file))
            if file.id not in numbers and (found := next(free, None)):
                numbers[file.id] = found.number
    used = {each.number for each in known} | set(numbers.values())
    for file in files:
        if file.id not in numbers:
            is_free = keeps_places and file.place not in used
            numbers[file.id] = file.place if is_free else max(used | {each.place for each in files}) + 1
            used.add(numbers[file.id])
    return [NumberedFile(numbers[file.id], file) for file in files]
