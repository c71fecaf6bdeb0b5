"""Problem reports for those who answer them; a person's saved searches, shelf, progress and lists."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from oer.accounts.models import Account, Unit
from oer.accounts.permissions import Action, may_in, units_for
from oer.backends.extraction.media_types import MEDIA_TYPES, Family
from oer.backends.search import SearchIndex, Sort
from oer.catalogue.models import Collection, CollectionItem, Material, Version, VersionFile, VersionTerm
from oer.catalogue.queries.browsing import IS_PUBLIC, Card, cards_by_public_ids, materials_by_public_ids
from oer.core.db import Page, page_of
from oer.core.durations import learning_minutes
from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.core.ids import token_hash
from oer.files.models import Blob
from oer.learning.models import (
    FinishedMaterial,
    FollowedKind,
    Following,
    OwnList,
    OwnListItem,
    PlaceKind,
    ProblemReport,
    ProblemState,
    ReadingPosition,
    SavedSearch,
    ShelfItem,
)
from oer.search.queries.results import search_outcome
from oer.search.schemas import read_search
from oer.vocabularies import vocabularies

UNKNOWN_REPORT = N_("This report does not exist.")
UNKNOWN_LIST = N_("There is no such list.")


def problem_reports(
    session: Session, account: Account, state: ProblemState, page: int = 1, *, kind: str = "", unit: str = ""
) -> Page[ProblemReport]:
    """Return a page of the reports in a state that an account may answer, what waits the oldest first.

    `kind` and `unit` (a code) narrow them; what is no kind or unit finds nothing.
    """
    query = _answerable(account).where(ProblemReport.state == state)
    if kind:
        query = query.where(ProblemReport.kind == kind)
    if unit:
        query = query.where(
            ProblemReport.material.has(Material.unit_id.in_(sa.select(Unit.id).where(Unit.code == unit)))
        )
    loads = selectinload(ProblemReport.material).selectinload(Material.current_version)
    moment = ProblemReport.reported_at
    oldest_first = state in {ProblemState.OPEN, ProblemState.ACCEPTED}
    order = (moment, ProblemReport.id) if oldest_first else (moment.desc(), ProblemReport.id.desc())
    return page_of(session, query.options(loads).order_by(*order), page)


def _answerable(account: Account) -> sa.Select[ProblemReport]:
    query, units = sa.select(ProblemReport), units_for(account, Action.PROBLEM_ANSWER)
    return query if units is None else query.where(ProblemReport.material.has(Material.unit_id.in_(units)))


def problem_counts(session: Session, account: Account) -> dict[ProblemState, int]:
    """Return how many reports an account may answer are in each state."""
    found = _answerable(account).with_only_columns(ProblemReport.state, sa.func.count()).group_by(ProblemReport.state)
    return dict(session.execute(found).all())


def units_with_problems(session: Session, account: Account) -> list[Unit]:
    """Return the units about whose materials there are reports that an account may answer, by code."""
    theirs = _answerable(account).with_only_columns(ProblemReport.material_id)
    units = sa.select(Material.unit_id).where(Material.id.in_(theirs))
    return list(session.scalars(sa.select(Unit).where(Unit.id.in_(units)).order_by(Unit.code)))


def own_reports(session: Session, account_id: int, page: int = 1) -> Page[ProblemReport]:
    """Return what somebody reported while they were signed in, the newest first."""
    query = sa.select(ProblemReport).where(ProblemReport.reporter_id == account_id)
    loads = selectinload(ProblemReport.material).selectinload(Material.current_version)
    ordered = query.options(loads).order_by(ProblemReport.reported_at.desc(), ProblemReport.id.desc())
    return page_of(session, ordered, page)


def followed_report(session: Session, secret: str) -> ProblemReport:
    """Return the report that a secret address leads to. Raises NotFound."""
    found = session.scalar(sa.select(ProblemReport).where(ProblemReport.follow_hash == token_hash(secret)))
    if found is None:
        raise NotFound(UNKNOWN_REPORT)
    return found


def report_to_answer(session: Session, account: Account, report_id: int) -> ProblemReport:
    """Return a report that an account may answer. Raises NotFound for any other, as if it did not exist."""
    report = session.get(ProblemReport, report_id)
    if report is None or not may_in(account, Action.PROBLEM_ANSWER, report.material.unit_id):
        raise NotFound(UNKNOWN_REPORT)
    return report


def saved_searches(session: Session, account_id: int) -> list[SavedSearch]:
    """Return a person's searches, the newest first."""
    query = sa.select(SavedSearch).where(SavedSearch.account_id == account_id)
    return list(session.scalars(query.order_by(SavedSearch.saved_at.desc(), SavedSearch.id.desc())))


