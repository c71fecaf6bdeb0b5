"""How much room an educator's files take."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.models import Material, Version, VersionFile
from oer.files.models import Blob


@dataclass(frozen=True)
class Quota:
    """Bytes that an account's files take, and the most that they may."""

    used: int
    most: int

    @property
    def left(self) -> int:
        """How many bytes more may come."""
        return max(0, self.most - self.used)


def quota_of(session: Session, account_id: int, most: int) -> Quota:
    """Return the quota of an account: each content counts once, in all versions of its materials."""
    kept = (
        sa.select(VersionFile.blob_id)
        .join(Version, Version.id == VersionFile.version_id)
        .join(Material, Material.id == Version.material_id)
        .where(Material.owner_id == account_id)
    )
    used = session.scalar(sa.select(sa.func.coalesce(sa.func.sum(Blob.size), 0)).where(Blob.sha256.in_(kept)))
    return Quota(int(used or 0), most)
