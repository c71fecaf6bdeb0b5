"""Problem reports for those who answer them, and a person's saved searches."""

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from oer.accounts.models import Account
from oer.accounts.permissions import Action, may_in, units_for
from oer.catalogue.models import Material
from oer.core.db import Page, page_of
from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.learning.models import ProblemReport, ProblemState, SavedSearch

UNKNOWN_REPORT = N_("This report does not exist.")


def problem_reports(session: Session, account: Account, state: ProblemState, page: int = 1) -> Page[ProblemReport]:
    """Return a page of the reports in a state that an account may answer, the oldest first."""
    query = sa.select(ProblemReport).where(ProblemReport.state == state)
    units = units_for(account, Action.PROBLEM_ANSWER)
    if units is not None:
        query = query.where(ProblemReport.material.has(Material.unit_id.in_(units)))
    loads = selectinload(ProblemReport.material).selectinload(Material.current_version)
    return page_of(session, query.options(loads).order_by(ProblemReport.reported_at, ProblemReport.id), page)


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
