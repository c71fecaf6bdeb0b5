"""The one file that is asked for, by one query: a download begins with no more than it needs."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.backends.extraction.media_types import MEDIA_TYPES, Family
from oer.catalogue.models import Material, VersionFile
from oer.files.models import Blob
from oer.reading.queries.files import FileLine


@dataclass(frozen=True)
class Sendable:
    """A file as it goes out: its blob and what it is called; `preview` where it is not in service."""

    blob: Blob
    name: str
    preview: bool = False

    @property
    def format(self) -> str:
        """What people call its kind, as in "pdf"."""
        known = MEDIA_TYPES.get(self.blob.media_type)
        return known.endings[0] if known else ""

    @property
    def is_played(self) -> bool:
        """Whether it has a beginning and an end in time."""
        known = MEDIA_TYPES.get(self.blob.media_type)
        return known is not None and known.family in {Family.AUDIO, Family.VIDEO}


def file_in_service(session: Session, public_id: str, position: int) -> Sendable | None:
    """Return a file of what is in service at an address, None if there is none that everybody may have."""
    query = (
        sa.select(Blob, VersionFile.name)
        .join(VersionFile, VersionFile.blob_id == Blob.sha256)
        .join(Material, Material.current_version_id == VersionFile.version_id)
        .where(Material.public_id == public_id, Material.withdrawn_at.is_(None), VersionFile.position == position)
    )
    row = session.execute(query).first()
    return Sendable(row[0], row[1]) if row else None


def file_of_line(line: FileLine, *, preview: bool) -> Sendable:
    """Return the file of a line that somebody was found to be allowed to see."""
    return Sendable(line.shown.blob, line.name, preview)
