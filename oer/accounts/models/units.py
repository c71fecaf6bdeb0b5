"""Organisations: who publishes materials and owes indicators. Each of the 168 wards is one."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from oer.core.clock import now
from oer.core.db import Base

WARD = "ward"


class Unit(Base):
    """An organisation. A ward's code is its official 5-digit one; others choose a word.

    `kind` is a code of the vocabulary of unit kinds. `ward_code` says where the unit is (a ward's own code for a
    ward). `revision` is raised by each change that a material's index document or page would show, so that both are
    made anew.
    """

    __tablename__ = "unit"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[dict[str, str]]
    kind: Mapped[str] = mapped_column(String(40), index=True)
    ward_code: Mapped[str | None] = mapped_column(String(5), index=True)
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
