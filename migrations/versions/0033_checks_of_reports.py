"""Who checks which lines before the city, their approvals, comments at lines, and the role of a leader who only reads."""

import sqlalchemy as sa
from alembic import op

from oer.core.db import UtcDateTime

revision = "0033"
down_revision = "0029"
branch_labels = None
depends_on = None

EVERYWHERE = sa.text("unit_id IS NULL")
ROLES = "role IN ('learner', 'educator', 'reviewer', 'reporter', 'leader', 'admin')"


def upgrade() -> None:
    # SQLite makes the table anew; a partial index would become a whole one.
    op.drop_index("ix_role_grant_everywhere", "role_grant")
    with op.batch_alter_table("role_grant") as grant:
        grant.drop_constraint(op.f("ck_role_grant_role"), type_="check")
        grant.create_check_constraint(op.f("ck_role_grant_role"), ROLES)
    op.create_index(
        "ix_role_grant_everywhere",
        "role_grant",
        ["account_id", "role"],
        unique=True,
        sqlite_where=EVERYWHERE,
        postgresql_where=EVERYWHERE,
    )
    op.create_table(
        "line_checker",
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["round_id"], ["reporting_round.id"], name=op.f("fk_line_checker_round_id_reporting_round"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f("fk_line_checker_indicator_id_indicator")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_line_checker_unit_id_unit")),
        sa.PrimaryKeyConstraint("round_id", "indicator_id", name=op.f("pk_line_checker")),
    )  # fmt: skip
    op.create_index(op.f("ix_line_checker_unit_id"), "line_checker", ["unit_id"])
    op.create_index(op.f("ix_line_checker_indicator_id"), "line_checker", ["indicator_id"])
    op.create_table(
        "part_approval",
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("approved_at", UtcDateTime(), nullable=False),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"], ["unit_report.id"], name=op.f("fk_part_approval_report_id_unit_report"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_part_approval_unit_id_unit")),
        sa.PrimaryKeyConstraint("report_id", "unit_id", name=op.f("pk_part_approval")),
    )
    op.create_index(op.f("ix_part_approval_unit_id"), "part_approval", ["unit_id"])
    op.create_table(
        "line_comment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("indicator_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"], ["unit_report.id"], name=op.f("fk_line_comment_report_id_unit_report"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["indicator_id"], ["indicator.id"], name=op.f("fk_line_comment_indicator_id_indicator")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line_comment")),
    )
    op.create_index(op.f("ix_line_comment_report_id"), "line_comment", ["report_id"])
    op.create_index(op.f("ix_line_comment_indicator_id"), "line_comment", ["indicator_id"])
