"""Tables of what home shows beside lists (week, parts of a day), and of what stands around the materials of courses."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from oer.catalogue.models import Collection, Material
from oer.core.clock import now
from oer.core.db import Base, enum_type
from oer.files.models import BLOB_KEY

WEEK_DAYS = 7


class WeekChoice(Base):
    """A course or material that administrators chose for the week that begins on a day, whichever day that is."""

    __tablename__ = "week_choice"
    __table_args__ = (
        UniqueConstraint("starts_on"),
        CheckConstraint("(material_id IS NULL) <> (collection_id IS NULL)", name="one_thing"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    starts_on: Mapped[date]
    material_id: Mapped[int | None] = mapped_column(ForeignKey(Material.id, ondelete="CASCADE"), index=True)
    collection_id: Mapped[int | None] = mapped_column(ForeignKey(Collection.id, ondelete="CASCADE"), index=True)


class GroupCourse(Base):
    """A course that administrators chose for the page of one of the city's groups, in an order, and when they did."""

    __tablename__ = "group_course"

    audience: Mapped[str] = mapped_column(String(40), primary_key=True)
    collection_id: Mapped[int] = mapped_column(
        ForeignKey(Collection.id, ondelete="CASCADE"), primary_key=True, index=True
    )
    position: Mapped[int]
    chosen_at: Mapped[datetime] = mapped_column(default=now)


class PartKind(StrEnum):
    """What a part of a material is. `whole`: all of it, as long as its author says that it takes."""

    SECTION = "section"
    SLIDES = "slides"
    RECORDING = "recording"
    WHOLE = "whole"


class PartOfDay(Base):
    """What home offers on a day to those who have `slot` minutes: a part of a published version, and where it begins.

    `title` and `last_title` are headings of the file, "" for a whole file or a recording; `last_title` is that of the
    last section where there are several.
    """

    __tablename__ = "part_of_day"

    day: Mapped[date] = mapped_column(primary_key=True)
    slot: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id", ondelete="CASCADE"), index=True)
    kind: Mapped[PartKind] = mapped_column(enum_type(PartKind, "kind", length=16))
    file_number: Mapped[int]
    page: Mapped[int] = mapped_column(default=1)
    last_page: Mapped[int] = mapped_column(default=1)
    anchor: Mapped[str] = mapped_column(default="")
    title: Mapped[str] = mapped_column(default="")
    last_title: Mapped[str] = mapped_column(default="")


class CollectionPicture(Base):
    """The picture of a collection, as home and its page show it."""

    __tablename__ = "collection_picture"

    collection_id: Mapped[int] = mapped_column(ForeignKey(Collection.id, ondelete="CASCADE"), primary_key=True)
    blob_sha256: Mapped[str] = mapped_column(String(64), ForeignKey(BLOB_KEY), index=True)


class CollectionNote(Base):
    """A heading, a text or both between the materials of a collection: plain text, ordered among them by `position`."""

    __tablename__ = "collection_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collection.id", ondelete="CASCADE"), index=True)
    part_id: Mapped[int | None] = mapped_column(ForeignKey("collection_part.id", ondelete="SET NULL"))
    position: Mapped[int]
    heading: Mapped[dict[str, str]] = mapped_column(default=dict)
    text: Mapped[dict[str, str]] = mapped_column(default=dict)


class Prerequisite(Base):
    """What one should have learnt before a collection: another collection, or a material."""

    __tablename__ = "prerequisite"
    __table_args__ = (
        UniqueConstraint("collection_id", "needed_collection_id"),
        UniqueConstraint("collection_id", "needed_material_id"),
        CheckConstraint("(needed_collection_id IS NULL) <> (needed_material_id IS NULL)", name="one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    collection_id: Mapped[int] = mapped_column(ForeignKey("collection.id", ondelete="CASCADE"))
    needed_collection_id: Mapped[int | None] = mapped_column(
        ForeignKey("collection.id", ondelete="CASCADE"), index=True
    )
    needed_material_id: Mapped[int | None] = mapped_column(ForeignKey("material.id", ondelete="CASCADE"), index=True)
