"""What the catalogue keeps about a person: the materials and collections that they made."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from oer.catalogue.models import OPEN_STATES, Collection, IdempotencyKey, Material, Version
from oer.catalogue.review_models import PlannedPublication, ReviewClaim, ReviewReturn
from oer.catalogue.upload_models import Batch, Upload
from oer.core import personal_data
from oer.core.i18n import N_

# Account ids without a foreign key: nothing forces us to clear them, but they are personal data.
_DEEDS = (Version.created_by_id, Version.reviewed_by_id, Material.withdrawn_by_id)
_OWNERS = (Material.owner_id, Collection.owner_id)


def _export(session: Session, account_id: int) -> dict[str, Any]:
    with_files = selectinload(Material.versions).selectinload(Version.files)
    materials = session.scalars(_own(account_id).options(with_files))
    claims = session.scalars(sa.select(ReviewClaim).where(ReviewClaim.account_id == account_id))
    returns = _returns(session, account_id)
    collections = session.scalars(sa.select(Collection).where(Collection.owner_id == account_id))
    return {
        "materials": [
            {
                "id": material.public_id,
                "created_at": material.created_at.isoformat(),
                "versions": [_version(version, returns.get(version.id, ())) for version in material.versions],
            }
            for material in materials
        ],
        "review_claims": [{"version": each.version_id, "claimed_at": each.claimed_at.isoformat()} for each in claims],
        "uploads": [
            {"name": each.name, "size": each.size, "received": each.received, "begun_at": each.created_at.isoformat()}
            for each in session.scalars(sa.select(Upload).where(Upload.account_id == account_id))
        ],
        "batches": [
            {"kind": each.kind, "state": each.state, "begun_at": each.created_at.isoformat()}
            for each in session.scalars(sa.select(Batch).where(Batch.account_id == account_id))
        ],
        "planned_publications": [
            {"version": each.version_id, "day": each.day.isoformat()}
            for each in session.scalars(
                sa.select(PlannedPublication).where(PlannedPublication.account_id == account_id)
            )
        ],
        "collections": [{"id": each.public_id, "title": each.title, "summary": each.summary} for each in collections],
    }


def _returns(session: Session, account_id: int) -> dict[int, list[ReviewReturn]]:
    query = sa.select(ReviewReturn).join(Version, Version.id == ReviewReturn.version_id).join(Version.material)
    found: dict[int, list[ReviewReturn]] = {}
    for each in session.scalars(query.where(Material.owner_id == account_id).order_by(ReviewReturn.id)):
        found.setdefault(each.version_id, []).append(each)
    return found


def _version(version: Version, returns: Iterable[ReviewReturn]) -> dict[str, Any]:
    return {
        "number": version.number,
        "state": version.state,
        "metadata": version.record,
        "files": [file.name for file in version.files],
        "return_reason": version.return_reason,
        "returned": [{"at": each.returned_at.isoformat(), "reason": each.reason} for each in returns],
    }


def _erase(session: Session, account_id: int) -> None:
    """Delete the person's unpublished work; what is published stays, without an owner."""
    # By the database's own cascades: one by one, thousands of drafts would keep others from writing for seconds.
    session.flush()
    own = sa.select(Material.id).where(Material.owner_id == account_id)
    session.execute(
        sa.delete(Version).where(
            Version.material_id.in_(own), Version.created_by_id == account_id, Version.state.in_(OPEN_STATES)
        )
    )
    session.execute(sa.delete(Material).where(Material.owner_id == account_id, Material.current_version_id.is_(None)))
    session.expire_all()
    for column in (*_DEEDS, *_OWNERS):
        session.execute(sa.update(column.class_).where(column == account_id).values({column: None}))
    for model in (Upload, Batch):  # their bytes go with the next sweep
        session.execute(sa.delete(model).where(model.account_id == account_id))
    session.execute(sa.delete(ReviewClaim).where(ReviewClaim.account_id == account_id))
    planned = sa.update(PlannedPublication).where(PlannedPublication.account_id == account_id)
    session.execute(planned.values(account_id=None))
    session.execute(sa.delete(IdempotencyKey).where(IdempotencyKey.key.startswith(f"{account_id}:")))


def _own(account_id: int) -> sa.Select[Material]:
    return sa.select(Material).where(Material.owner_id == account_id).options(selectinload(Material.versions))


personal_data.register(
    "catalogue",
    tables={"material", "collection", "planned_publication", "review_claim", "upload", "batch"},
    export=_export,
    erase=_erase,
    basis=personal_data.Basis.WORK,
    title=N_("Materials and collections"),
    why=N_("What you made here. What is published stays when you go, without your account; drafts are deleted."),
)
