"""Reports that were asked for."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.indicators.models import ReportBuild, ReportFile

NO_BUILD = N_("There is no such built report.")


def builds_of(session: Session, round_id: int | None = None, unit_id: int | None = None) -> list[ReportBuild]:
    """Return the reports of a round (None: of all), of one unit if it is named, the latest first."""
    query = sa.select(ReportBuild).order_by(ReportBuild.id.desc())
    if round_id is not None:
        query = query.where(ReportBuild.round_id == round_id)
    if unit_id is not None:
        query = query.where(ReportBuild.unit_id == unit_id)
    return list(session.scalars(query.limit(100)))


def find_build(session: Session, build_id: int) -> ReportBuild:
    """Return a report that was asked for. Raises NotFound."""
    found = session.get(ReportBuild, build_id)
    if found is None:
        raise NotFound(NO_BUILD)
    return found


def find_report_file(session: Session, build_id: int, language: str, format_: str) -> ReportFile:
    """Return a finished file of a report. Raises NotFound."""
    query = sa.select(ReportFile).where(
        ReportFile.build_id == build_id, ReportFile.language == language, ReportFile.format == format_
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound(NO_BUILD)
    return found
