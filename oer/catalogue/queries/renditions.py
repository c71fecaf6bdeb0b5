"""What was made of the files of a version: their bytes' type and state, text, facts, cover."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.models import Version, VersionFile
from oer.files.models import UNFINISHED, Blob, Rendition
from oer.files.queries import newest_renditions

# Built once: it is asked for every material's page.
_FILES = (
    sa.select(VersionFile, Blob)
    .join(Blob, Blob.sha256 == VersionFile.blob_id)
    .where(VersionFile.version_id == sa.bindparam("version_id"))
    .order_by(VersionFile.position)
)


@dataclass(frozen=True)
class ShownFile:
    """A file of a version with its blob, and the newest rendition of that; None while nobody has begun with it."""

    file: VersionFile
    blob: Blob
    rendition: Rendition | None

    @property
    def is_being_read(self) -> bool:
        """Whether its text and facts are still to come."""
        return self.rendition is None or self.rendition.state in UNFINISHED


def files_of(session: Session, version: Version) -> list[ShownFile]:
    """Return the files of a version in order."""
    rows = session.execute(_FILES, {"version_id": version.id}).all()
    renditions = newest_renditions(session, {blob.sha256 for _, blob in rows})
    return [ShownFile(file, blob, renditions.get(blob.sha256)) for file, blob in rows]
