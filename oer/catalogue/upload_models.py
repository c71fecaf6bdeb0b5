"""What is on its way and no file of a draft yet: uploads that go on after a cut, and batches of many files.

Their bytes lie in folders of the instance (`services.uploads`, `services.batches`); the rows say how many count.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from oer.core.clock import now
from oer.core.db import Base, JsonValue, enum_type
from oer.core.ids import new_token
from oer.core.leases import Leased


class UploadState(StrEnum):
    """What became of an upload. `open`: bytes are still to come, or all are there and are to be taken."""

    OPEN = "open"
    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"


class BatchKind(StrEnum):
    """What a batch is: files that become materials, or a sheet that describes them."""

    FILES = "files"
    SHEET = "sheet"


class BatchState(StrEnum):
    """Where a batch stands. `open`: files may still be added; `running`: materials are made."""

    OPEN = "open"
    CHECKING = "checking"
    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Upload(Base):
    """A file that comes in pieces (tus 1.0). Of its bytes the first `received` are on the disk, and no others count.

    It becomes a file of the draft of `material_id`, or of a draft of its own, or of the batch `batch_id`. `name` may be
    a path in a batch. `result` says which file it became; `refusal` is the error why it became none.
    """

    __tablename__ = "upload"
    __table_args__ = (sa.CheckConstraint("received >= 0 AND received <= size", name="received"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True, default=new_token)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    material_id: Mapped[int | None] = mapped_column(ForeignKey("material.id", ondelete="CASCADE"), index=True)
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("batch.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    size: Mapped[int] = mapped_column(sa.BigInteger)
    received: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    # As its client wrote it: the protocol has it given back.
    told: Mapped[str] = mapped_column(default="")
    # When the file was last changed on its owner's machine, in ms: with name and size it tells which file it is.
    modified: Mapped[str] = mapped_column(String(20), default="")
    state: Mapped[UploadState] = mapped_column(enum_type(UploadState, "state"), default=UploadState.OPEN)
    result: Mapped[dict[str, Any] | None] = mapped_column(JsonValue)
    refusal: Mapped[dict[str, Any] | None] = mapped_column(JsonValue)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)

    @property
    def is_open(self) -> bool:
        """Whether bytes may still come, or all are there and wait to be taken."""
        return self.state is UploadState.OPEN

    @property
    def is_whole(self) -> bool:
        """Whether all bytes are there."""
        return self.received == self.size


class Batch(Leased, Base):
    """Many files, or a sheet with its files, on their way to become materials of an account.

    `choices` is what its owner chose; `done` of `total` says how far the present work is; `report` what it found.
    """

    __tablename__ = "batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    kind: Mapped[BatchKind] = mapped_column(enum_type(BatchKind, "kind"))
    state: Mapped[BatchState] = mapped_column(enum_type(BatchState, "state"), default=BatchState.OPEN, index=True)
    choices: Mapped[dict[str, Any]] = mapped_column(default=dict)
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)

    @property
    def key(self) -> str:
        """What its work is done once by: SQLite gives the number of a deleted batch to the next one."""
        return f"batch-{self.id}-{self.created_at:%Y%m%d%H%M%S%f}"

    @property
    def is_at_work(self) -> bool:
        """Whether the worker is to do something with it."""
        return self.state in {BatchState.CHECKING, BatchState.RUNNING}
