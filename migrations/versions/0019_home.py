"""What home shows: the course or material of a week, the parts of a day, and pictures of collections."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "week_choice",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("material_id", sa.Integer),
        sa.Column("collection_id", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_week_choice"),
        sa.UniqueConstraint("starts_on", name="uq_week_choice_starts_on"),
        sa.ForeignKeyConstraint(
            ["material_id"], ["material.id"], name="fk_week_choice_material_id_material", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collection.id"], name="fk_week_choice_collection_id_collection", ondelete="CASCADE"
        ),
        sa.CheckConstraint("(material_id IS NULL) <> (collection_id IS NULL)", name=op.f("ck_week_choice_one_thing")),
    )
    op.create_index("ix_week_choice_material_id", "week_choice", ["material_id"])
    op.create_index("ix_week_choice_collection_id", "week_choice", ["collection_id"])
    op.create_table(
        "part_of_day",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("slot", sa.Integer, nullable=False),
        sa.Column("version_id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("file_number", sa.Integer, nullable=False),
        sa.Column("page", sa.Integer, nullable=False),
        sa.Column("last_page", sa.Integer, nullable=False),
        sa.Column("anchor", sa.String, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("last_title", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("day", "slot", name="pk_part_of_day"),
        sa.CheckConstraint("kind IN ('section', 'slides', 'recording', 'whole')", name=op.f("ck_part_of_day_kind")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["version.id"], name="fk_part_of_day_version_id_version", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_part_of_day_version_id", "part_of_day", ["version_id"])
    op.create_table(
        "collection_picture",
        sa.Column("collection_id", sa.Integer, nullable=False),
        sa.Column("blob_sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("collection_id", name="pk_collection_picture"),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collection.id"], name="fk_collection_picture_collection_id_collection",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["blob_sha256"], ["blob.sha256"], name="fk_collection_picture_blob_sha256_blob"),
    )
    op.create_index("ix_collection_picture_blob_sha256", "collection_picture", ["blob_sha256"])
