"""Sketches of texts, by which near ones are found; comments, edits and planned publications of reviews."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from oer.core.db import UtcDateTime

revision = "0032"
down_revision = "0030"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


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
    _create_tables_of_reviews()


def _create_tables_of_reviews() -> None:
    op.create_table(
        "review_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("handled_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["version_id"], ["version.id"], name="fk_review_comment_version_id_version", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_review_comment"),
    )
    op.create_index("ix_review_comment_version_id", "review_comment", ["version_id"])
    op.create_table(
        "review_edit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("before", JSON, nullable=True),
        sa.Column("after", JSON, nullable=True),
        sa.Column("edited_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["version.id"], name="fk_review_edit_version_id_version", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_review_edit"),
    )
    op.create_index("ix_review_edit_version_id", "review_edit", ["version_id"])
    op.create_table(
        "planned_publication",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("seen", sa.String(), nullable=False),
        sa.Column("points", JSON, nullable=True),
        sa.Column("refusal", JSON, nullable=True),
        sa.ForeignKeyConstraint(
            ["version_id"], ["version.id"], name="fk_planned_publication_version_id_version", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name="fk_planned_publication_account_id_account", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("version_id", name="pk_planned_publication"),
    )
    op.create_index("ix_planned_publication_account_id", "planned_publication", ["account_id"])
    op.create_index("ix_planned_publication_day", "planned_publication", ["day"])
