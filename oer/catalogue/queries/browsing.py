"""What is in service, as people walk through it: by subject, level, audience and other terms, newest first."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from oer.catalogue.models import RELATED, Material, Version, VersionTerm
from oer.core.db import plain_rows
from oer.core.paging import Page, page_of

MOST_RELATING = 20
IN_SERVICE = (Material.current_version_id.is_not(None), Material.withdrawn_at.is_(None))
# Built once: they are asked for every home page and for every material's page.
_COUNT = sa.select(sa.func.count()).select_from(Material).where(*IN_SERVICE)
_RELATING = (
    sa.select(Material.public_id, Version.record)
    .join(Version, Version.id == Material.current_version_id)
    .join(VersionTerm, VersionTerm.version_id == Version.id)
    .where(VersionTerm.scheme == RELATED, VersionTerm.code == sa.bindparam("public_id"), *IN_SERVICE)
    .order_by(Material.id)
    .limit(MOST_RELATING)
)


def public_materials() -> sa.Select[Material]:
    """Return a query for the materials in service, with their versions, terms and people."""
    version = selectinload(Material.current_version)
    loads = [version.selectinload(each) for each in (Version.terms, Version.contributors)]
    return sa.select(Material).where(*IN_SERVICE).options(*loads)


def newest_first(query: sa.Select[Material]) -> sa.Select[Material]:
    """Return a query for materials in the order of browsing: those that came into service last come first."""
    return query.order_by(Material.first_published_at.desc(), Material.id.desc())


def newest(session: Session, size: int = 12) -> list[Material]:
    """Return the materials that came into service last, with their versions, terms and people."""
    return list(session.scalars(newest_first(public_materials()).limit(size)))


def materials_with(session: Session, scheme: str, code: str, page: int = 1, size: int = 20) -> Page[Material]:
    """Return a page of the materials in service that have a term or one below it, newest first.

    Schemes are those of VersionTerm: subject, level, type, audience, language, licence, place, format.
    """
    marked = sa.select(VersionTerm.version_id).where(VersionTerm.scheme == scheme, VersionTerm.code == code)
    return page_of(session, newest_first(public_materials().where(Material.current_version_id.in_(marked))), page, size)


def materials_of_unit(session: Session, unit_id: int, page: int = 1, size: int = 20) -> Page[Material]:
    """Return a page of a unit's materials in service, newest first."""
    return page_of(session, newest_first(public_materials().where(Material.unit_id == unit_id)), page, size)


def materials_by_public_ids(session: Session, public_ids: Iterable[str]) -> dict[str, Material]:
    """Return the materials in service with these public ids, with their versions, terms and people."""
    found = session.scalars(public_materials().where(Material.public_id.in_(list(public_ids))))
    return {material.public_id: material for material in found}


def records_relating_to(session: Session, public_id: str) -> dict[str, dict[str, Any]]:
    """Return the records of the materials in service that name this one among their relations, by public id."""
    return dict(plain_rows(session, _RELATING, {"public_id": public_id}))


def term_counts(session: Session, scheme: str) -> dict[str, int]:
    """Return how many materials in service have each term of a scheme; a term counts what stands below it too."""
    query = (
        sa.select(VersionTerm.code, sa.func.count())
        .join(Material, Material.current_version_id == VersionTerm.version_id)
        .where(VersionTerm.scheme == scheme, *IN_SERVICE)
        .group_by(VersionTerm.code)
    )
    return dict(session.execute(query).all())


def unit_counts(session: Session) -> dict[int, int]:
    """Return how many materials in service each unit has that has any."""
    query = sa.select(Material.unit_id, sa.func.count()).where(*IN_SERVICE, Material.unit_id.is_not(None))
    rows = session.execute(query.group_by(Material.unit_id)).all()
    return {unit_id: count for unit_id, count in rows if unit_id is not None}


def count_public(session: Session) -> int:
    """Return how many materials are in service."""
    return session.scalar(_COUNT) or 0


def titles_of(session: Session, public_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the titles by language of published materials, withdrawn ones too, by public id: figures outlive them."""
    query = (
        sa.select(Material.public_id, Version.record)
        .join(Version, Material.current_version_id == Version.id)
        .where(Material.public_id.in_(list(public_ids)))
    )
    return {public_id: record.get("title", {}) for public_id, record in session.execute(query)}
