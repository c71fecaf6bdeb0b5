"""Workers say that they live and how their jobs go; alarms are kept until they are over."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "worker",
        sa.Column("id", sa.String, nullable=False),
        sa.Column("host", sa.String, nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("beat_at", MOMENT, nullable=False),
        sa.Column("queue_at", MOMENT),
        sa.Column("stopped_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_worker"),
    )
    op.create_index("ix_worker_started_at", "worker", ["started_at"])
    op.create_table(
        "job_run",
        sa.Column("worker_id", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("runs", sa.Integer, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failures_in_a_row", sa.Integer, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("finished_at", MOMENT),
        sa.Column("running_since", MOMENT),
        sa.ForeignKeyConstraint(["worker_id"], ["worker.id"], name="fk_job_run_worker_id_worker", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("worker_id", "name", name="pk_job_run"),
    )
    op.create_table(
        "alarm",
        sa.Column("key", sa.String, nullable=False),
        sa.Column("part", sa.String, nullable=False),
        sa.Column("message", sa.String, nullable=False),
        sa.Column("values", JSON, nullable=False),
        sa.Column("path", sa.String, nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("over_at", MOMENT),
        sa.Column("told", sa.Integer, nullable=False),
        sa.Column("told_at", MOMENT),
        sa.PrimaryKeyConstraint("key", name="pk_alarm"),
    )
