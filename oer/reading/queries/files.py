"""The files of a version as readers see them, and the one file that a download asks for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.backends.extraction.media_types import MADE_SMALLER, MEDIA_TYPES, SHOWN_FROM_PICTURES, Family
from oer.catalogue.models import FileRole, Material, Version, VersionFile, VersionState
from oer.catalogue.queries.files import BlobRow, ShownFile, files_of
from oer.core.i18n import N_
from oer.files.models import Blob, Condition, RenditionState, ScanState
from oer.reading.page_images import WIDTHS
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
# With a picture of this size a page is still within its 100 KB.
_SMALL_BYTES = 60_000
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

    `title` is its title by language: its own, that of the material if there is nothing else in it, else its file name
    (under "", for that is in no language). `pages` are those that can be turned here; `duration` is in seconds; `state`
    is how far extraction came.
    """

    shown: ShownFile
    title: Mapping[str, str]
    family: Family | None
    format: str
    pages: int
    duration: float | None
    why_not: str | None

    @property
    def number(self) -> int:
        """Its number in addresses, which it keeps through all versions of its material."""
        return self.shown.file.number

    @property
    def name(self) -> str:
        """The file name under which it is saved."""
        return self.shown.file.name

    @property
    def description(self) -> Mapping[str, str]:
        """What it is or shows, by language; empty if nobody has said so."""
        return self.shown.file.description

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

    @property
    def smaller_widths(self) -> list[int]:
        """The widths, in pixels, of the smaller pictures that pages show of it; empty if it is small enough itself."""
        facts = self.shown.rendition.facts if self.shown.rendition else {}
        width = int(facts.get("width") or 0)
        is_large = self.shown.blob.media_type in MADE_SMALLER and self.size > _SMALL_BYTES
        return [each for each in WIDTHS if each < width] if is_large else []


def file_lines(session: Session, version: Version) -> list[FileLine]:
    """Return all files of a version in order."""
    return lines_of(files_of(session, version), version)


def lines_of(files: Sequence[ShownFile], version: Version) -> list[FileLine]:
    """Return the files of a version as readers see them."""
    is_alone = sum(each.file.role == FileRole.CONTENT for each in files) == 1
    return [_line(each, version.record.get("title", {}) if is_alone else {}) for each in files]


def _line(shown: ShownFile, title_of_all: Mapping[str, str]) -> FileLine:
    known = MEDIA_TYPES.get(shown.blob.media_type)
    facts = shown.rendition.facts if shown.rendition else {}
    family = known.family if known else None
    pages = shown.pages or (int(facts.get("pages", 0)) if family is Family.PDF else 0)
    inherited = title_of_all if shown.file.role == FileRole.CONTENT else {}
    return FileLine(
        shown,
        shown.file.title or inherited or {"": shown.file.name},
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
    """A file to be sent: its blob and the name to save it under.

    `preview` if it was never published, `is_earlier` if it is of a version that was replaced.
    """

    blob: Blob | BlobRow
    name: str
    preview: bool = False
    is_earlier: bool = False

    @property
    def format_code(self) -> str:
        """Its code in the vocabulary of formats."""
        return vocabularies().format_of(self.blob.media_type)

    @property
    def is_played(self) -> bool:
        """Whether it is audio or video."""
        known = MEDIA_TYPES.get(self.blob.media_type)
        return known is not None and known.family in {Family.AUDIO, Family.VIDEO}


def file_in_service(session: Session, public_id: str, number: int) -> Sendable | None:
    """Return a file of the published version with one query, None if there is none: downloads begin fast."""
    query = (
        sa.select(Blob, VersionFile.name)
        .join(VersionFile, VersionFile.blob_sha256 == Blob.sha256)
        .join(Material, Material.current_version_id == VersionFile.version_id)
        .where(Material.public_id == public_id, Material.withdrawn_at.is_(None), VersionFile.number == number)
    )
    row = session.execute(query).first()
    return Sendable(row[0], row[1]) if row else None


def file_of_line(line: FileLine, *, preview: bool, is_earlier: bool) -> Sendable:
    """Return the file of a line for sending. The caller has checked that the reader may see it."""
    return Sendable(line.shown.blob, line.name, preview, is_earlier)


@dataclass(frozen=True)
class FormerFile:
    """A file that a material once had: the number of the last published version with it, and the hash of its bytes."""

    version: int
    blob_sha256: str
    is_closed: bool


def former_file(session: Session, material: Material, number: int) -> FormerFile | None:
    """Return the file that had a number in an earlier published version of a material, None if there never was one."""
    query = (
        sa.select(Version.number, VersionFile.blob_sha256, Version.closed_at.is_not(None))
        .join(VersionFile, VersionFile.version_id == Version.id)
        .where(Version.material_id == material.id, Version.state == VersionState.SUPERSEDED)
        .where(VersionFile.number == number)
        .order_by(Version.number.desc())
        .limit(1)
    )
    row = session.execute(query).first()
    return FormerFile(*row) if row else None
