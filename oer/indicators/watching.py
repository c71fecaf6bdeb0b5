"""What waits in indicators: reports that were asked for."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.i18n import N_
from oer.core.installation import Installation
from oer.core.watching import Waiting, due_work
from oer.indicators.reports.models import ReportBuild
from oer.indicators.reports.services import due_builds


@due_work("indicators.builds", N_("Reports to be built"), patience=timedelta(minutes=30))
def builds_due(session: Session, _installation: Installation, _moment: datetime) -> Waiting:
    """Return the reports that nobody works on."""
    due = due_builds(session)
    asked = session.scalar(sa.select(sa.func.min(ReportBuild.asked_at)).where(ReportBuild.id.in_(due))) if due else None
    return Waiting(len(due), asked)
