"""Tables of stored files. A blob is identified by the SHA-256 of its content.

A foreign key to `blob.sha256`, in any table, keeps the blob from being deleted; its column is named `blob_sha256`, or
says more. Those marked `info={"derived": True}` do not: such a row is made from the blob and deleted with it.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from oer.core.clock import now
from oer.core.db import Base, enum_type
from oer.core.leases import Leased

BLOB_KEY = "blob.sha256"
DERIVED = {"derived": True}


class Condition(StrEnum):
    """Whether a blob's bytes still match its hash, as of the last check."""

    WHOLE = "whole"
    DAMAGED = "damaged"
    MISSING = "missing"


class ScanState(StrEnum):
    """Result of the malware scan. `waiting`: not scanned yet; `unscanned`: no scanner, or too large for it."""

    UNSCANNED = "unscanned"
    CLEAN = "clean"
    WAITING = "waiting"
    INFECTED = "infected"


class Blob(Base):
    """Content, stored once however often it is used.

    While `leaving` is set the blob is being deleted and its bytes may be gone; whoever saves the same content again
    clears the mark and restores the bytes. `media_type` is as detected at the first upload. `found_unreferenced_at` is
    when garbage collection first found no reference to it, `replicated_at` when the second store was seen to have it.
    """

    __tablename__ = "blob"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    media_type: Mapped[str] = mapped_column(String(127))
    macros: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
    condition: Mapped[Condition] = mapped_column(enum_type(Condition, "condition", length=16), default=Condition.WHOLE)
    last_checked_at: Mapped[datetime | None] = mapped_column(index=True)
    scan_state: Mapped[ScanState] = mapped_column(
        enum_type(ScanState, "scan_state", length=16), default=ScanState.UNSCANNED
    )
    scan_finding: Mapped[str] = mapped_column(String(200), default="")
    found_unreferenced_at: Mapped[datetime | None] = mapped_column(index=True)
    leaving: Mapped[bool] = mapped_column(default=False)
    replicated_at: Mapped[datetime | None] = mapped_column(index=True)


class RenditionState(StrEnum):
    """State of a rendition. All but `waiting` and `running` are final."""

    WAITING = "waiting"
    RUNNING = "running"
    OK = "ok"
    NO_TEXT = "no_text"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    LIMIT = "limit"
    UNSUPPORTED = "unsupported"
    FAILED = "failed"


UNFINISHED = (RenditionState.WAITING, RenditionState.RUNNING)


class Rendition(Leased, Base):
    """What one version of the extractor made of a blob: text by page, facts, a cover; or the reason why not.

    `tries` counts beginnings, so that a file that kills its worker is given up. `facts` are those of
    `oer.backends.extraction.protocol.Facts`.
    """

    __tablename__ = "rendition"
    __table_args__ = (sa.UniqueConstraint("blob_sha256", "extractor_version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    blob_sha256: Mapped[str] = mapped_column(ForeignKey(BLOB_KEY, ondelete="CASCADE", info=DERIVED))
    extractor_version: Mapped[int]
    state: Mapped[RenditionState] = mapped_column(
        enum_type(RenditionState, "state", length=16), default=RenditionState.WAITING, index=True
    )
    tries: Mapped[int] = mapped_column(default=0)
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    cover_sha256: Mapped[str | None] = mapped_column(ForeignKey(BLOB_KEY), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]

    blob: Mapped[Blob] = relationship(foreign_keys=[blob_sha256])
    cover: Mapped[Blob | None] = relationship(foreign_keys=[cover_sha256])

    @property
    def is_unfinished(self) -> bool:
        """Whether its text and facts are still to come."""
        return self.state in UNFINISHED


class RenditionPage(Base):
    """A page, slide, sheet, chapter or section: its text, and unsanitised HTML if it has structure.

    Numbers count from 1. `label` is the document's own name for it ("iv", "Chương 2"), or empty.
    """

    __tablename__ = "rendition_page"

    rendition_id: Mapped[int] = mapped_column(ForeignKey("rendition.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    html: Mapped[str] = mapped_column(default="")


class FixityCheck(Base):
    """One check of a blob's bytes against its hash."""

    __tablename__ = "fixity_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    blob_sha256: Mapped[str] = mapped_column(ForeignKey(BLOB_KEY, ondelete="CASCADE", info=DERIVED), index=True)
    checked_at: Mapped[datetime] = mapped_column(default=now, index=True)
    found: Mapped[Condition] = mapped_column(enum_type(Condition, "found", length=16))


class GarbageCollectionHold(Base):
    """No blob is deleted until this has expired: a backup is being taken."""

    __tablename__ = "collection_hold"

    id: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(String(200))
    until: Mapped[datetime]


class StoreOwner(Base):
    """One row: the id under which this database owns its file store."""

    __tablename__ = "store_owner"
    __table_args__ = (sa.CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    database_id: Mapped[str] = mapped_column(String(64))


class TextSketch(Base):
    """What the text of a blob is about and says, in a few hundred bytes: see `oer.files.likeness`, which reads it.

    It is made of the newest text, and is empty where there is none.
    """

    __tablename__ = "text_sketch"

    blob_sha256: Mapped[str] = mapped_column(ForeignKey(BLOB_KEY, ondelete="CASCADE", info=DERIVED), primary_key=True)
    features: Mapped[bytes]
    shingles: Mapped[bytes]


class TextSketchKey(Base):
    """The smallest shingles of a text sketch, each a row: texts that are nearly the same share some of them."""

    __tablename__ = "text_sketch_key"

    key: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    blob_sha256: Mapped[str] = mapped_column(
        ForeignKey(TextSketch.blob_sha256, ondelete="CASCADE"), primary_key=True, index=True
    )
