"""States of versions and roles of files are checked by the database; renditions have a lease token.

The foreign key of a file to its blob has the name that it has elsewhere.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('draft', 'in_review')")
STATES = "state IN ('draft', 'in_review', 'published', 'superseded')"
ROLES = "role IN ('content', 'cover', 'captions', 'transcript')"


def upgrade() -> None:
    # SQLite makes the tables anew; a partial index would become a whole one.
    op.drop_index("ix_version_open", "version")
    with op.batch_alter_table("version") as version:
        version.alter_column("state", type_=sa.String(20), existing_type=sa.String(), existing_nullable=False)
        version.create_check_constraint(op.f("ck_version_state"), STATES)
    op.create_index(
        "ix_version_open", "version", ["material_id"], unique=True, sqlite_where=OPEN, postgresql_where=OPEN
    )
    op.drop_index("ix_version_file_blob_id", "version_file")
    with op.batch_alter_table("version_file") as file:
        file.alter_column("role", type_=sa.String(20), existing_type=sa.String(), existing_nullable=False)
        file.drop_constraint("fk_version_file_blob_id_blob", type_="foreignkey")
        file.alter_column("blob_id", new_column_name="blob_sha256", existing_type=sa.String(), existing_nullable=False)
    with op.batch_alter_table("version_file") as file:
        file.create_foreign_key(op.f("fk_version_file_blob_sha256_blob"), "blob", ["blob_sha256"], ["sha256"])
        file.create_check_constraint(op.f("ck_version_file_role"), ROLES)
    op.create_index("ix_version_file_blob_sha256", "version_file", ["blob_sha256"])
    op.add_column("rendition", sa.Column("lease_token", sa.Integer(), nullable=False, server_default="0"))
    # It takes the place of `tries` in the signatures that the search index compares: equal, so nothing is indexed again.
    op.execute("UPDATE rendition SET lease_token = tries")
