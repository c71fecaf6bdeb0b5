"""Fencing tokens for report builds, the rows behind computed figures, and `report_duty` as `report_assignment`."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from oer.core.db import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.add_column("report_build", sa.Column("lease_token", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_computed_figure_made_at", "computed_figure", ["made_at"])
    op.create_table(
        "figure_source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("table_name", sa.String(length=160), nullable=False),
        sa.Column("column_names", JSON, nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("first_rows", JSON, nullable=False),
        sa.Column("packed_rows", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kept_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_source")),
        sa.UniqueConstraint(
            "code", "period", "version", "position", name=op.f("uq_figure_source_code_period_version_position")
        ),
    )
    # A new table instead of a new name for the old one: its constraints are named after it.
    op.create_table(
        "report_assignment",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f("fk_report_assignment_indicator_id_indicator")
        ),
        sa.ForeignKeyConstraint(
            ["report_id"],
            ["unit_report.id"],
            name=op.f("fk_report_assignment_report_id_unit_report"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("report_id", "indicator_id", name=op.f("pk_report_assignment")),
    )
    op.create_index("ix_report_assignment_indicator_id", "report_assignment", ["indicator_id"])
    op.execute("INSERT INTO report_assignment (report_id, indicator_id) SELECT report_id, indicator_id FROM report_duty")
    op.drop_table("report_duty")
