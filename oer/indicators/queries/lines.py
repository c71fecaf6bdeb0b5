"""One line of a report: what stands there, and its evidence."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.indicators.models import Evidence, Observation, UnitReport

NOT_THERE = N_("There is no such file.")


def find_observation(
    session: Session, report_id: int, indicator_id: int, *, to_change: bool = False
) -> Observation | None:
    """Return a line of a report, None where nothing was ever saved; `to_change` reads it anew under a lock."""
    query = sa.select(Observation).where(Observation.report_id == report_id, Observation.indicator_id == indicator_id)
    if to_change:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalar(query)


def find_evidence(session: Session, report: UnitReport, evidence_id: int) -> Evidence:
    """Return a file of evidence of a report. Raises NotFound, also for one of another report."""
    found = session.get(Evidence, evidence_id)
    if found is None or found.observation.report_id != report.id:
        raise NotFound(NOT_THERE)
    return found
