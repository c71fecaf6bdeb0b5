"""Administrators add lines of other names, and remove some that come with the software."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "other_name_line",
        sa.Column("line", sa.String, nullable=False),
        sa.Column("is_removed", sa.Boolean, nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("line", name="pk_other_name_line"),
    )
