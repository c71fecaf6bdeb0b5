"""Totals once more, in the form that questions over many months are answered from in a moment.

What stands here is derived: it is written in the transaction of the rows that it repeats, and can be made from them.
"""

from datetime import date

import sqlalchemy as sa
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from oer.core.db import Base


class UsageItem(Base):
    """A small number for an item's key."""

    __tablename__ = "usage_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(100), unique=True)


class UsagePack(Base):
    """All rows of a day (version 0), or of a closed month in one version, as two matrices of whole numbers.

    A row is: item, access method, format, then the measures. `formats` names the numbers of the formats.
    """

    __tablename__ = "usage_pack"

    begins: Mapped[date] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    formats: Mapped[list[str]]
    together: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """The rows of the format `all`."""
    by_format: Mapped[bytes] = mapped_column(sa.LargeBinary)
    """The rows of every other format."""
