"""People are told apart by the exact spelling of their names, in one form, and listed in the order of the alphabet.

Both are computed as the catalogue computes them for new rows; if it ever does so otherwise, another migration has to
compute them anew.
"""

import sqlalchemy as sa
from alembic import op

from oer.vietnamese.keys import collation_key
from oer.vietnamese.names import name_key

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

AT_ONCE = 1000
contributor = sa.table(
    "contributor",
    sa.column("version_id", sa.Integer),
    sa.column("position", sa.Integer),
    sa.column("name", sa.String),
    sa.column("key", sa.String),
    sa.column("sort_key", sa.LargeBinary),
)


def upgrade() -> None:
    with op.batch_alter_table("contributor") as table:
        table.add_column(sa.Column("key", sa.String, nullable=False, server_default=""))
        table.add_column(sa.Column("sort_key", sa.LargeBinary))
    connection = op.get_bind()
    rows = connection.execute(sa.select(contributor.c.version_id, contributor.c.position, contributor.c.name)).all()
    changed = sa.update(contributor).where(
        contributor.c.version_id == sa.bindparam("of_version"), contributor.c.position == sa.bindparam("at")
    )
    for first in range(0, len(rows), AT_ONCE):
        values = [
            {"of_version": version, "at": at, "key": name_key(name), "sort_key": collation_key(name).encode()}
            for version, at, name in rows[first : first + AT_ONCE]
        ]
        connection.execute(changed, values)
    with op.batch_alter_table("contributor") as table:
        table.alter_column("key", server_default=None)
        table.alter_column("sort_key", nullable=False)
        table.create_index("ix_contributor_key", ["key"])
        table.create_index("ix_contributor_sort_key", ["sort_key"])
