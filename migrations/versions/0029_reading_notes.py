"""Notes and highlights that readers keep for themselves, by their consent to a history."""

import sqlalchemy as sa
from alembic import op

from oer.core.db import UtcDateTime

revision = "0029"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reading_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("material_id", sa.Integer(), nullable=False),
        sa.Column("file_number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("quote", sa.String(length=600), nullable=False),
        sa.Column("before", sa.String(length=80), nullable=False),
        sa.Column("after", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('page', 'second')", name=op.f("ck_reading_note_kind")),
        sa.CheckConstraint("quote <> '' OR words <> ''", name=op.f("ck_reading_note_says")),
        sa.CheckConstraint("place >= 0 AND position >= 0", name=op.f("ck_reading_note_place")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_reading_note_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["material_id"], ["material.id"], name=op.f("fk_reading_note_material_id_material"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_note")),
    )
    op.create_index("ix_reading_note_of", "reading_note", ["account_id", "material_id", "file_number"])
    op.create_index(op.f("ix_reading_note_material_id"), "reading_note", ["material_id"])
