"""What was made of the files of a version: their bytes' type and state, text, facts, cover."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.models import Version, VersionFile
from oer.files.models import UNFINISHED, Blob, Rendition, RenditionPage

_PAGES = (
    sa.select(sa.func.max(RenditionPage.number)).where(RenditionPage.rendition_id == Rendition.id).scalar_subquery()
)
# Built once, and all in one statement: it is asked for every material's page.
_FILES = (
    sa.select(VersionFile, Blob, Rendition, _PAGES)
    .join(Blob, Blob.sha256 == VersionFile.blob_id)
    .outerjoin(Rendition, Rendition.blob_sha256 == Blob.sha256)
    .where(VersionFile.version_id == sa.bindparam("version_id"))
    # The last row of a file is the one that stays: what has ended, the newest.
    .order_by(VersionFile.position, sa.case((Rendition.state.in_(UNFINISHED), 0), else_=1), Rendition.extractor_version)
)


@dataclass(frozen=True)
class ShownFile:
    """A file of a version with its blob, and the newest rendition of that; None while nobody has begun with it.

    `pages` says how many pages of text that rendition has; `cover` is the hash of the newest cover made of the file.
    """

    file: VersionFile
    blob: Blob
    rendition: Rendition | None
    pages: int = 0
    cover: str | None = None

    @property
    def is_being_read(self) -> bool:
        """Whether its text and facts are still to come."""
        return self.rendition is None or self.rendition.state in UNFINISHED


def files_of(session: Session, version: Version) -> list[ShownFile]:
    """Return the files of a version in order."""
    found: dict[int, ShownFile] = {}
    for file, blob, rendition, pages in session.execute(_FILES, {"version_id": version.id}):
        older = found.get(file.id)
        cover = (rendition.cover_sha256 if rendition else None) or (older.cover if older else None)
        found[file.id] = ShownFile(file, blob, rendition, pages or 0, cover)
    return list(found.values())
