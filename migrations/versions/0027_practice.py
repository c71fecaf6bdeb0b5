"""Questions that somebody has practised, with when they come back; the goal of a week."""

import sqlalchemy as sa
from alembic import op

from oer.core.db import UtcDateTime

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "practised_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("material_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("stability", sa.Double(), nullable=False),
        sa.Column("difficulty", sa.Double(), nullable=False),
        sa.Column("reviewed_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("first_asked_at", UtcDateTime(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=True),
        sa.Column("was_right", sa.Boolean(), nullable=False),
        sa.Column("before_stability", sa.Double(), nullable=True),
        sa.Column("before_difficulty", sa.Double(), nullable=True),
        sa.Column("before_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("stability > 0 AND difficulty > 0", name=op.f("ck_practised_question_memory")),
        sa.CheckConstraint("is_new = (asked_at IS NULL)", name=op.f("ck_practised_question_asked")),
        *_keys("practised_question", "account", "material"),
        sa.PrimaryKeyConstraint("id", name="pk_practised_question"),
        sa.UniqueConstraint(
            "account_id", "material_id", "digest", name="uq_practised_question_account_id_material_id_digest"
        ),
    )
    op.create_index("ix_practised_question_due", "practised_question", ["account_id", "is_new", "due_at"])
    op.create_index("ix_practised_question_asked", "practised_question", ["account_id", "asked_at"])
    op.create_index("ix_practised_question_in", "practised_question", ["material_id", "version_id"])
    op.create_index("ix_practised_question_reviewed_at", "practised_question", ["reviewed_at"])
    op.create_table(
        "weekly_goal",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("days BETWEEN 1 AND 7", name=op.f("ck_weekly_goal_days")),
        *_keys("weekly_goal", "account"),
        sa.PrimaryKeyConstraint("account_id", name="pk_weekly_goal"),
    )


def _keys(table: str, *others: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            [f"{other}_id"], [f"{other}.id"], name=f"fk_{table}_{other}_id_{other}", ondelete="CASCADE"
        )
        for other in others
    ]
