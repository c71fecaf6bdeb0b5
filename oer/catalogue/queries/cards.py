"""Cards: materials as lists show them, made of rows alone, for they stand on the pages most asked for."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.catalogue.models import Material, Version
from oer.catalogue.queries.browsing import IN_SERVICE
from oer.catalogue.queries.covers import covers_of
from oer.catalogue.queries.formats import formats_of
from oer.core.db import plain_rows

# Built once: to build a statement takes longer than to ask it.
_IN_SERVICE = (
    sa.select(Material.public_id, Version.id, Version.record)
    .join(Version, Version.id == Material.current_version_id)
    .where(*IN_SERVICE)
)
_NEWEST = _IN_SERVICE.order_by(Material.first_published_at.desc(), Material.id.desc()).limit(
    sa.bindparam("size", type_=sa.Integer)
)
_NAMED = _IN_SERVICE.where(Material.public_id.in_(sa.bindparam("public_ids", expanding=True)))

# A material in service: its public id, the id of the version that is shown, that version's record.
Shown: TypeAlias = tuple[str, int, dict[str, Any]]


@dataclass(frozen=True)
class Card:
    """A material as lists show it: its public id, its record, the codes of its formats, its cover's hash if any."""

    public_id: str
    record: dict[str, Any]
    formats: list[str]
    cover: str | None


def cards(session: Session, materials: Iterable[Material]) -> list[Card]:
    """Return the cards of materials in service, in their order."""
    shown = [(each.public_id, each.current_version) for each in materials]
    return _of_rows(session, [(public_id, version.id, version.record) for public_id, version in shown if version])


def newest_cards(session: Session, size: int) -> list[Card]:
    """Return the cards of the materials that came into service last."""
    return _of_rows(session, plain_rows(session, _NEWEST, {"size": size}))


def cards_named(session: Session, public_ids: Collection[str]) -> dict[str, Card]:
    """Return the cards of those materials that are in service, by public id."""
    rows = plain_rows(session, _NAMED, {"public_ids": list(public_ids)}) if public_ids else ()
    return {card.public_id: card for card in _of_rows(session, rows)}


def _of_rows(session: Session, rows: Collection[Shown]) -> list[Card]:
    version_ids = [version_id for _, version_id, _ in rows]
    covers, formats = covers_of(session, version_ids), formats_of(session, version_ids)
    return [
        Card(public_id, record, formats[version_id], covers.get(version_id)) for public_id, version_id, record in rows
    ]
