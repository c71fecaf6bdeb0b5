"""Notes and prerequisites of collections; diary, started courses and statements of learners; keys that sign these."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from oer.core.db import UtcDateTime

revision = "0028"
down_revision = "0035"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), nullable=False)


def _key(table: str, column: str, target: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}", ondelete=ondelete
    )


def upgrade() -> None:
    op.create_table(
        "collection_note",
        _id(),
        sa.Column("collection_id", sa.Integer(), nullable=False),
        sa.Column("part_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("heading", JSON, nullable=False),
        sa.Column("text", JSON, nullable=False),
        _key("collection_note", "collection_id", "collection"),
        _key("collection_note", "part_id", "collection_part", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_collection_note"),
    )
    op.create_index("ix_collection_note_collection_id", "collection_note", ["collection_id"])
    op.create_table(
        "prerequisite",
        _id(),
        sa.Column("collection_id", sa.Integer(), nullable=False),
        sa.Column("needed_collection_id", sa.Integer(), nullable=True),
        sa.Column("needed_material_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(needed_collection_id IS NULL) <> (needed_material_id IS NULL)", name=op.f("ck_prerequisite_one")
        ),
        _key("prerequisite", "collection_id", "collection"),
        _key("prerequisite", "needed_collection_id", "collection"),
        _key("prerequisite", "needed_material_id", "material"),
        sa.PrimaryKeyConstraint("id", name="pk_prerequisite"),
        sa.UniqueConstraint(
            "collection_id", "needed_collection_id", name="uq_prerequisite_collection_id_needed_collection_id"
        ),
        sa.UniqueConstraint(
            "collection_id", "needed_material_id", name="uq_prerequisite_collection_id_needed_material_id"
        ),
    )
    op.create_index("ix_prerequisite_needed_collection_id", "prerequisite", ["needed_collection_id"])
    op.create_index("ix_prerequisite_needed_material_id", "prerequisite", ["needed_material_id"])
    op.create_table(
        "diary_entry",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("material_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        _key("diary_entry", "account_id", "account"),
        _key("diary_entry", "material_id", "material"),
        sa.PrimaryKeyConstraint("account_id", "day", "material_id", name="pk_diary_entry"),
    )
    op.create_index("ix_diary_entry_material_id", "diary_entry", ["material_id"])
    op.create_table(
        "started_course",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("course", sa.String(length=100), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        _key("started_course", "account_id", "account"),
        sa.PrimaryKeyConstraint("account_id", "course", name="pk_started_course"),
    )
    op.create_index("ix_started_course_started_at", "started_course", ["started_at"])
    op.create_index("ix_started_course_finished_at", "started_course", ["finished_at"])
    op.create_table(
        "completion_statement",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("course", sa.String(length=100), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("seal", sa.Text(), nullable=False),
        _key("completion_statement", "account_id", "account"),
        sa.PrimaryKeyConstraint("code", name="pk_completion_statement"),
        sa.UniqueConstraint("account_id", "course", name="uq_completion_statement_account_id_course"),
        sa.UniqueConstraint("place", name="uq_completion_statement_place"),
    )
    op.create_table(
        "statement_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("public_key", JSON, nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_statement_key"),
        sa.UniqueConstraint("kid", name="uq_statement_key_kid"),
    )
