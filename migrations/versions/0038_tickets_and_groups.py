"""Reports of problems that are followed by a secret address; courses for groups, and what groups use."""

import sqlalchemy as sa
from alembic import op

from oer.core.db import UtcDateTime

revision = "0038"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("problem_report", sa.Column("follow_hash", sa.String(length=64), nullable=True))
    op.create_index("ix_problem_report_follow_hash", "problem_report", ["follow_hash"], unique=True)
    op.create_table(
        "group_course",
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("collection_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("chosen_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["collection.id"],
            name="fk_group_course_collection_id_collection",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("audience", "collection_id", name="pk_group_course"),
    )
    op.create_index("ix_group_course_collection_id", "group_course", ["collection_id"])
    op.create_table(
        "group_use",
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("item", sa.String(length=100), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.CheckConstraint("people >= 10", name=op.f("ck_group_use_enough")),
        sa.PrimaryKeyConstraint("audience", "item", name="pk_group_use"),
    )
