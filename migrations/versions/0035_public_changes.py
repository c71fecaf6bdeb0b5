"""When what everybody sees of a material last changed: what harvesters ask by."""

import sqlalchemy as sa
from alembic import op

from oer.core.db import UtcDateTime

revision = "0035"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("material", sa.Column("changed_at", UtcDateTime(), nullable=True))
    op.execute(
        "UPDATE material SET changed_at = coalesce(withdrawn_at, published_at) WHERE current_version_id IS NOT NULL"
    )
    op.create_index("ix_material_changed_at", "material", ["changed_at", "id"])
    op.create_index("ix_material_published_at", "material", ["published_at"])
