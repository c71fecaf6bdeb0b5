"""What belongs to every change of a material: its lock, the revisions that caches and the index compare, its date."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.models import CatalogueState, Collection, Material
from oer.catalogue.queries.indexing import INDEX_JOB
from oer.core.clock import now
from oer.core.db import in_portions
from oer.jobs.queue import enqueue


def lock_material(session: Session, material: Material) -> None:
    """Lock a material until the end of the transaction, and read it again.

    Without this, two reviewers could both find it in review and both decide.
    """
    session.flush()
    session.execute(sa.select(Material.id).where(Material.id == material.id).with_for_update())
    session.expire_all()


# A Core statement: the ORM would search all loaded objects for the one that changes.
_STATE = CatalogueState.__table__
_BUMP = sa.update(_STATE).values(page_revision=_STATE.c.page_revision + 1)  # type: ignore[arg-type]


def bump_catalogue(session: Session) -> None:
    """Have home, browsing and list pages rendered again."""
    if not session.connection().execute(_BUMP).rowcount:
        session.add(CatalogueState(id=1, page_revision=2))
        session.flush()


def bump_materials(session: Session, material_ids: Iterable[int]) -> None:
    """Have these materials indexed and their pages rendered again."""
    values = {
        "revision": Material.revision + 1,
        "page_revision": Material.page_revision + 1,
        "changed_at": now(),
    }
    for some in in_portions(list(material_ids)):
        session.execute(sa.update(Material).where(Material.id.in_(some)).values(values))
    enqueue(session, INDEX_JOB)


def material_changed(session: Session, material: Material) -> None:
    """Have a material indexed again, and every page that shows it rendered again."""
    bump_material(session, material)
    bump_catalogue(session)


def bump_material(session: Session, material: Material) -> None:
    """Have a material indexed and its own page rendered again; for lists call `bump_catalogue`."""
    material.revision += 1
    material.page_revision += 1
    material.changed_at = now()
    enqueue(session, INDEX_JOB)


def collection_changed(session: Session, collection: Collection) -> None:
    """Have a collection's page rendered again, and the materials in it indexed and rendered again."""
    collection.page_revision += 1
    session.flush()
    bump_materials(session, [item.material_id for item in collection.items])
    bump_catalogue(session)