@dataclass(frozen=True)
class KnownPlace:
    """A place in a material: file, page or second, of how many (0: not known), and when it was kept."""

    file: int
    kind: PlaceKind
    at: int
    total: int
    when: datetime

    @property
    def percent(self) -> int:
        """How far it is, of 100; 0 where the whole is not known."""
        return min(100, round(100 * self.at / self.total)) if self.total else 0


@dataclass(frozen=True)
class GoingOn:
    """A material that somebody is in the middle of: its card, where they are, and where they were before.

    `family` is the kind of the file that they are in, None where the material has that file no more.
    """

    card: Card
    place: KnownPlace
    before: KnownPlace | None
    family: Family | None

    @property
    def minutes_left(self) -> float | None:
        """About how many minutes are left, where the material says how long it takes."""
        whole = learning_minutes(self.card.record.get("time_required"))
        return None if whole is None or not self.place.total else whole * (100 - self.place.percent) / 100


def _places_of(position: ReadingPosition) -> tuple[KnownPlace, KnownPlace | None]:
    p = position
    now_at = KnownPlace(p.file_number, p.kind, p.place, p.total, p.saved_at)
    if p.before_at is None or p.before_kind is None:
        return now_at, None
    return now_at, KnownPlace(p.before_file or 0, p.before_kind, p.before_place or 0, p.before_total or 0, p.before_at)


def going_on(session: Session, account_id: int, most: int) -> list[GoingOn]:
    """Return what somebody is in the middle of, the latest first; what they finished, once they read on in it."""
    finished = sa.exists().where(
        FinishedMaterial.account_id == account_id,
        FinishedMaterial.material_id == ReadingPosition.material_id,
        FinishedMaterial.finished_at >= ReadingPosition.saved_at,
    )
    is_its_file = sa.and_(
        VersionFile.version_id == Material.current_version_id, VersionFile.number == ReadingPosition.file_number
    )
    query = (
        sa.select(Material.public_id, ReadingPosition, Blob.media_type)
        .join(Material, Material.id == ReadingPosition.material_id)
        .outerjoin(VersionFile, is_its_file)
        .outerjoin(Blob, Blob.sha256 == VersionFile.blob_sha256)
        .where(ReadingPosition.account_id == account_id, sa.not_(finished), *IS_PUBLIC)
        .order_by(ReadingPosition.saved_at.desc(), ReadingPosition.material_id)
        .limit(most)
    )
    rows = session.execute(query).all()
    cards = cards_by_public_ids(session, [public_id for public_id, _, _ in rows])
    return [
        GoingOn(cards[public_id], *_places_of(position), _family(media_type))
        for public_id, position, media_type in rows
        if public_id in cards
    ]


def _family(media_type: str | None) -> Family | None:
    known = MEDIA_TYPES.get(media_type or "")
    return known.family if known else None


def place_in(session: Session, account_id: int, material_id: int) -> tuple[KnownPlace, KnownPlace | None] | None:
    """Return where somebody is in a material and where they were before; None if nothing is kept."""
    position = session.get(ReadingPosition, (account_id, material_id))
    return None if position is None else _places_of(position)


@dataclass(frozen=True)
class OnShelf:
    """What an account keeps of one material."""

    saved: bool
    finished: bool


def kept_of(session: Session, account_id: int, material_id: int) -> OnShelf:
    """Return whether somebody saved a material, and whether they finished it."""
    saved, finished = session.execute(
        sa.select(
            sa.exists().where(ShelfItem.account_id == account_id, ShelfItem.material_id == material_id),
            sa.exists().where(FinishedMaterial.account_id == account_id, FinishedMaterial.material_id == material_id),
        )
    ).one()
    return OnShelf(bool(saved), bool(finished))


def saved_materials(session: Session, account_id: int, page: int = 1, size: int = 24) -> Page[Card]:
    """Return a page of somebody's shelf, what was saved last first. Withdrawn materials are left out."""
    query = sa.select(Material.public_id).join(ShelfItem, ShelfItem.material_id == Material.id)
    query = query.where(ShelfItem.account_id == account_id, *IS_PUBLIC)
    return _cards_of_page(session, query.order_by(ShelfItem.saved_at.desc(), ShelfItem.material_id), page, size)


