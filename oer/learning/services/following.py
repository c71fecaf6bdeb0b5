"""Following subjects, courses and units, and a mail each week with what is new in them. The caller commits."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, AccountState
from oer.backends.search import SearchIndex
from oer.core.clock import now
from oer.core.db import insert_into
from oer.core.errors import Invalid, NotFound
from oer.core.i18n import N_, in_language
from oer.core.ids import new_token
from oer.jobs.mail import send_later
from oer.learning.models import FollowedKind, Following, WeeklyDigest
from oer.learning.queries import followed, name_of, news_of_search, saved_searches

MOST_FOLLOWED = 100
WEEK = timedelta(days=7)
MOST_IN_MAIL, MOST_SEARCHES = 10, 20
_NOTHING = N_("There is nothing of that name to follow.")
_ENOUGH = N_("You already follow %(most)s things. Stop following one first.")


def follow(session: Session, account: Account, kind: str, target: str) -> None:
    """Follow a subject, course or unit. Raises NotFound for what is not there, Invalid for more than 100."""
    if kind not in set(FollowedKind) or name_of(session, FollowedKind(kind), target) is None:
        raise NotFound(_NOTHING)
    mine = Following.account_id == account.id
    if (session.scalar(sa.select(sa.func.count()).select_from(Following).where(mine)) or 0) >= MOST_FOLLOWED:
        raise Invalid(_ENOUGH, most=MOST_FOLLOWED)
    row = {"account_id": account.id, "kind": FollowedKind(kind), "target": target, "followed_at": now()}
    session.execute(insert_into(session, Following).values(row).on_conflict_do_nothing())


def unfollow(session: Session, account: Account, kind: str, target: str) -> None:
    """Follow something no more; nothing happens if it was not followed."""
    if kind in set(FollowedKind):
        theirs = (Following.account_id == account.id, Following.kind == FollowedKind(kind))
        session.execute(sa.delete(Following).where(*theirs, Following.target == target))


def ask_for_digest(session: Session, account: Account) -> None:
    """Send a mail each week from now on, the first in a week; what is new from now on is told."""
    moment = now()
    row = {"account_id": account.id, "token": new_token(), "asked_at": moment}
    times = {"told_until": moment, "next_at": moment + WEEK}
    session.execute(insert_into(session, WeeklyDigest).values({**row, **times}).on_conflict_do_nothing())


def end_digest(session: Session, account: Account) -> None:
    """Send no more of these mails."""
    session.execute(sa.delete(WeeklyDigest).where(WeeklyDigest.account_id == account.id))


def unsubscribe(session: Session, token: str) -> bool:
    """Send no more of these mails to whom this secret was sent. Returns False for one that is not known any more."""
    ended = sa.delete(WeeklyDigest).where(WeeklyDigest.token == token).returning(WeeklyDigest.account_id)
    return session.scalar(ended) is not None


def send_digest(session: Session, index: SearchIndex, account_id: int) -> bool:
    """Send what is new to one of those for whom a digest is due, and note when the next one is.

    Returns whether there was anything to tell. The mail and the note are one transaction, so nothing is told twice.
    """
    digest = session.scalar(
        sa.select(WeeklyDigest).where(WeeklyDigest.account_id == account_id, is_due(now())).with_for_update()
    )
    account = session.get(Account, account_id)
    if digest is None or account is None:
        return False
    moment, since = now(), digest.told_until
    digest.told_until, digest.next_at = moment, moment + WEEK
    parts = _parts(session, index, account, since) if account.state is AccountState.ACTIVE else []
    if parts:
        values = {"name": account.name, "parts": parts, "unsubscribe_path": f"/unsubscribe/{digest.token}"}
        send_later(session, to=account.email, template="weekly_digest", language=account.language, values=values)
    session.flush()
    return bool(parts)


def is_due(moment: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that a digest is due: also one that was put off by a clock that was ahead."""
    return sa.or_(WeeklyDigest.next_at <= moment, WeeklyDigest.next_at > moment + 2 * WEEK)


def _parts(session: Session, index: SearchIndex, account: Account, since: datetime) -> list[dict[str, Any]]:
    """Return what is new as values of the mail; each material once, where it is found first."""
    found = [(in_language(each.name, account.language), each.news) for each in followed(session, account.id, since)]
    for saved in saved_searches(session, account.id)[:MOST_SEARCHES]:
        found.append((saved.name, news_of_search(session, index, saved, since)))
    told: set[str] = set()
    parts = []
    for name, news in found:
        fresh = [each for each in news if each.public_id not in told][:MOST_IN_MAIL]
        told |= {each.public_id for each in fresh}
        lines = [
            {"title": in_language(each.title, account.language), "path": f"/materials/{each.public_id}"}
            for each in fresh
        ]
        if lines:
            parts.append({"name": name, "materials": lines})
    return parts
