"""By which recipe the data version of a figure was made; why a line of a report was changed after it was published."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("computed_figure", sa.Column("recipe", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("observation_change", sa.Column("reason", sa.String(1000), nullable=False, server_default=""))
