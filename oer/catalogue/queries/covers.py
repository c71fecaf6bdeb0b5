"""Covers: the small picture that stands for a material in lists and on its page."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.models import CONTENT, COVER, VersionFile
from oer.files.models import Rendition


def covers_of(session: Session, version_ids: Collection[int]) -> dict[int, str]:
    """Return the hash of the blob that is the cover of each version, a small WebP picture, if there is one.

    It is what extraction made of the file that was chosen as the cover, else of the first content file that has one.
    """
    if not version_ids:
        return {}
    query = (
        sa.select(VersionFile.version_id, Rendition.cover_sha256)
        .join(Rendition, Rendition.blob_sha256 == VersionFile.blob_id)
        .where(
            VersionFile.version_id.in_(version_ids),
            VersionFile.role.in_((COVER, CONTENT)),
            Rendition.cover_sha256.is_not(None),
        )
        # The last row of a version is the one that stays: the chosen cover, the first file, the newest rendition.
        .order_by(VersionFile.role == COVER, VersionFile.position.desc(), Rendition.extractor_version)
    )
    return {version_id: cover for version_id, cover in session.execute(query) if cover is not None}
