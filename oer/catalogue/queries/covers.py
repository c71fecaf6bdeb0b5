"""Covers: the small picture that stands for a material in lists and on its page."""

from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.models import CONTENT, COVER, VersionFile
from oer.catalogue.queries.renditions import ShownFile
from oer.core.db import plain_rows
from oer.files.models import Rendition

# Statements that every page of a kind asks stand at the top: to build one takes longer than to ask it.
_COVERS = (
    sa.select(VersionFile.version_id, Rendition.cover_sha256)
    .join(Rendition, Rendition.blob_sha256 == VersionFile.blob_id)
    .where(
        VersionFile.version_id.in_(sa.bindparam("version_ids", expanding=True)),
        VersionFile.role.in_((COVER, CONTENT)),
        Rendition.cover_sha256.is_not(None),
    )
    # The last row of a version is the one that stays: the chosen cover, the first file, the newest rendition.
    .order_by(VersionFile.role == COVER, VersionFile.position.desc(), Rendition.extractor_version)
)


def covers_of(session: Session, version_ids: Collection[int]) -> dict[int, str]:
    """Return the hash of the blob that is the cover of each version, a small WebP picture, if there is one.

    It is what extraction made of the file that was chosen as the cover, else of the first content file that has one.
    """
    if not version_ids:
        return {}
    rows = plain_rows(session, _COVERS, {"version_ids": list(version_ids)})
    return {version_id: cover for version_id, cover in rows if cover is not None}


def cover_among(files: Iterable[ShownFile]) -> str | None:
    """Return what `covers_of` returns for the version whose files these are, which somebody has read already."""
    made = [each for each in files if each.cover and each.file.role in (COVER, CONTENT)]
    return min(made, key=lambda each: (each.file.role != COVER, each.file.position)).cover if made else None
