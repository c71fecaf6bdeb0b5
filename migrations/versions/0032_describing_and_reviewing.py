"""Sketches of texts, by which near ones are found."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "text_sketch",
        sa.Column("blob_sha256", sa.String(64), nullable=False),
        sa.Column("features", sa.LargeBinary(), nullable=False),
        sa.Column("shingles", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["blob_sha256"], ["blob.sha256"], name="fk_text_sketch_blob_sha256_blob", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("blob_sha256", name="pk_text_sketch"),
    )
    op.create_table(
        "text_sketch_key",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("blob_sha256", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["blob_sha256"],
            ["text_sketch.blob_sha256"],
            name="fk_text_sketch_key_blob_sha256_text_sketch",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("key", "blob_sha256", name="pk_text_sketch_key"),
    )
    op.create_index("ix_text_sketch_key_blob_sha256", "text_sketch_key", ["blob_sha256"])
