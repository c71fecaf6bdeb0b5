"""What waits for people, not for machines: what the start page shows those who may deal with it."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, RoleRequestState
from oer.accounts.permissions import Action, may
from oer.accounts.queries import list_role_requests
from oer.catalogue.queries.materials import review_queue, withdrawal_requests
from oer.core.i18n import N_
from oer.indicators.models.rounds import ReportState, UnitReport
from oer.learning.models import ProblemState
from oer.learning.queries import problem_reports
from oer.learning.queries.voices import REPORTED, WAITING, voices_to_review


@dataclass(frozen=True)
class Pile:
    """Work of one kind: where it is done, how much waits, since when the oldest of it, and who deals with it."""

    endpoint: str
    label: str
    count: int
    since: datetime | None
    whose: str


def waiting_for(session: Session, account: Account) -> list[Pile]:
    """Return what an account may deal with, also where nothing waits; empty for those who decide nothing."""
    found: list[Pile] = []
    reviewer, administrator = N_("reviewers"), N_("administrators")
    if may(account, Action.MATERIAL_REVIEW):
        queue, asked = review_queue(session, account), withdrawal_requests(session, account)
        since = queue.items[0].submitted_at if queue.items else None
        found.append(Pile("catalogue.review_queue", N_("Materials to review"), queue.total, since, reviewer))
        since = asked.items[0].withdrawal_asked_at if asked.items else None
        found.append(Pile("catalogue.review_queue", N_("Requests to withdraw"), asked.total, since, reviewer))
    if may(account, Action.PROBLEM_ANSWER):
        problems = problem_reports(session, account, ProblemState.OPEN)
        since = problems.items[0].reported_at if problems.items else None
        found.append(Pile("learning.problems", N_("Reported problems"), problems.total, since, reviewer))
    if may(account, Action.VOICE_REVIEW):
        held, reported = (voices_to_review(session, account, queue) for queue in (WAITING, REPORTED))
        since = min(
            [each.said_at for each in held.items[:1]]
            + [each.reported_at for each in reported.items[:1] if each.reported_at],
            default=None,
        )
        label = N_("Ratings and questions to look at")
        found.append(Pile("learning.review_voices", label, held.total + reported.total, since, reviewer))
    if may(account, Action.ACCOUNT_ADMINISTER):
        requests = list_role_requests(session, RoleRequestState.OPEN)
        since = requests.items[0].asked_at if requests.items else None
        label = N_("Requests to become an educator")
        found.append(Pile("accounts_admin.role_requests", label, requests.total, since, administrator))
    if may(account, Action.INDICATOR_ADMINISTER):
        submitted = sa.select(sa.func.count(), sa.func.min(UnitReport.submitted_at))
        count, since = session.execute(submitted.where(UnitReport.state == ReportState.SUBMITTED)).one()
        found.append(Pile("indicators.rounds", N_("Unit reports to approve"), count, since, administrator))
    return found
