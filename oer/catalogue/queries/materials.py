"""One material for readers, editors and reviewers, and the lists that editors and reviewers work through."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, selectinload

from oer.accounts.models import Account, Role, RoleGrant, Unit
from oer.accounts.permissions import Action, units_for
from oer.catalogue.models import Contributor, Material, Version, VersionFile, VersionState
from oer.catalogue.permissions import may_edit, may_review, may_see, may_withdraw
from oer.catalogue.review_models import ReviewClaim, claims_count_since
from oer.core.db import Page, page_among, page_of, plain_rows
from oer.core.errors import Forbidden, Gone, NotFound
from oer.core.i18n import N_
from oer.vietnamese.keys import folded_text

UNKNOWN_MATERIAL = N_("There is no such material.")
NOT_YOURS = N_("You cannot change this material.")
WITHDRAWN = N_("This material was withdrawn.")
CLOSED = N_("This earlier version can no longer be read.")

# Built once: it runs for every material's page.
_PUBLISHED = (
    sa.select(Material)
    .where(Material.public_id == sa.bindparam("public_id"), Material.current_version_id.is_not(None))
    .options(joinedload(Material.current_version))
)


def find_published(session: Session, public_id: str) -> Material:
    """Return a material that is or was public, with its published version. Raises NotFound.

    If it is not `is_public`, it is withdrawn, and only its tombstone may be shown.
    """
    material = session.scalar(_PUBLISHED, {"public_id": public_id})
    if material is None:
        raise NotFound(UNKNOWN_MATERIAL)
    return material


_CONTRIBUTORS = (
    sa.select(Contributor.name, Contributor.key, Contributor.role)
    .where(Contributor.version_id == sa.bindparam("version_id"))
    .order_by(Contributor.position)
)


class ContributorName(NamedTuple):
    """A contributor as a material's page names them."""

    name: str
    key: str
    role: str


def contributors_of(session: Session, version: Version) -> list[ContributorName]:
    """Return the contributors of a version in order."""
    return [ContributorName(*row) for row in plain_rows(session, _CONTRIBUTORS, {"version_id": version.id})]


_REVIEWING_FOR = sa.select(RoleGrant.unit_id).where(
    RoleGrant.account_id == sa.bindparam("account_id"),
    RoleGrant.role == Role.REVIEWER,
    RoleGrant.granted_at <= sa.bindparam("moment"),
)


class Review(NamedTuple):
    """The review that a version passed: when, and for whom the reviewer spoke; people are not named.

    `for_unit`: for the material's unit, else for the whole repository; None if that cannot be told any more.
    `checked` are the points that the reviewer ticked, as language maps.
    """

    at: datetime
    for_unit: bool | None
    checked: tuple[Mapping[str, str], ...] = ()


def review_of(session: Session, version: Version) -> Review | None:
    """Return the review of a published version; None if nobody but its author, or an import, put it in service."""
    by, at = version.reviewed_by_id, version.reviewed_at
    if at is None or by is None or version.submitted_at is None or by == version.created_by_id:
        return None
    # Roles of that time only: who got one for another unit since then did not speak for it.
    units = [unit_id for (unit_id,) in plain_rows(session, _REVIEWING_FOR, {"account_id": by, "moment": at})]
    for_unit = version.material.unit_id is not None and version.material.unit_id in units
    checked = tuple(point["label"] for point in version.review_points or () if point["checked"])
    return Review(at, for_unit if units else None, checked)


def find_public(session: Session, public_id: str) -> Material:
    """Return a public material. Raises NotFound, or Gone if it was withdrawn."""
    material = find_published(session, public_id)
    if not material.is_public:
        raise Gone(WITHDRAWN, code="withdrawn")
    return material


def find_material(session: Session, public_id: str) -> Material:
    """Return a material in any state. Raises NotFound."""
    query = sa.select(Material).where(Material.public_id == public_id)
    material = session.scalar(query.options(selectinload(Material.versions)))
    if material is None:
        raise NotFound(UNKNOWN_MATERIAL)
    return material


def material_to_edit(session: Session, account: Account | None, public_id: str) -> Material:
    """Return a material that an account may change. Raises Forbidden, or NotFound if it may not even know of it."""
    material = find_material(session, public_id)
    if may_edit(account, material):
        return material
    if any(may_see(account, version) for version in material.versions):
        raise Forbidden(NOT_YOURS)
    raise NotFound(UNKNOWN_MATERIAL)


def version_to_review(session: Session, account: Account | None, public_id: str) -> Version:
    """Return the version of a material that waits for a decision, else the one that is or was public.

    Raises NotFound if there is neither or the account may not know of it, Forbidden if it may see but not review it.
    """
    material = find_material(session, public_id)
    version = material.version_to_decide
    if version is None or not may_see(account, version):
        raise NotFound(UNKNOWN_MATERIAL)
    if not may_review(account, material) and not may_withdraw(account, material):
        raise Forbidden(NOT_YOURS)
    return version


def version_to_see(session: Session, account: Account | None, public_id: str, number: int) -> Version:
    """Return a version that an account may know of.

    Raises Gone for one that was public and is withdrawn or closed, NotFound for any other, whether it exists or not.
    """
    material = find_material(session, public_id)
    version = next((each for each in material.versions if each.number == number), None)
    if version is not None and may_see(account, version):
        return version
    if version is not None and not version.is_open:
        raise Gone(WITHDRAWN, code="withdrawn") if material.withdrawn_at else Gone(CLOSED, code="closed")
    raise NotFound(UNKNOWN_MATERIAL)


class OwnState(StrEnum):
    """What an account's materials are filtered by: how far the newest version of each is."""

    DRAFT = "draft"
    RETURNED = "returned"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


