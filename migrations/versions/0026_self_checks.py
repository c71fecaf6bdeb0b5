"""The questions of a version's self-check, kept with it as its files are."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("version", sa.Column("self_check", sa.String(), server_default="", nullable=False))
