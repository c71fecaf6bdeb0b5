"""Self-checks: an educator keeps the questions of a draft, a learner answers what comes back; the goal of a week.

The caller commits.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.catalogue.models import Material, Version
from oer.catalogue.seen import SELF_CHECK
from oer.catalogue.services.changes import lock_material
from oer.core.clock import latest, now, today
from oer.core.db import insert_into
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.core.seen import require_seen
from oer.learning.marking import Given, is_right
from oer.learning.models import DiaryEntry, PractisedQuestion, WeeklyGoal
from oer.learning.queries.practice import AskedQuestion, asked_question, keeps_questions, questions_by_digest
from oer.learning.recall import Judgement, digest_of, judgements_of, remembered
from oer.learning.self_checks import Question, parse, write

MOST_PRACTISED = 20_000
DAYS_OF_A_WEEK = 7
_NO_DAYS = N_("Choose from 1 to 7 days.")
_NO_JUDGEMENT = N_("Choose how well you knew it.")


def set_self_check(session: Session, material: Material, text: str, seen: str | None = None) -> list[Question]:
    """Keep the questions of a text with a material's draft, in place of those it had; an empty text takes them away.

    Raises FaultyText, Conflict where there is no draft, ChangedMeanwhile if they are not those that `seen` tells of.
    """
    lock_material(session, material)
    version = material.draft
    require_seen(seen, seen_parts(version))
    questions = parse(text)
    version.self_check, version.changed_at = write(questions), now()
    session.flush()
    return questions


def seen_parts(version: Version) -> dict[str, str]:
    """Return what the page shows on which questions are written, for `oer.core.seen`."""
    return {SELF_CHECK: version.self_check}


def keep_practised(session: Session, account_id: int, version: Version, question: Question, *, right: bool) -> bool:
    """Have a question that somebody answered with its material come back, by their consent.

    Their answer counts as the first; a question that is known already keeps its day. Returns whether it comes back.
    """
    if not keeps_questions(session, account_id):
        return False
    theirs = PractisedQuestion.account_id == account_id
    if (session.scalar(sa.select(sa.func.count()).select_from(PractisedQuestion).where(theirs)) or 0) >= MOST_PRACTISED:
        return False
    memory, due_at = remembered(None, judgements_of(right=right)[0], now())
    row = {
        "account_id": account_id,
        "material_id": version.material_id,
        "version_id": version.id,
        "digest": digest_of(question),
        "stability": memory.stability,
        "difficulty": memory.difficulty,
        "reviewed_at": memory.at,
        "due_at": due_at,
    }
    fresh = {"revision": 0, "is_new": True, "was_right": right}
    session.execute(insert_into(session, PractisedQuestion).values({**row, **fresh}).on_conflict_do_nothing())
    return True


@dataclass(frozen=True)
class Answered:
    """An answer that counted: whether it was right, and what may be said of it, each with when it comes back then."""

    asked: AskedQuestion
    right: bool
    due_at: datetime
    choices: dict[Judgement, datetime]


def answer_question(session: Session, account: Account, number: int, revision: int, given: Given) -> Answered | None:
    """Mark an answer to a question that came back, and say when it comes back next.

    None, and nothing changes, where the question was answered meanwhile (on another device, or the form was sent
    twice) or is not due. Raises NotFound for a question that is not theirs.
    """
    asked = asked_question(session, account.id, number)
    item, moment = asked.item, now()
    if item.revision != revision or item.due_at > moment:
        return None
    right, before = is_right(asked.question, given), item.memory
    after = {each: remembered(before, each, moment) for each in judgements_of(right=right)}
    item.remember(*after[judgements_of(right=right)[0]], before=before)
    item.first_asked_at, item.asked_at, item.is_new = item.first_asked_at or moment, moment, False
    item.was_right = right
    entry = {"account_id": account.id, "day": today(), "material_id": item.material_id, "note": ""}
    session.execute(insert_into(session, DiaryEntry).values(entry).on_conflict_do_nothing())
    session.flush()
    return Answered(asked, right, item.due_at, {each: due_at for each, (_memory, due_at) in after.items()})


def judge_answer(session: Session, account: Account, number: int, revision: int, judgement: str) -> datetime | None:
    """Take somebody's own judgement of their last answer, in place of what followed from its being right or not.

    Returns when the question comes back; None, and nothing changes, where it was answered or judged meanwhile. Raises
    NotFound for a question that is not theirs, Invalid for a judgement that cannot be of such an answer.
    """
    item = asked_question(session, account.id, number).item
    before = item.before
    if item.revision != revision or before is None:
        return None
    if judgement not in judgements_of(right=item.was_right):
        raise Invalid(_NO_JUDGEMENT, code="judgement")
    item.remember(*remembered(before, Judgement(judgement), item.reviewed_at), before=None)
    session.flush()
    return item.due_at


def ask_what_was_answered_in_future(session: Session) -> None:
    """Ask at once what was answered by a clock that was ahead and has been set right since: else it waited as long."""
    moment = now()
    future = PractisedQuestion.reviewed_at > latest()
    session.execute(sa.update(PractisedQuestion).where(future).values(reviewed_at=moment, due_at=moment))


def set_goal(session: Session, account: Account, days: int) -> bool:
    """Keep on how many days of a week somebody would like to learn; 0 removes it.

    Returns False, and keeps nothing, without their consent to a history. Raises Invalid for what is no number of days.
    """
    if days == 0:
        session.execute(sa.delete(WeeklyGoal).where(WeeklyGoal.account_id == account.id))
        return True
    if not 1 <= days <= DAYS_OF_A_WEEK:
        raise Invalid(_NO_DAYS, code="days")
    if not keeps_questions(session, account.id):
        return False
    insert = insert_into(session, WeeklyGoal).values(account_id=account.id, days=days, set_at=now())
    told = {"days": insert.excluded.days, "set_at": insert.excluded.set_at}
    session.execute(insert.on_conflict_do_update(index_elements=["account_id"], set_=told))
    return True


def follow_new_version(session: Session, material_id: int) -> None:
    """Take a material's practised questions over into its published version, and forget those it asks no more."""
    version = session.scalar(
        sa.select(Version).join(Material, Material.current_version_id == Version.id).where(Material.id == material_id)
    )
    if version is None:
        return
    of_it = PractisedQuestion.material_id == material_id
    gone = PractisedQuestion.digest.not_in(list(questions_by_digest(version.self_check)))
    session.execute(sa.delete(PractisedQuestion).where(of_it, gone))
    session.execute(sa.update(PractisedQuestion).where(of_it).values(version_id=version.id))
