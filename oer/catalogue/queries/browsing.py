"""Lists of public materials: by term, unit or person, newest first, and as cards."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from oer.catalogue.models import RELATED, Contributor, Material, Version, VersionTerm
from oer.catalogue.queries.files import covers_of, formats_of
from oer.core.db import Page, page_of, plain_rows

MOST_RELATING = 20
IS_PUBLIC = (Material.current_version_id.is_not(None), Material.withdrawn_at.is_(None))
# Built once: they are asked for every home page and for every material's page.
_COUNT = sa.select(sa.func.count()).select_from(Material).where(*IS_PUBLIC)
_RELATING = (
    sa.select(Material.public_id, Version.record)
    .join(Version, Version.id == Material.current_version_id)
    .join(VersionTerm, VersionTerm.version_id == Version.id)
    .where(VersionTerm.scheme == RELATED, VersionTerm.code == sa.bindparam("public_id"), *IS_PUBLIC)
    .order_by(Material.id)
    .limit(MOST_RELATING)
)


def public_materials() -> sa.Select[Material]:
    """Return a query for the materials in service, with their versions, terms and people."""
    version = selectinload(Material.current_version)
    loads = [version.selectinload(each) for each in (Version.terms, Version.contributors)]
    return sa.select(Material).where(*IS_PUBLIC).options(*loads)


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
        .where(VersionTerm.scheme == scheme, *IS_PUBLIC)
        .group_by(VersionTerm.code)
    )
    return dict(session.execute(query).all())


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


# Cards: materials as lists show them, made of rows alone, for they stand on the pages most asked for.

# Built once: to build a statement takes longer than to ask it.
_CARD_ROWS = (
    sa.select(Material.public_id, Version.id, Version.record)
    .join(Version, Version.id == Material.current_version_id)
    .where(*IS_PUBLIC)
)
_NEWEST_CARDS = _CARD_ROWS.order_by(Material.first_published_at.desc(), Material.id.desc()).limit(
    sa.bindparam("size", type_=sa.Integer)
)
_CARDS_BY_ID = _CARD_ROWS.where(Material.public_id.in_(sa.bindparam("public_ids", expanding=True)))

# A material in service: its public id, the id of the version that is shown, that version's record.
CardRow: TypeAlias = tuple[str, int, dict[str, Any]]


@dataclass(frozen=True)
class Card:
    """A material as lists show it: its public id, its record, the codes of its formats, its cover's hash if any."""

    public_id: str
    record: dict[str, Any]
    formats: list[str]
    cover: str | None


def cards_of(session: Session, materials: Iterable[Material]) -> list[Card]:
    """Return the cards of materials in service, in their order."""
    shown = [(each.public_id, each.current_version) for each in materials]
    return _cards_of_rows(session, [(public_id, version.id, version.record) for public_id, version in shown if version])


def newest_cards(session: Session, size: int) -> list[Card]:
    """Return the cards of the materials that came into service last."""
    return _cards_of_rows(session, plain_rows(session, _NEWEST_CARDS, {"size": size}))


def cards_by_public_ids(session: Session, public_ids: Collection[str]) -> dict[str, Card]:
    """Return the cards of those materials that are in service, by public id."""
    rows = plain_rows(session, _CARDS_BY_ID, {"public_ids": list(public_ids)}) if public_ids else ()
    return {card.public_id: card for card in _cards_of_rows(session, rows)}


def _cards_of_rows(session: Session, rows: Collection[CardRow]) -> list[Card]:
    version_ids = [version_id for _, version_id, _ in rows]
    covers, formats = covers_of(session, version_ids), formats_of(session, version_ids)
    return [
        Card(public_id, record, formats[version_id], covers.get(version_id)) for public_id, version_id, record in rows
    ]


# People named in materials in service: by the folded spelling of their names, so that marks do not split them.


@dataclass(frozen=True)
class Person:
    """A name as some material writes it, with its marks if any does; its folded key; how many materials name it."""

    name: str
    folded: str
    materials: int


def people(session: Session, page: int = 1, size: int = 50) -> Page[Person]:
    """Return a page of the people named in materials in service, those with the most materials first."""
    counted = _people_counted().subquery()
    total = session.scalar(sa.select(sa.func.count()).select_from(counted)) or 0
    number = min(max(1, page), max(1, -(-total // size)))
    query = sa.select(counted).order_by(counted.c.materials.desc(), counted.c.folded)
    rows = session.execute(query.limit(size).offset((number - 1) * size))
    return Page([Person(row.name, row.folded, row.materials) for row in rows], number, size, total)


def find_person(session: Session, folded: str) -> Person | None:
    """Return the person with a folded name, None if no material in service names them."""
    row = session.execute(_people_counted().where(Contributor.folded == folded)).first()
    return Person(row.name, row.folded, row.materials) if row else None


def materials_of_person(session: Session, folded: str, page: int = 1, size: int = 20) -> Page[Material]:
    """Return a page of the materials in service that name a person, newest first."""
    naming = sa.select(Contributor.version_id).where(Contributor.folded == folded)
    query = public_materials().where(Material.current_version_id.in_(naming))
    return page_of(session, newest_first(query), page, size)


def _people_counted() -> sa.Select[str, str, int]:
    return (
        sa.select(
            sa.func.max(Contributor.name).label("name"),  # letters with marks sort behind those without
            Contributor.folded.label("folded"),
            sa.func.count(sa.distinct(Contributor.version_id)).label("materials"),
        )
        .join(Material, Material.current_version_id == Contributor.version_id)
        .where(*IS_PUBLIC)
        .group_by(Contributor.folded)
    )
