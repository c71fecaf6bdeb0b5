"""Table of alarms: what is or was wrong with the installation, and whether administrators were told."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from oer.core.clock import now
from oer.core.db import Base


class Alarm(Base):
    """Trouble that was observed, under the key of its observation; a damaged file is `blob:<sha256>`.

    It is open until a round finds it gone (`over_at`). `told` counts the mails to administrators.
    """

    __tablename__ = "alarm"

    key: Mapped[str] = mapped_column(primary_key=True)
    part: Mapped[str]
    message: Mapped[str]
    values: Mapped[dict[str, Any]]
    path: Mapped[str] = mapped_column(default="")
    since: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)
    over_at: Mapped[datetime | None]
    told: Mapped[int] = mapped_column(default=0)
    told_at: Mapped[datetime | None]
