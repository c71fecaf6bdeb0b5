"""Pages ask the database the same number of questions whether there are three rounds or thirty."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from oer.accounts.models import Role
from oer.core.clock import now
from oer.core.installation import Installation
from oer.files.models import Blob
from oer.indicators.computation.formulas import FigureState
from oer.indicators.computation.models import ComputedFigure
from oer.indicators.models.rounds import Assignment, Observation, ReportState, Round, UnitReport
from oer.indicators.reports.models import BuildState, ReportBuild, ReportFile
from tests.accounts.factories import make_account
from tests.indicators.factories import WARDS, lines, ward
from tests.indicators.visiting import Visitor, visit

PAGES = [
    "/indicators",
    "/indicators/sets/QD387/387.1",
    "/indicators/sets/LC/LC-09",
    "/indicators/figures.csv",
    "/api/v1/indicators",
    "/admin/indicators",
    "/admin/indicators/rounds",
    "/admin/indicators/reports",
    "/admin/indicators/sets",
    "/admin/indicators/figures",
    "/admin/indicators/rounds/1/26506",
    "/my/reports",
    "/my/reports/1/26506",
    "/my/reports/1/26506/built",
]


def add_rounds(session: Session, numbers: range) -> None:
    """Rounds of one year each, published but for the first; each with three approved reports and a built one."""
    asked = lines(session, "387.1", "24.1.1")
    wards = [ward(session, code) for code in WARDS]
    sha256 = "0" * 64
    if session.get(Blob, sha256) is None:
        session.add(Blob(sha256=sha256, size=1, media_type="application/pdf"))
    for number in numbers:
        # The first round is the one whose reports are opened: all others lie before it.
        year = 2100 - number
        made = Round(
            id=number,
            title={"vi": f"Đợt {year}"},
            period_start=date(year, 1, 1),
            period_end=date(year, 12, 31),
            due_on=date(year + 1, 1, 15),
            frozen_at=None if number == 1 else now(),
            published_at=None if number == 1 else now(),
        )
        session.add(made)
        for unit in wards:
            report = UnitReport(round=made, unit=unit, state=ReportState.APPROVED, submitted_at=now())
            session.add(report)
            session.flush()
            for line in asked:
                session.add(Assignment(report_id=report.id, indicator_id=line.id))
                session.add(Observation(report=report, indicator=line, value=number % 7, link="https://example.com/a"))
        files = [ReportFile(language="vi", format="pdf", name="a.pdf", blob_sha256=sha256, size=1)]
        unit_id = wards[0].id if number % 2 else None
        session.add(ReportBuild(round=made, unit_id=unit_id, kind="areas", state=BuildState.DONE, files=files))
        _add_figures(session, date(2000, 1, 1) + timedelta(days=31 * number))
    session.commit()


def _add_figures(session: Session, day: date) -> None:
    first = day.replace(day=1)
    about = {"period": f"{first:%Y-%m}", "period_start": first, "period_end": first, "state": FigureState.OK}
    for number in range(1, 21):
        session.add(ComputedFigure(code=f"LC-{number:02}", version=0, value=number, **about))


@contextmanager
def counting(installation: Installation) -> Iterator[list[str]]:
    asked: list[str] = []

    def note(_connection: sa.Connection, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(installation.database.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(installation.database.engine, "before_cursor_execute", note)


def asked_by(installation: Installation, visitor: Visitor, path: str) -> list[str]:
    visitor.get(path)  # what a process reads once is not counted
    with counting(installation) as asked:
        assert visitor.get(path).status_code == 200, path
    return asked


@pytest.fixture
def administrator(app: Flask, city: Session) -> Visitor:
    return visit(app, city, make_account(city, Role.ADMIN, Role.REPORTER))


def test_no_page_asks_more_when_there_are_more_rounds(
    installation: Installation, administrator: Visitor, city: Session
) -> None:
    add_rounds(city, range(1, 4))
    few = {path: asked_by(installation, administrator, path) for path in PAGES}
    add_rounds(city, range(4, 31))
    for path in PAGES:
        many = asked_by(installation, administrator, path)
        more = "\n".join(sorted(set(many), key=many.count)[-1:])
        assert len(many) <= len(few[path]), f"{path}: {len(few[path])} -> {len(many)}\n{more}"
