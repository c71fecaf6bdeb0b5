"""The files of a version as readers see them, and the one file that a download asks for."""

from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.backends.extraction.media_types import MEDIA_TYPES, SHOWN_FROM_PICTURES, Family
from oer.catalogue.models import Material, Version, VersionFile
from oer.catalogue.queries.files import ShownFile, files_of
from oer.core.i18n import N_
from oer.files.models import Blob, Condition, RenditionState, ScanState
from oer.vocabularies import vocabularies

WHY_NOT = {
    RenditionState.NO_TEXT: N_("This file has no text to show here."),
    RenditionState.ENCRYPTED: N_("This file is protected by a password, so it cannot be shown here."),
    RenditionState.DAMAGED: N_("This file is damaged, so it cannot be shown here."),
    RenditionState.LIMIT: N_("This file is too large or too complex to be shown here."),
    RenditionState.UNSUPPORTED: N_("Files of this kind cannot be shown here."),
    RenditionState.FAILED: N_("This file could not be read, so it cannot be shown here."),
}
NOT_YET = N_("This file is still being prepared for reading. Try again in a few minutes.")
NOT_SENT = N_("This file cannot be downloaded because there is a problem with it. We are looking into it.")
_PLAYED = {Family.AUDIO, Family.VIDEO}


class Way(StrEnum):
    """What readers do with a file that opens here."""

    READ = "read"
    LISTEN = "listen"
    WATCH = "watch"
    VIEW = "view"


_WAYS = {Family.AUDIO: Way.LISTEN, Family.VIDEO: Way.WATCH, Family.IMAGE: Way.VIEW, Family.ARCHIVE: Way.VIEW}


@dataclass(frozen=True)
class FileLine:
    """A file as listed for readers. `why_not` says why it does not open here, None if it does.

    `pages` are those that can be turned here; `duration` is in seconds; `state` is how far extraction came.
    """

    shown: ShownFile
    family: Family | None
    format: str
    pages: int
    duration: float | None
    why_not: str | None

    @property
    def position(self) -> int:
        """Its place among the files of its version, from 1."""
        return self.shown.file.position

    @property
    def name(self) -> str:
        """Its file name."""
        return self.shown.file.name

    @property
    def role(self) -> str:
        """What it is for: content, cover, captions or transcript."""
        return self.shown.file.role

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return self.shown.blob.size

    @property
    def opens(self) -> bool:
        """Whether it can be read, listened to or watched here."""
        return self.why_not is None

    @property
    def way(self) -> Way:
        """What readers do with it."""
        return _WAYS.get(self.family, Way.READ) if self.family else Way.READ

    @property
    def format_code(self) -> str:
        """Its code in the vocabulary of formats."""
        return vocabularies().format_of(self.shown.blob.media_type)

    @property
    def is_played(self) -> bool:
        """Whether it is audio or video."""
        return self.family in _PLAYED

    @property
    def is_drawn(self) -> bool:
        """Whether it is a picture of which browsers show only what is made of it."""
        return self.shown.blob.media_type in SHOWN_FROM_PICTURES


def file_lines(session: Session, version: Version) -> list[FileLine]:
    """Return all files of a version in order."""
    return [_line(each) for each in files_of(session, version)]


def _line(shown: ShownFile) -> FileLine:
    known = MEDIA_TYPES.get(shown.blob.media_type)
    facts = shown.rendition.facts if shown.rendition else {}
    family = known.family if known else None
    pages = shown.pages or (int(facts.get("pages", 0)) if family is Family.PDF else 0)
    return FileLine(
        shown,
        family,
        known.endings[0] if known else "",
        pages,
        facts.get("duration"),
        _why_not(shown, family, pages),
    )


def _why_not(shown: ShownFile, family: Family | None, pages: int) -> str | None:
    blob, rendition = shown.blob, shown.rendition
    if blob.condition is not Condition.WHOLE or blob.scan_state is ScanState.INFECTED:
        return NOT_SENT
    is_shown_as_it_is = family is Family.IMAGE and blob.media_type not in SHOWN_FROM_PICTURES
    if family in _PLAYED or is_shown_as_it_is or pages:
        return None
    if shown.is_being_read or rendition is None:
        return NOT_YET
    if family is Family.ARCHIVE and rendition.facts.get("members"):
        return None
    return WHY_NOT.get(rendition.state, WHY_NOT[RenditionState.NO_TEXT])


@dataclass(frozen=True)
class Sendable:
    """A file to be sent: its blob and file name. `preview` if it is not of the published version."""

    blob: Blob
    name: str
    preview: bool = False

    @property
    def format_code(self) -> str:
        """Its code in the vocabulary of formats."""
        return vocabularies().format_of(self.blob.media_type)

    @property
    def is_played(self) -> bool:
        """Whether it is audio or video."""
        known = MEDIA_TYPES.get(self.blob.media_type)
        return known is not None and known.family in {Family.AUDIO, Family.VIDEO}


def file_in_service(session: Session, public_id: str, position: int) -> Sendable | None:
    """Return a file of the published version with one query, None if there is none: downloads begin fast."""
    query = (
        sa.select(Blob, VersionFile.name)
        .join(VersionFile, VersionFile.blob_sha256 == Blob.sha256)
        .join(Material, Material.current_version_id == VersionFile.version_id)
        .where(Material.public_id == public_id, Material.withdrawn_at.is_(None), VersionFile.position == position)
    )
    row = session.execute(query).first()
    return Sendable(row[0], row[1]) if row else None


def file_of_line(line: FileLine, *, preview: bool) -> Sendable:
    """Return the file of a line for sending. The caller has checked that the reader may see it."""
    return Sendable(line.shown.blob, line.name, preview)
