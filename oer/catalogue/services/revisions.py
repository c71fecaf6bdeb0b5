"""Raising the revisions that kept pages and the search index compare theirs with."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.models import CatalogueState, Collection, Material
from oer.jobs import wake

INDEX_JOB = "catalogue.index"
# Past the ORM, which would look through all loaded objects for the one that changes.
_STATE = CatalogueState.__table__
_RAISE = sa.update(_STATE).values(page_revision=_STATE.c.page_revision + 1)  # type: ignore[arg-type]


def raise_catalogue(session: Session) -> None:
    """Have home, browsing and lists be rendered anew."""
    if not session.connection().execute(_RAISE).rowcount:
        session.add(CatalogueState(id=1, page_revision=2))
        session.flush()


def raise_materials(session: Session, material_ids: Iterable[int]) -> None:
    """Have these materials be indexed and their pages be rendered anew."""
    values = {"revision": Material.revision + 1, "page_revision": Material.page_revision + 1}
    session.execute(sa.update(Material).where(Material.id.in_(list(material_ids))).values(values))
    wake(session, INDEX_JOB)


def material_changed(session: Session, material: Material) -> None:
    """Have a material be indexed anew, and every page that shows it be rendered anew."""
    raise_material(session, material)
    raise_catalogue(session)


def raise_material(session: Session, material: Material) -> None:
    """Have a material be indexed anew and its own page be rendered anew; lists are for `raise_catalogue`."""
    material.revision += 1
    material.page_revision += 1
    wake(session, INDEX_JOB)


def collection_changed(session: Session, collection: Collection) -> None:
    """Have a collection's page, and the pages and documents of the materials in it, be made anew."""
    collection.page_revision += 1
    session.flush()
    raise_materials(session, [item.material_id for item in collection.items])
    raise_catalogue(session)
