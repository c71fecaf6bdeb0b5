"""What was searched for: how often, and which words are asked for in vain."""

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from oer.core.db import Base


class SearchFigure(Base):
    """Searches of one day in one language of the pages (COUNTER's Searches_Platform).

    `abandoned`: their visitor opened no result within half an hour.
    """

    __tablename__ = "search_figure"

    day: Mapped[date] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(10), primary_key=True)
    searches: Mapped[int]
    without_result: Mapped[int]
    abandoned: Mapped[int]


class QueryFigure(Base):
    """One query on one day, all its spellings together. Shown, and kept past 30 days, only from 5 visitors in a day."""

    __tablename__ = "query_figure"

    day: Mapped[date] = mapped_column(primary_key=True)
    folded: Mapped[str] = mapped_column(String(200), primary_key=True)
    words: Mapped[str] = mapped_column(String(200))
    """The spelling that most visitors used."""
    visitors: Mapped[int]
    searches: Mapped[int]
    without_result: Mapped[int]
    abandoned: Mapped[int]
