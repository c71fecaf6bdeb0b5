"""Totals packed by month, for questions over years: where they are missing.

The first schema once went out without these tables, then with them; a database of either kind ends with them here.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    if sa.inspect(op.get_bind()).has_table("usage_pack"):
        return
    op.create_table(
        "usage_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usage_item")),
        sa.UniqueConstraint("key", name=op.f("uq_usage_item_key")),
    )
    op.create_table(
        "usage_pack",
        sa.Column("begins", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("formats", JSON, nullable=False),
        sa.Column("together", sa.LargeBinary(), nullable=False),
        sa.Column("by_format", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("begins", "version", name=op.f("pk_usage_pack")),
    )
