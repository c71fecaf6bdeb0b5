"""What is read together: by how many visitors of one day, and never by whom."""

from datetime import date

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from oer.core.db import Base


class ReadTogether(Base):
    """How many visitors asked for both of two items on one day. A row is there only from 5 visitors on.

    Each pair stands here both ways, so that what was read along with an item is found by the item alone.
    """

    __tablename__ = "read_together"
    __table_args__ = (Index("ix_read_together_item", "item", "day"), {"sqlite_with_rowid": False})

    day: Mapped[date] = mapped_column(primary_key=True)
    item: Mapped[str] = mapped_column(String(100), primary_key=True)
    other: Mapped[str] = mapped_column(String(100), primary_key=True)
    visitors: Mapped[int]
