"""Which materials the search index has otherwise than the database: asked of rows, so that nothing can be forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Unit
from oer.catalogue.models import IndexState, Material, VersionFile
from oer.catalogue.queries.browsing import IN_SERVICE
from oer.files.models import UNFINISHED, Rendition
from oer.vocabularies import vocabularies

# Raised when `document_of` makes another document of the same rows.
DOCUMENT_VERSION = 4
# The signature of a withdrawn material once the index has let go of it.
REMOVED = "removed"
_LONG_AGO = datetime(1970, 1, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Due:
    """What the index is to be told: materials to put, with the signature of their state, and public ids to remove."""

    put: Sequence[tuple[int, str]]
    remove: Sequence[str]


def due_for_index(session: Session) -> Due:
    """Return materials in service whose state the index does not have, and ids that it has and may not have."""
    signature = _signature()
    query = (
        _with_parts(sa.select(Material.id, signature))
        .outerjoin(IndexState, IndexState.material_id == Material.id)
        .where(*IN_SERVICE, sa.or_(IndexState.signature.is_(None), IndexState.signature != signature))
        .order_by(Material.id)
    )
    return Due(session.execute(query).all(), sorted(session.scalars(_withdrawn(IndexState.signature != REMOVED))))


def signatures_of(session: Session, material_ids: Sequence[int]) -> dict[int, str]:
    """Return the signatures of the states that these materials are in now; those not in service are left out."""
    query = _with_parts(sa.select(Material.id, _signature())).where(*IN_SERVICE, Material.id.in_(material_ids))
    return dict(session.execute(query).all())


def _withdrawn(*conditions: sa.ColumnElement[bool]) -> sa.Select[str]:
    query = sa.select(Material.public_id).join(IndexState, IndexState.material_id == Material.id)
    # Not "is not null", and in no order: for these SQLite reads all materials, for this the index of what is withdrawn.
    return query.where(Material.withdrawn_at > _LONG_AGO, *conditions)


WITHDRAWN = _withdrawn()  # built once: it is asked with every search


def ids_in_service(session: Session) -> list[int]:
    """Return the numbers of all materials in service."""
    return list(session.scalars(sa.select(Material.id).where(*IN_SERVICE).order_by(Material.id)))


def _renditions() -> sa.Subquery:
    # Whatever extraction does, one of these three differs afterwards: a rendition ended, began anew, or was replaced.
    return (
        sa.select(
            VersionFile.version_id,
            sa.func.count().label("ended"),
            sa.func.sum(Rendition.id).label("numbers"),
            sa.func.sum(Rendition.tries).label("tries"),
        )
        .join(Rendition, Rendition.blob_sha256 == VersionFile.blob_id)
        .where(Rendition.state.not_in(UNFINISHED))
        .group_by(VersionFile.version_id)
        .subquery()
    )


_ENDED = _renditions()


def _with_parts(query: sa.Select[int, str]) -> sa.Select[int, str]:
    return query.outerjoin(Unit, Unit.id == Material.unit_id).outerjoin(
        _ENDED, _ENDED.c.version_id == Material.current_version_id
    )


def _written() -> str:
    return f"{DOCUMENT_VERSION}.{vocabularies().version}."


def _version() -> sa.ColumnElement[str]:
    return sa.literal(_written()) + sa.cast(Material.current_version_id, sa.String) + "."


def _signature() -> sa.ColumnElement[str]:
    parts = [Material.revision, Unit.revision, _ENDED.c.ended, _ENDED.c.numbers, _ENDED.c.tries]
    of_version, *others = [sa.cast(sa.func.coalesce(part, 0), sa.String) for part in parts]
    signature: sa.ColumnElement[str] = _version() + of_version
    for other in others:
        signature = signature + "." + other
    return signature.label("signature")


def of_another_version() -> sa.ColumnElement[bool]:
    """Return whether the index was last given another version of a material, by rules and vocabularies of today."""
    beginning = sa.func.substr(IndexState.signature, 1, sa.func.length(_version()))
    return sa.and_(IndexState.signature.startswith(_written()), beginning != _version())
