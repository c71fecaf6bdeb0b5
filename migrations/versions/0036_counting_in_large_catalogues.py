"""Indexes that count the materials of a term without reading a row of the tables."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0028"
branch_labels = None
depends_on = None

_PUBLIC = sa.text("current_version_id IS NOT NULL AND withdrawn_at IS NULL")


def upgrade() -> None:
    op.drop_index("ix_version_term_scheme_code", "version_term")
    op.create_index("ix_version_term_scheme_code_version_id", "version_term", ["scheme", "code", "version_id"])
    op.create_index(
        "ix_material_public", "material", ["current_version_id"], sqlite_where=_PUBLIC, postgresql_where=_PUBLIC
    )
