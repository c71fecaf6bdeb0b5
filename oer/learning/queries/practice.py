"""What of somebody's practised questions is due today, and the next of them; their week."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Consent, Purpose
from oer.accounts.services.consents import CONSENT_TEXTS
from oer.catalogue.models import Material, Version
from oer.catalogue.queries.browsing import IS_PUBLIC
from oer.core.clock import now, today
from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.learning.models import DiaryEntry, PractisedQuestion, WeeklyGoal
from oer.learning.recall import A_DAY, NEW_A_DAY, day_begins, digest_of, week_begins
from oer.learning.self_checks import Question, parse

UNKNOWN_QUESTION = N_("This question is not among those that you practise.")
_item = PractisedQuestion


@dataclass(frozen=True)
class Today:
    """Somebody's practice of a day: how many questions were asked, how many of them for the first time.

    `due` are those that have come back before and are to be asked now, `new_due` those that come back for the first
    time; each is counted up to what a day takes.
    """

    done: int
    new_done: int
    due: int
    new_due: int

    @property
    def new_left(self) -> int:
        """How many may still be asked for the first time today."""
        return max(0, min(self.new_due, NEW_A_DAY - self.new_done))

    @property
    def left(self) -> int:
        """How many are still to be asked today."""
        return max(0, min(self.due + self.new_left, A_DAY - self.done))

    @property
    def is_full(self) -> bool:
        """Whether more is due than a day takes."""
        return not self.left and bool(self.due or self.new_due)


def _due(*, is_new: bool, most: int) -> sa.Select[Any]:
    columns: tuple[Any, ...] = (_item, Material.public_id, Material.current_version_id)
    query = sa.select(*columns).join(Material, Material.id == _item.material_id)
    theirs = (_item.account_id == sa.bindparam("account_id"), _item.is_new.is_(is_new), *IS_PUBLIC)
    return query.where(*theirs, _item.due_at <= sa.bindparam("moment")).order_by(_item.due_at, _item.id).limit(most)


def _counted(query: sa.Select[Any]) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).select_from(query.with_only_columns(_item.id).subquery()).scalar_subquery()


# Built once: home asks for it, too. In the order of an index; no more rows are read than a day takes.
_DUE, _NEW_DUE = _due(is_new=False, most=A_DAY), _due(is_new=True, most=NEW_A_DAY)
_ASKED = sa.select(_item.id).where(
    _item.account_id == sa.bindparam("account_id"), _item.asked_at >= sa.bindparam("morning")
)
_TODAY = sa.select(
    _counted(_ASKED),
    _counted(_ASKED.where(_item.first_asked_at >= sa.bindparam("morning"))),
    _counted(_DUE),
    _counted(_NEW_DUE),
)


def practice_today(session: Session, account_id: int) -> Today:
    """Return what somebody has practised today, and how much is due; nothing for who keeps no history."""
    asked = {"account_id": account_id, "moment": now(), "morning": day_begins(today())}
    return Today(*session.execute(_TODAY, asked).one())


@dataclass(frozen=True)
class AskedQuestion:
    """A question that comes back, and where it is from."""

    item: PractisedQuestion
    question: Question
    public_id: str
    record: dict[str, Any]


def next_question(session: Session, account_id: int, of: Today) -> AskedQuestion | None:
    """Return what is to be asked next: what has come back before first. None if nothing is due, or the day is full.

    A question that its material has no more is passed over, until a sweep takes it away.
    """
    if not of.left:
        return None
    for query, most in ((_DUE, of.due), (_NEW_DUE, of.new_left)):
        rows = session.execute(query, {"account_id": account_id, "moment": now()}).all() if most else []
        for found in _with_questions(session, rows):
            return found
    return None


def asked_question(session: Session, account_id: int, number: int) -> AskedQuestion:
    """Return one of somebody's questions, locked for changing it.

    Raises NotFound for any other, and for one that its material has no more.
    """
    query = sa.select(_item, Material.public_id, Material.current_version_id)
    query = query.join(Material, Material.id == _item.material_id).with_for_update(of=_item)
    rows = session.execute(query.where(_item.id == number, _item.account_id == account_id, *IS_PUBLIC)).all()
    for found in _with_questions(session, rows):
        return found
    raise NotFound(UNKNOWN_QUESTION)


def _with_questions(session: Session, rows: Iterable[Any]) -> Iterator[AskedQuestion]:
    for item, public_id, version_id in rows:
        told = sa.select(Version.self_check, Version.record).where(Version.id == version_id)
        text, record = session.execute(told).one()
        question = questions_by_digest(text).get(item.digest)
        if question is not None:
            yield AskedQuestion(item, question, public_id, record)


@lru_cache(maxsize=128)
def questions_by_digest(text: str) -> Mapping[str, Question]:
    """Return the questions of a self-check by what each is known by."""
    return {digest_of(question): question for question in parse(text)}


def missed_today(session: Session, account_id: int) -> list[AskedQuestion]:
    """Return what was not right yet today, the latest first."""
    query = sa.select(_item, Material.public_id, Material.current_version_id)
    query = query.join(Material, Material.id == _item.material_id)
    missed = (_item.account_id == account_id, _item.asked_at >= day_begins(today()), _item.was_right.is_(False))
    rows = session.execute(query.where(*missed, *IS_PUBLIC).order_by(_item.asked_at.desc()).limit(A_DAY)).all()
    texts = {row.current_version_id for row in rows}
    told = session.execute(sa.select(Version.id, Version.self_check, Version.record).where(Version.id.in_(texts)))
    versions = {number: (questions_by_digest(text), record) for number, text, record in told} if texts else {}
    found = ((item, versions[version], public_id) for item, public_id, version in rows)
    return [
        AskedQuestion(item, known[item.digest], public_id, record)
        for item, (known, record), public_id in found
        if item.digest in known
    ]


def next_due_at(session: Session, account_id: int) -> datetime | None:
    """Return when the next question comes back that is not due yet; None if there is none."""
    query = sa.select(_item.due_at).join(Material, Material.id == _item.material_id)
    query = query.where(_item.account_id == account_id, _item.due_at > now(), *IS_PUBLIC)
    first = (query.where(_item.is_new.is_(is_new)).order_by(_item.due_at).limit(1) for is_new in (False, True))
    return min(filter(None, map(session.scalar, first)), default=None)


@dataclass(frozen=True)
class MyWeek:
    """Somebody's week from Monday on: on how many days they have learnt, and on how many they wish to (None: no goal).

    It is counted anew each time, and no week knows of another.
    """

    days: int
    goal: int | None


def my_week(session: Session, account_id: int) -> MyWeek:
    """Return somebody's week, by what they agreed to have remembered."""
    monday = week_begins(today())
    theirs = (DiaryEntry.account_id == account_id, DiaryEntry.day.between(monday, monday + timedelta(days=6)))
    days = sa.select(sa.func.count(DiaryEntry.day.distinct())).where(*theirs).scalar_subquery()
    goal = sa.select(WeeklyGoal.days).where(WeeklyGoal.account_id == account_id).scalar_subquery()
    return MyWeek(*session.execute(sa.select(days, goal)).one())


def behind_published(session: Session, most: int) -> list[int]:
    """Return materials of which somebody practises questions of another version than the published one.

    Withdrawn ones are not among them: their questions wait for their return.
    """
    query = sa.select(_item.material_id).join(Material, Material.id == _item.material_id).distinct().limit(most)
    return list(session.scalars(query.where(_item.version_id != Material.current_version_id, *IS_PUBLIC)))


def keeps_questions(session: Session, account_id: int) -> bool:
    """Whether somebody has agreed to a history in the wording that names questions; an older one did not."""
    agreed = (
        Consent.account_id == account_id,
        Consent.purpose == Purpose.HISTORY,
        Consent.withdrawn_at.is_(None),
        Consent.text_version == CONSENT_TEXTS[Purpose.HISTORY].version,
    )
    return bool(session.scalar(sa.select(sa.exists().where(*agreed))))
