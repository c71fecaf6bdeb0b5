"""What administrators changed about the other names of things."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from oer.core.clock import now
from oer.core.db import Base


class OtherNameLine(Base):
    """A line of other names: added by an administrator, or one that comes with the software and was removed."""

    __tablename__ = "other_name_line"

    line: Mapped[str] = mapped_column(primary_key=True)
    is_removed: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(default=now)