def finished_materials(session: Session, account_id: int, page: int = 1, size: int = 24) -> Page[Card]:
    """Return a page of what somebody finished, the latest first."""
    query = sa.select(Material.public_id).join(FinishedMaterial, FinishedMaterial.material_id == Material.id)
    query = query.where(FinishedMaterial.account_id == account_id, *IS_PUBLIC)
    ordered = query.order_by(FinishedMaterial.finished_at.desc(), FinishedMaterial.material_id)
    return _cards_of_page(session, ordered, page, size)


def _cards_of_page(session: Session, query: sa.Select[str], page: int, size: int) -> Page[Card]:
    found = page_of(session, query, page, size)
    cards = cards_by_public_ids(session, found.items)
    shown = [cards[each] for each in found.items if each in cards]
    return Page(shown, found.number, found.size, found.total)


@dataclass(frozen=True)
class CourseProgress:
    """What somebody has finished of a course, by material id and by public id, of how many; what is next.

    `minutes_left` adds up the materials that state their length.
    """

    done: frozenset[int]
    done_ids: frozenset[str]
    total: int
    minutes_left: float
    next: Card | None


def course_progress(session: Session, account_id: int, cards: Mapping[int, Card]) -> CourseProgress:
    """Return how far somebody is in a course, given by its cards in their order, by material id."""
    theirs = FinishedMaterial.account_id == account_id
    query = sa.select(FinishedMaterial.material_id).where(theirs, FinishedMaterial.material_id.in_(list(cards)))
    done = frozenset(session.scalars(query))
    left = [card for number, card in cards.items() if number not in done]
    minutes = (learning_minutes(card.record.get("time_required")) or 0 for card in left)
    ids = frozenset(cards[number].public_id for number in done)
    return CourseProgress(done, ids, len(cards), sum(minutes), left[0] if left else None)


@dataclass(frozen=True)
class ListLine:
    """A list among somebody's own: how many public materials are in it, and whether it is shared."""

    id: int
    title: str
    count: int
    is_shared: bool


def own_lists(session: Session, account_id: int) -> list[ListLine]:
    """Return somebody's lists, what was changed last first."""
    public = sa.and_(Material.id == OwnListItem.material_id, *IS_PUBLIC)
    query = (
        sa.select(OwnList.id, OwnList.title, sa.func.count(Material.id), OwnList.share_token.is_not(None))
        .outerjoin(OwnListItem, OwnListItem.list_id == OwnList.id)
        .outerjoin(Material, public)
        .where(OwnList.account_id == account_id)
        .group_by(OwnList.id, OwnList.title, OwnList.share_token, OwnList.changed_at)
        .order_by(OwnList.changed_at.desc(), OwnList.id.desc())
    )
    return [ListLine(number, title, count, bool(shared)) for number, title, count, shared in session.execute(query)]


def own_list(session: Session, account_id: int, number: int) -> OwnList:
    """Return one of somebody's lists. Raises NotFound for any other, as if it did not exist."""
    found = session.get(OwnList, number)
    if found is None or found.account_id != account_id:
        raise NotFound(UNKNOWN_LIST)
    return found


def shared_list(session: Session, token: str) -> OwnList:
    """Return the list that a secret link leads to. Raises NotFound."""
    found = session.scalar(sa.select(OwnList).where(OwnList.share_token == token))
    if found is None:
        raise NotFound(UNKNOWN_LIST)
    return found


@dataclass(frozen=True)
class Listed:
    """A material in a list, with the note beside it."""

    card: Card
    note: str


def listed_in(session: Session, found: OwnList) -> list[Listed]:
    """Return the public materials of a list in their order."""
    query = (
        sa.select(Material.public_id, OwnListItem.note)
        .join(Material, Material.id == OwnListItem.material_id)
        .where(OwnListItem.list_id == found.id, *IS_PUBLIC)
        .order_by(OwnListItem.position, OwnListItem.material_id)
    )
    rows = session.execute(query).all()
    cards = cards_by_public_ids(session, [public_id for public_id, _ in rows])
    return [Listed(cards[public_id], note) for public_id, note in rows if public_id in cards]


@dataclass(frozen=True)
class News:
    """A material that is new in something that is followed."""

    public_id: str
    title: dict[str, str]
    published_at: datetime


@dataclass
class Followed:
    """Something that somebody follows: its name by language, its path, and what is new in it, the newest first."""

    kind: FollowedKind
    target: str
    name: dict[str, str]
    path: str
    news: list[News] = field(default_factory=list)


