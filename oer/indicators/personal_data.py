"""Personal data of indicators: who entered, submitted and decided what, by account id. Names are in accounts only."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core import personal_data
from oer.core.i18n import N_
from oer.indicators.computation.models import ReferenceTable
from oer.indicators.models.rounds import (
    Evidence,
    LineComment,
    Observation,
    ObservationChange,
    PartApproval,
    Round,
    UnitReport,
)
from oer.indicators.models.sets import Indicator
from oer.indicators.reports.models import ReportBuild

# Every column with the id of the account that did something. None is a foreign key: reports outlive their reporters.
COLUMNS = (
    Observation.changed_by_id,
    ObservationChange.changed_by_id,
    Evidence.added_by_id,
    UnitReport.submitted_by_id,
    UnitReport.decided_by_id,
    PartApproval.approved_by_id,
    LineComment.written_by_id,
    ReportBuild.asked_by_id,
    ReferenceTable.loaded_by_id,
)


def _export(session: Session, account_id: int) -> dict[str, list[dict[str, Any]]]:
    lines = (
        sa.select(Observation, Indicator.code, Round.title)
        .join(Indicator, Indicator.id == Observation.indicator_id)
        .join(UnitReport, UnitReport.id == Observation.report_id)
        .join(Round, Round.id == UnitReport.round_id)
        .where(Observation.changed_by_id == account_id)
        .order_by(Observation.changed_at)
    )
    entered = [
        {"indicator": code, "round": title, "saved_at": found.changed_at.isoformat(timespec="seconds")}
        for found, code, title in session.execute(lines)
    ]
    files = sa.select(Evidence).where(Evidence.added_by_id == account_id).order_by(Evidence.added_at)
    added = [
        {"name": each.name, "added_at": each.added_at.isoformat(timespec="seconds")} for each in session.scalars(files)
    ]
    said = sa.select(LineComment).where(LineComment.written_by_id == account_id).order_by(LineComment.written_at)
    comments = [
        {"text": each.text, "written_at": each.written_at.isoformat(timespec="seconds")}
        for each in session.scalars(said)
    ]
    return {"values": entered, "evidence": added, "comments": comments}


def _erase(session: Session, account_id: int) -> None:
    # The reported values belong to the unit and stay; who reported them is forgotten.
    for column in COLUMNS:
        session.execute(
            sa.update(column.class_).where(column == account_id).values({column.key: None}),
            execution_options={"synchronize_session": False},
        )
    session.expire_all()


personal_data.register(
    "indicators",
    tables={column.class_.__tablename__ for column in COLUMNS},
    export=_export,
    erase=_erase,
    basis=personal_data.Basis.WORK,
    title=N_("Reported values"),
    why=N_(
        "What you entered for the learning-city indicators. It belongs to your unit and stays; that it was you is "
        "forgotten."
    ),
)
