"""What workers say about themselves: that they live, and which jobs they ran and when."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from oer.core.clock import now
from oer.core.db import Base


class Worker(Base):
    """A worker process. Its scheduler writes `beat_at` every few seconds, so a hung one is found as a dead one is.

    `queue_at` is when it last ran a job out of the queue. `stopped_at` is set if it was stopped as it should be.
    """

    __tablename__ = "worker"

    id: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(default=now, index=True)
    beat_at: Mapped[datetime] = mapped_column(default=now)
    queue_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]


class JobRun(Base):
    """How one job goes in one worker: runs since the worker's start, and whether the last ones failed.

    `running_since` is the beginning of the longest run that is not over.
    """

    __tablename__ = "job_run"

    worker_id: Mapped[str] = mapped_column(sa.ForeignKey("worker.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    runs: Mapped[int] = mapped_column(default=0)
    failures: Mapped[int] = mapped_column(default=0)
    failures_in_a_row: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[float] = mapped_column(default=0.0)
    finished_at: Mapped[datetime | None]
    running_since: Mapped[datetime | None]
