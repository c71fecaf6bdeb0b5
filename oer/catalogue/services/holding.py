"""One writer at a time for a material, on databases that let several write."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.models import Material


def hold(session: Session, material: Material) -> None:
    """Keep others from changing a material until the end of the transaction, and see it as it stands now.

    Without this two reviewers could both find it in review, and both decide.
    """
    session.flush()
    session.execute(sa.select(Material.id).where(Material.id == material.id).with_for_update())
    session.expire_all()
