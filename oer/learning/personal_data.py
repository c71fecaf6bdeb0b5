"""Export and erasure of a person's problem reports and saved searches."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core import personal_data
from oer.learning.models import ProblemReport, SavedSearch


def _export(session: Session, account_id: int) -> list[dict[str, Any]]:
    reports = session.scalars(sa.select(ProblemReport).where(ProblemReport.reporter_id == account_id))
    return [
        {
            "material": report.material.public_id,
            "reported_at": report.reported_at.isoformat(),
            "kind": report.kind.value,
            "place": report.place,
            "words": report.words,
            "state": report.state.value,
            "answer": report.answer,
        }
        for report in reports
    ]


def _erase(session: Session, account_id: int) -> None:
    # The report stays; who made it is forgotten.
    theirs = sa.update(ProblemReport).where(ProblemReport.reporter_id == account_id)
    session.execute(theirs.values(reporter_id=None))


personal_data.register("learning", tables={"problem_report"}, export=_export, erase=_erase)


def _export_searches(session: Session, account_id: int) -> list[dict[str, Any]]:
    kept = session.scalars(sa.select(SavedSearch).where(SavedSearch.account_id == account_id))
    return [{"name": each.name, "search": each.arguments, "saved_at": each.saved_at.isoformat()} for each in kept]


def _erase_searches(session: Session, account_id: int) -> None:
    session.execute(sa.delete(SavedSearch).where(SavedSearch.account_id == account_id))


personal_data.register("searches", tables={"saved_search"}, export=_export_searches, erase=_erase_searches)
