"""People named in materials in service: by the folded spelling of their names, so that marks do not split them."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.models import Contributor, Material
from oer.catalogue.queries.browsing import IN_SERVICE, newest_first, public_materials
from oer.core.paging import Page, page_of


@dataclass(frozen=True)
class Person:
    """A name as some material writes it, with its marks if any does; its folded key; how many materials name it."""

    name: str
    folded: str
    materials: int


def people(session: Session, page: int = 1, size: int = 50) -> Page[Person]:
    """Return a page of the people named in materials in service, those with the most materials first."""
    counted = _counted().subquery()
    total = session.scalar(sa.select(sa.func.count()).select_from(counted)) or 0
    number = min(max(1, page), max(1, -(-total // size)))
    query = sa.select(counted).order_by(counted.c.materials.desc(), counted.c.folded)
    rows = session.execute(query.limit(size).offset((number - 1) * size))
    return Page([Person(row.name, row.folded, row.materials) for row in rows], number, size, total)


def find_person(session: Session, folded: str) -> Person | None:
    """Return the person with a folded name, None if no material in service names them."""
    row = session.execute(_counted().where(Contributor.folded == folded)).first()
    return Person(row.name, row.folded, row.materials) if row else None


def materials_of_person(session: Session, folded: str, page: int = 1, size: int = 20) -> Page[Material]:
    """Return a page of the materials in service that name a person, newest first."""
    naming = sa.select(Contributor.version_id).where(Contributor.folded == folded)
    query = public_materials().where(Material.current_version_id.in_(naming))
    return page_of(session, newest_first(query), page, size)


def _counted() -> sa.Select[str, str, int]:
    return (
        sa.select(
            sa.func.max(Contributor.name).label("name"),  # letters with marks sort behind those without
            Contributor.folded.label("folded"),
            sa.func.count(sa.distinct(Contributor.version_id)).label("materials"),
        )
        .join(Material, Material.current_version_id == Contributor.version_id)
        .where(*IN_SERVICE)
        .group_by(Contributor.folded)
    )
