"""The index of withdrawals holds what was withdrawn, and nothing else."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WITHDRAWN = sa.text("withdrawn_at IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_material_withdrawn_at", "material")
    op.create_index(
        "ix_material_withdrawn_at",
        "material",
        ["withdrawn_at"],
        sqlite_where=WITHDRAWN,
        postgresql_where=WITHDRAWN,
    )