_PATHS = {
    FollowedKind.SUBJECT: "/subjects/{}",
    FollowedKind.COURSE: "/collections/{}",
    FollowedKind.UNIT: "/units/{}",
}
MOST_NEWS = 300


def name_of(session: Session, kind: FollowedKind, target: str) -> dict[str, str] | None:
    """Return the name of what can be followed, None if there is no such thing or it is not public."""
    return _names(session, kind, [target]).get(target)


def _names(session: Session, kind: FollowedKind, targets: list[str]) -> dict[str, dict[str, str]]:
    match kind:
        case FollowedKind.SUBJECT:
            known = ((code, vocabularies().subjects.get(code)) for code in targets)
            return {code: dict(term.labels) for code, term in known if term is not None}
        case FollowedKind.UNIT:
            query = sa.select(Unit.code, Unit.name).where(Unit.code.in_(targets))
        case FollowedKind.COURSE:
            public = (Collection.public_id.in_(targets), Collection.published_at.is_not(None))
            query = sa.select(Collection.public_id, Collection.title).where(*public)
    return dict(session.execute(query).all())


def _news(session: Session, kind: FollowedKind, targets: list[str], since: datetime) -> list[tuple[str, News]]:
    """Return what was first published since then in each of the targets, the newest first."""
    query: sa.Select[Any]
    match kind:
        case FollowedKind.SUBJECT:
            query = sa.select(VersionTerm.code).join(Version, Version.id == VersionTerm.version_id)
            query = query.where(VersionTerm.scheme == "subject", VersionTerm.code.in_(targets))
            query = query.join(Material, Material.current_version_id == Version.id)
        case FollowedKind.UNIT:
            query = sa.select(Unit.code).join(Material, Material.unit_id == Unit.id).where(Unit.code.in_(targets))
            query = query.join(Version, Version.id == Material.current_version_id)
        case FollowedKind.COURSE:
            query = sa.select(Collection.public_id).where(Collection.public_id.in_(targets))
            query = query.join(CollectionItem, CollectionItem.collection_id == Collection.id)
            query = query.join(Material, Material.id == CollectionItem.material_id)
            query = query.join(Version, Version.id == Material.current_version_id)
    query = query.add_columns(Material.public_id, Version.record, Material.first_published_at)
    query = query.where(Material.first_published_at > since, *IS_PUBLIC)
    newest = query.order_by(Material.first_published_at.desc(), Material.id.desc()).limit(MOST_NEWS)
    rows = session.execute(newest).all()
    return [(of, News(public_id, record.get("title", {}), moment)) for of, public_id, record, moment in rows]


def is_following(session: Session, account_id: int, kind: FollowedKind, target: str) -> bool:
    """Whether somebody follows something."""
    theirs = (Following.account_id == account_id, Following.kind == kind, Following.target == target)
    return bool(session.scalar(sa.select(sa.exists().where(*theirs))))


def followed(session: Session, account_id: int, since: datetime) -> list[Followed]:
    """Return what somebody follows, as far as it is there, with what is new in it since then."""
    query = sa.select(Following.kind, Following.target).where(Following.account_id == account_id)
    rows = session.execute(query.order_by(Following.followed_at.desc(), Following.id.desc())).all()
    found: dict[tuple[FollowedKind, str], Followed] = {}
    for kind in FollowedKind:
        targets = [target for of, target in rows if of is kind]
        names = _names(session, kind, targets) if targets else {}
        for target, name in names.items():
            found[kind, target] = Followed(kind, target, name, _PATHS[kind].format(target))
        for target, each in _news(session, kind, list(names), since) if names else ():
            found[kind, target].news.append(each)
    return [found[kind, target] for kind, target in rows if (kind, target) in found]


def news_of_search(session: Session, index: SearchIndex, saved: SavedSearch, since: datetime) -> list[News]:
    """Return what was first published since then among the newest results of a saved search."""
    search, faults = read_search(saved.arguments)
    if faults:
        return []  # a subject that is no more
    hits = search_outcome(session, index, replace(search, sort=Sort.NEWEST, page=1)).result.hits
    known = materials_by_public_ids(session, [hit.id for hit in hits])
    shown = [known[hit.id] for hit in hits if hit.id in known]
    return [
        News(each.public_id, each.current_version.record.get("title", {}), each.first_published_at)
        for each in shown
        if each.current_version and each.first_published_at and each.first_published_at > since
    ]
