import io
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.core.audit import AuditRecord
from oer.core.errors import Conflict, Invalid, NotFound, UnsupportedType
from oer.core.installation import Installation
from oer.files.services.ingest import receive, save_blob
from oer.indicators.models.rounds import Evidence, UnitReport
from oer.indicators.models.sets import Indicator
from oer.indicators.queries.entry import find_evidence, report_line
from oer.indicators.services.entry import Entry, add_evidence, is_evidence, remove_evidence, save_entry
from oer.indicators.services.rounds import freeze_round
from tests.catalogue.factories import make_blob
from tests.indicators.factories import lines, make_round, report_of


@pytest.fixture
def report(city: Session) -> UnitReport:
    return report_of(city, make_round(city))


@pytest.fixture
def line(city: Session) -> Indicator:
    return lines(city, "387.1")[0]


def test_a_received_file_stands_beside_its_line(
    installation: Installation, city: Session, report: UnitReport, line: Indicator
) -> None:
    content = io.BytesIO("Gia đình học tập;1505684\n".encode())
    with receive(installation.storage, installation.scanner, content, "bang.csv", limit=10_000) as received:
        blob = save_blob(city, installation.storage, received)
        add_evidence(city, report, line, blob, received.name, 3)
    found = report_line(city, report, line.id).observation
    assert found is not None
    assert [(each.name, each.media_type, each.added_by_id) for each in found.evidence] == [("bang.csv", "text/csv", 3)]
    assert not found.is_answered
    saved = save_entry(
        city, report, line, Entry(value=Decimal(1), reference_date=date(2026, 1, 1)), revision=1, actor_id=3
    )
    assert saved.is_answered
    assert report_line(city, report, line.id).has_evidence


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [
        ("application/pdf", True),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", True),
        ("application/vnd.oasis.opendocument.text", True),
        ("image/jpeg", True),
        ("text/html", False),
        ("image/svg+xml", False),
        ("video/mp4", False),
        ("application/zip", False),
        ("application/vnd.ms-excel.sheet.macroEnabled.12", False),
    ],
)
def test_what_can_be_evidence(media_type: str, expected: bool) -> None:
    assert is_evidence(media_type) is expected


def test_a_file_that_is_no_evidence_is_told_at_its_field(city: Session, report: UnitReport, line: Indicator) -> None:
    with pytest.raises(UnsupportedType) as refused:
        add_evidence(city, report, line, make_blob(city, b"film", "video/mp4"), "film.mp4", 3)
    assert refused.value.field == "evidence"


def test_the_same_file_twice_is_one_and_ten_are_enough(city: Session, report: UnitReport, line: Indicator) -> None:
    for number in [0, 0, *range(10)]:
        add_evidence(city, report, line, make_blob(city, b"%d" % number), f"{number}.pdf", 3)
    assert city.scalar(sa.select(sa.func.count(Evidence.id))) == 10
    with pytest.raises(Invalid):
        add_evidence(city, report, line, make_blob(city, b"eleven"), "11.pdf", 3)


def test_evidence_is_removed_by_its_own_report_only(city: Session, report: UnitReport, line: Indicator) -> None:
    made = add_evidence(city, report, line, make_blob(city), "a.pdf", 3)
    other = report_of(city, report.round, "25807")
    with pytest.raises(NotFound):
        remove_evidence(city, other, made.id, 3)
    remove_evidence(city, report, made.id, 3)
    with pytest.raises(NotFound):
        find_evidence(city, report, made.id)
    deeds = city.scalars(sa.select(AuditRecord.action).where(AuditRecord.subject_type == "observation")).all()
    assert deeds == ["evidence.added", "evidence.removed"]


def test_a_frozen_round_takes_no_evidence_and_loses_none(city: Session, report: UnitReport, line: Indicator) -> None:
    made = add_evidence(city, report, line, make_blob(city), "a.pdf", 3)
    freeze_round(city, None, report.round)
    with pytest.raises(Conflict):
        add_evidence(city, report, line, make_blob(city, b"b"), "b.pdf", 3)
    with pytest.raises(Conflict):
        remove_evidence(city, report, made.id, 3)


def test_a_line_that_is_not_assigned_takes_no_evidence(city: Session, report: UnitReport) -> None:
    with pytest.raises(Invalid):
        add_evidence(city, report, lines(city, "1.1.2.a")[0], make_blob(city), "a.pdf", 3)