_STATES: Mapping[OwnState, sa.ColumnElement[bool]] = {
    OwnState.DRAFT: sa.and_(Version.state == VersionState.DRAFT, Version.return_reason.is_(None)),
    OwnState.RETURNED: sa.and_(Version.state == VersionState.DRAFT, Version.return_reason.is_not(None)),
    OwnState.IN_REVIEW: Version.state == VersionState.IN_REVIEW,
    OwnState.PUBLISHED: sa.and_(Version.state == VersionState.PUBLISHED, Material.withdrawn_at.is_(None)),
    OwnState.WITHDRAWN: Material.withdrawn_at.is_not(None),
}


def own_materials(
    session: Session, account_id: int, page: int = 1, *, words: str = "", state: OwnState | None = None
) -> Page[Material]:
    """Return a page of an account's materials with all their versions, newest first.

    `words` are beginnings of words of the title, or of what a draft without one goes by, with or without marks.
    """
    newer = aliased(Version)
    is_newest = ~sa.exists().where(newer.material_id == Version.material_id, newer.number > Version.number)
    query = sa.select(Material).join(Version, Version.material_id == Material.id)
    query = query.where(Material.owner_id == account_id, is_newest).order_by(Material.id.desc())
    if state is not None:
        query = query.where(_STATES[state])
    if not words.strip():
        found = page_of(session, query.options(selectinload(Material.versions)), page)
    else:
        found = page_among(_named(session, query, words), page, lambda ids: _by_id(session, ids))
    untitled = [each.newest_version.id for each in found.items if not each.newest_version.record.get("title")]
    if untitled:  # they go by their files
        session.scalars(sa.select(Version).where(Version.id.in_(untitled)).options(selectinload(Version.files))).all()
    return found


def _named(session: Session, query: sa.Select[Any], words: str) -> list[int]:
    """Return the ids of the materials of `query` whose newest version goes by a name with these words."""
    columns = (Material.id, Version.id, Version.record["title"], Version.record["source_url"])
    rows = session.execute(query.with_only_columns(*columns)).all()
    untitled = [version_id for _, version_id, title, _ in rows if not title]
    files = sa.select(VersionFile.version_id, VersionFile.name).where(VersionFile.version_id.in_(untitled))
    names: dict[int, str] = {}
    for version_id, name in session.execute(files) if untitled else ():
        names[version_id] = f"{names.get(version_id, '')} {name}"
    wanted = [f" {word}" for word in folded_text(words).split()]
    found = []
    for material_id, version_id, title, address in rows:
        name = " ".join(title.values()) if title else f"{names.get(version_id, '')} {address or ''}"
        if all(word in f" {folded_text(name)}" for word in wanted):
            found.append(material_id)
    return found


def _by_id(session: Session, ids: Sequence[int]) -> list[Material]:
    query = sa.select(Material).where(Material.id.in_(ids)).options(selectinload(Material.versions))
    return list(session.scalars(query.order_by(Material.id.desc())))


class InHand(StrEnum):
    """What the queue is filtered by: who has a submission in hand."""

    NOBODY = "nobody"
    MINE = "mine"
    OTHERS = "others"


def to_decide(account: Account) -> sa.Select[tuple[Version]]:
    """Return the query of the versions that an account may decide on, with their materials joined.

    Its own are left out: nobody reviews their own.
    """
    query = (
        sa.select(Version)
        .join(Version.material)
        .where(Version.state == VersionState.IN_REVIEW)
        .where(Version.created_by_id.is_distinct_from(account.id), Material.owner_id.is_distinct_from(account.id))
    )
    return _in_units(query, account, Action.MATERIAL_REVIEW)


def review_queue(
    session: Session, account: Account, page: int = 1, *, unit: str = "", in_hand: InHand | None = None
) -> Page[Version]:
    """Return a page of the versions that an account may decide on, those that wait longest first.

    `unit` is the code of the unit that they are from, `in_hand` who has them in hand.
    """
    query = to_decide(account).options(contains_eager(Version.material)).order_by(Version.submitted_at, Version.id)
    if unit:
        query = query.where(Material.unit_id.in_(sa.select(Unit.id).where(Unit.code == unit)))
    claims = sa.select(ReviewClaim.version_id).where(ReviewClaim.claimed_at > claims_count_since())
    if in_hand is InHand.NOBODY:
        query = query.where(Version.id.not_in(claims))
    elif in_hand is InHand.MINE:
        query = query.where(Version.id.in_(claims.where(ReviewClaim.account_id == account.id)))
    elif in_hand is InHand.OTHERS:
        query = query.where(Version.id.in_(claims.where(ReviewClaim.account_id != account.id)))
    return page_of(session, query, page)


def withdrawal_requests(session: Session, account: Account, page: int = 1) -> Page[Material]:
    """Return a page of the requests for withdrawal that an account may decide on, oldest first."""
    query = sa.select(Material).where(Material.withdrawal_asked_at.is_not(None), Material.withdrawn_at.is_(None))
    query = query.options(selectinload(Material.current_version)).order_by(Material.withdrawal_asked_at, Material.id)
    return page_of(session, _in_units(query, account, Action.MATERIAL_WITHDRAW), page)


def withdrawn_materials(session: Session, account: Account, page: int = 1) -> Page[Material]:
    """Return a page of the withdrawn materials that an account may restore, latest first."""
    query = sa.select(Material).where(Material.withdrawn_at.is_not(None))
    query = query.options(selectinload(Material.current_version)).order_by(Material.withdrawn_at.desc(), Material.id)
    return page_of(session, _in_units(query, account, Action.MATERIAL_WITHDRAW), page)


def _in_units(query: sa.Select[Any], account: Account, action: Action) -> sa.Select[Any]:
    units = units_for(account, action)
    return query if units is None else query.where(Material.unit_id.in_(units))
