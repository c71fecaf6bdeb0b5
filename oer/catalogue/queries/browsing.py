"""Lists of public materials: by term or unit, newest first, and as cards."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from oer.catalogue.models import RELATED, Material, Version, VersionTerm
from oer.catalogue.queries.files import covers_of, formats_of
from oer.core.db import Page, page_of, plain_rows

MAX_RELATING = 20
IS_PUBLIC = (Material.current_version_id.is_not(None), Material.withdrawn_at.is_(None))
# Built once, because building a statement takes longer than executing it: these run for every home and material page.
_COUNT = sa.select(sa.func.count()).select_from(Material).where(*IS_PUBLIC)
_RELATING = (
    sa.select(Material.public_id, Version.record)
    .join(Version, Version.id == Material.current_version_id)
    .join(VersionTerm, VersionTerm.version_id == Version.id)
    .where(VersionTerm.scheme == RELATED, VersionTerm.code == sa.bindparam("public_id"), *IS_PUBLIC)
    .order_by(Material.id)
    .limit(MAX_RELATING)
)


def public_materials() -> sa.Select[Material]:
    """Return a query for the public materials, with their versions, terms and contributors."""
    version = selectinload(Material.current_version)
    loads = [version.selectinload(each) for each in (Version.terms, Version.contributors)]
    return sa.select(Material).where(*IS_PUBLIC).options(*loads)


def newest_first(query: sa.Select[Material]) -> sa.Select[Material]:
    """Order a query for materials by first publication, newest first."""
    return query.order_by(Material.first_published_at.desc(), Material.id.desc())


def newest(session: Session, size: int = 12) -> list[Material]:
    """Return the newest public materials, with their versions, terms and contributors."""
    return list(session.scalars(newest_first(public_materials()).limit(size)))


def materials_with(session: Session, scheme: str, code: str, page: int = 1, size: int = 20) -> Page[Material]:
    """Return a page of the public materials that have a term or one below it, newest first.

    `scheme` is one of `VersionTerm`: subject, level, type, audience, language, licence, place, format.
    """
    marked = sa.select(VersionTerm.version_id).where(VersionTerm.scheme == scheme, VersionTerm.code == code)
    return page_of(session, newest_first(public_materials().where(Material.current_version_id.in_(marked))), page, size)


def materials_of_unit(session: Session, unit_id: int, page: int = 1, size: int = 20) -> Page[Material]:
    """Return a page of a unit's public materials, newest first."""
    return page_of(session, newest_first(public_materials().where(Material.unit_id == unit_id)), page, size)


_IDS_AT_ONCE = 500


def materials_by_public_ids(session: Session, public_ids: Iterable[str]) -> dict[str, Material]:
    """Return the public materials with these ids, with their versions, terms and contributors."""
    found = session.scalars(public_materials().where(Material.public_id.in_(list(public_ids))))
    return {material.public_id: material for material in found}


def public_records(session: Session, public_ids: Sequence[str]) -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the identifier ("" for none) and the record of the public materials with these ids."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    for at in range(0, len(public_ids), _IDS_AT_ONCE):
        query = (
            sa.select(Material.public_id, Material.identifier, Version.record)
            .join(Version, Version.id == Material.current_version_id)
            .where(Material.public_id.in_(public_ids[at : at + _IDS_AT_ONCE]), *IS_PUBLIC)
        )
        found |= {row[0]: (row[1] or "", row[2]) for row in session.execute(query)}
    return found


def records_relating_to(session: Session, public_id: str) -> dict[str, dict[str, Any]]:
    """Return the records of the public materials that have a relation to this one, by public id."""
    return dict(plain_rows(session, _RELATING, {"public_id": public_id}))


def term_counts(session: Session, scheme: str) -> dict[str, int]:
    """Return how many public materials have each term of a scheme, terms below it included."""
    query = (
        sa.select(VersionTerm.code, sa.func.count())
        .join(Material, Material.current_version_id == VersionTerm.version_id)
        .where(VersionTerm.scheme == scheme, *IS_PUBLIC)
        .group_by(VersionTerm.code)
    )
    return dict(session.execute(query).all())


def count_public(session: Session) -> int:
    """Return the number of public materials."""
    return session.scalar(_COUNT) or 0


def titles_of(session: Session, public_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return titles by public id, those of withdrawn materials too: usage figures outlive them."""
    query = (
        sa.select(Material.public_id, Version.record)
        .join(Version, Material.current_version_id == Version.id)
        .where(Material.public_id.in_(list(public_ids)))
    )
    return {public_id: record.get("title", {}) for public_id, record in session.execute(query)}


# Cards are made of plain rows, not of objects: they are on the pages that are asked for most.
_CARD_ROWS = (
    sa.select(Material.public_id, Version.id, Version.record)
    .join(Version, Version.id == Material.current_version_id)
    .where(*IS_PUBLIC)
)
_NEWEST_CARDS = _CARD_ROWS.order_by(Material.first_published_at.desc(), Material.id.desc()).limit(
    sa.bindparam("size", type_=sa.Integer)
)
_CARDS_BY_ID = _CARD_ROWS.where(Material.public_id.in_(sa.bindparam("public_ids", expanding=True)))

# Public id of a material, id of its published version, that version's record.
CardRow: TypeAlias = tuple[str, int, dict[str, Any]]


@dataclass(frozen=True)
class Card:
    """A material as lists show it. `formats` are codes, `cover` is the hash of a blob."""

    public_id: str
    record: dict[str, Any]
    formats: list[str]
    cover: str | None


def cards_of(session: Session, materials: Iterable[Material]) -> list[Card]:
    """Return the cards of public materials, in their order."""
    shown = [(each.public_id, each.current_version) for each in materials]
    return _cards_of_rows(session, [(public_id, version.id, version.record) for public_id, version in shown if version])


def newest_cards(session: Session, size: int) -> list[Card]:
    """Return the cards of the newest public materials."""
    return _cards_of_rows(session, plain_rows(session, _NEWEST_CARDS, {"size": size}))


def cards_by_public_ids(session: Session, public_ids: Collection[str]) -> dict[str, Card]:
    """Return the cards of the public materials with these ids, by public id."""
    rows = plain_rows(session, _CARDS_BY_ID, {"public_ids": list(public_ids)}) if public_ids else ()
    return {card.public_id: card for card in _cards_of_rows(session, rows)}


def _cards_of_rows(session: Session, rows: Collection[CardRow]) -> list[Card]:
    version_ids = [version_id for _, version_id, _ in rows]
    covers, formats = covers_of(session, version_ids), formats_of(session, version_ids)
    return [
        Card(public_id, record, formats[version_id], covers.get(version_id)) for public_id, version_id, record in rows
    ]
