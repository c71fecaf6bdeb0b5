"""Saved materials, own lists, how far somebody came in a material and what they finished."""

import sqlalchemy as sa
from alembic import op

from oer.core.db import UtcDateTime

revision = "0023"
down_revision = "0017"
branch_labels = None
depends_on = None

PLACE_KINDS = ("page", "second")


def _account() -> sa.Column[int]:
    return sa.Column("account_id", sa.Integer(), nullable=False)


def _of_account_and_material(table: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=f"fk_{table}_account_id_account", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["material_id"], ["material.id"], name=f"fk_{table}_material_id_material", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "material_id", name=f"pk_{table}"),
    ]


def _kind(name: str, *, nullable: bool) -> sa.Column[str]:
    of = sa.Enum(*PLACE_KINDS, name=name, native_enum=False, create_constraint=True, length=8)
    return sa.Column(name, of, nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "shelf_item",
        _account(),
        sa.Column("material_id", sa.Integer(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        *_of_account_and_material("shelf_item"),
    )
    op.create_index("ix_shelf_item_of", "shelf_item", ["account_id", "saved_at"])
    op.create_index("ix_shelf_item_material_id", "shelf_item", ["material_id"])
    op.create_table(
        "own_list",
        sa.Column("id", sa.Integer(), nullable=False),
        _account(),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("share_token", sa.String(length=64), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("title <> ''", name=op.f("ck_own_list_titled")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_own_list_account_id_account", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_own_list"),
        sa.UniqueConstraint("share_token", name="uq_own_list_share_token"),
    )
    op.create_index("ix_own_list_account_id", "own_list", ["account_id"])
    op.create_table(
        "own_list_item",
        sa.Column("list_id", sa.Integer(), nullable=False),
        sa.Column("material_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_own_list_item_position")),
        sa.ForeignKeyConstraint(
            ["list_id"], ["own_list.id"], name="fk_own_list_item_list_id_own_list", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["material_id"], ["material.id"], name="fk_own_list_item_material_id_material", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("list_id", "material_id", name="pk_own_list_item"),
    )
    op.create_index("ix_own_list_item_material_id", "own_list_item", ["material_id"])
    _create_progress()


def _create_progress() -> None:
    op.create_table(
        "reading_position",
        _account(),
        sa.Column("material_id", sa.Integer(), nullable=False),
        sa.Column("file_number", sa.Integer(), nullable=False),
        _kind("kind", nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(length=16), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.Column("before_file", sa.Integer(), nullable=True),
        _kind("before_kind", nullable=True),
        sa.Column("before_place", sa.Integer(), nullable=True),
        sa.Column("before_total", sa.Integer(), nullable=True),
        sa.Column("before_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("place >= 0 AND total >= 0", name=op.f("ck_reading_position_place")),
        sa.CheckConstraint("(before_at IS NULL) = (before_place IS NULL)", name=op.f("ck_reading_position_before")),
        *_of_account_and_material("reading_position"),
    )
    op.create_index("ix_reading_position_of", "reading_position", ["account_id", "saved_at"])
    op.create_index("ix_reading_position_material_id", "reading_position", ["material_id"])
    op.create_table(
        "finished_material",
        _account(),
        sa.Column("material_id", sa.Integer(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=False),
        *_of_account_and_material("finished_material"),
    )
    op.create_index("ix_finished_material_of", "finished_material", ["account_id", "finished_at"])
    op.create_index("ix_finished_material_material_id", "finished_material", ["material_id"])
