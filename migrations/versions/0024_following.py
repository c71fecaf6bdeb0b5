"""What people follow, and who wants a mail about it each week."""

import sqlalchemy as sa
from alembic import op

from oer.core.db import UtcDateTime

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kind = sa.Enum("subject", "course", "unit", name="kind", native_enum=False, create_constraint=True, length=8)
    op.create_table(
        "following",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", kind, nullable=False),
        sa.Column("target", sa.String(length=100), nullable=False),
        sa.Column("followed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("target <> ''", name=op.f("ck_following_target")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_following_account_id_account", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_following"),
        sa.UniqueConstraint("account_id", "kind", "target", name="uq_following_account_id_kind_target"),
    )
    op.create_table(
        "weekly_digest",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("told_until", UtcDateTime(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_weekly_digest_account_id_account", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name="pk_weekly_digest"),
        sa.UniqueConstraint("token", name="uq_weekly_digest_token"),
    )
    op.create_index("ix_weekly_digest_next_at", "weekly_digest", ["next_at"])
