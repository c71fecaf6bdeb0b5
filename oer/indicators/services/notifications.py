"""Mails to the reporters of units."""

from collections.abc import Collection
from typing import Any

from sqlalchemy.orm import Session

from oer.core.clock import now
from oer.indicators.models.rounds import ReportState, UnitReport
from oer.indicators.queries.rounds import reporters_of
from oer.jobs.mail import send_later


def notify_reporters(session: Session, reports: Collection[UnitReport], template: str, **values: Any) -> int:
    """Send an email about each report to its unit's reporters, in their language; return how many are sent."""
    people = reporters_of(session, {report.unit_id for report in reports})
    sent = 0
    for report in reports:
        for account in people.get(report.unit_id, []):
            content = {**_about(report, account.language), **values, "name": account.name}
            send_later(session, to=account.email, template=template, language=account.language, values=content)
            sent += 1
    return sent


def remind(session: Session, reports: Collection[UnitReport]) -> int:
    """Remind the reporters of reports that are not submitted; return how many emails are sent."""
    for report in reports:
        report.reminded_at = now()
    return notify_reporters(session, reports, "indicators_reminder")


def _about(report: UnitReport, language: str) -> dict[str, Any]:
    return {
        "round_title": report.round.title.get(language) or report.round.title["vi"],
        "unit_name": report.unit.name.get(language) or report.unit.name["vi"],
        "due_on": f"{report.round.due_on:%d/%m/%Y}" if language == "vi" else report.round.due_on.isoformat(),
        "approved": report.state is ReportState.APPROVED,
        "path": f"/my/reports/{report.round_id}/{report.unit.code}",
    }
