from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.config import Settings
from oer.core.audit import AuditRecord
from oer.core.clock import today
from oer.core.errors import Conflict, Invalid, NotFound, Unprocessable
from oer.core.installation import Installation
from oer.core.mail import OutgoingMail, render_mail
from oer.indicators.models.rounds import ObservationChange, ReportState, UnitReport
from oer.indicators.models.sets import Indicator
from oer.indicators.periods import read_period
from oer.indicators.queries import entry as queries
from oer.indicators.queries.rounds import find_report, progress_of
from oer.indicators.services.entry import ChangedMeanwhile, Entry, save_entry
from oer.indicators.services.notifications import remind
from oer.indicators.services.reports import approve, return_report, submit
from oer.indicators.services.rounds import freeze_round
from tests.indicators.factories import lines, make_reporter, make_round, report_of, ward

FULL = Entry(value=Decimal("71.28"), reference_date=date(2026, 6, 30), link="https://example.com/bang.pdf")

WHOLE = replace(FULL, numerator=Decimal(7128), denominator=Decimal(10_000))


def fill(session: Session, report: UnitReport, entry: Entry = FULL) -> None:
    for cell in queries.report_lines(session, report):
        revision = cell.observation.revision if cell.observation else 0
        save_entry(session, report, cell.indicator, entry, revision=revision, actor_id=1)


@pytest.fixture
def report(city: Session) -> UnitReport:
    return report_of(city, make_round(city))


@pytest.fixture
def line(city: Session) -> Indicator:
    return lines(city, "387.1")[0]


def test_a_saved_line_is_there(city: Session, report: UnitReport, line: Indicator) -> None:
    saved = save_entry(city, report, line, FULL, revision=0, actor_id=3)
    assert (saved.value, saved.revision, saved.changed_by_id) == (Decimal("71.28"), 1, 3)
    city.expire_all()
    cell = queries.report_line(city, report, line.id)
    assert cell.observation is not None
    assert cell.observation.value == Decimal("71.28")
    assert cell.is_answered
    assert cell.has_evidence
    assert progress_of(city, [report])[0].whole.answered == 1


def test_a_value_is_worked_out_from_its_two_numbers(city: Session, report: UnitReport, line: Indicator) -> None:
    entry = Entry(numerator=Decimal(1_505_684), denominator=Decimal(2_112_350))
    saved = save_entry(city, report, line, entry, revision=0, actor_id=3)
    assert saved.value == Decimal("71.280044")


def test_a_value_that_was_worked_out_follows_its_numbers(city: Session, report: UnitReport, line: Indicator) -> None:
    first = save_entry(
        city, report, line, Entry(numerator=Decimal(50), denominator=Decimal(100)), revision=0, actor_id=3
    )
    assert first.value == 50
    shown = Entry(value=first.value, numerator=Decimal(50), denominator=Decimal(200))
    assert save_entry(city, report, line, shown, revision=1, actor_id=3).value == 25
    typed = Entry(value=Decimal(30), numerator=Decimal(50), denominator=Decimal(200))
    assert save_entry(city, report, line, typed, revision=2, actor_id=3).value == 30
    kept = Entry(value=Decimal(30), numerator=Decimal(50), denominator=Decimal(400))
    assert save_entry(city, report, line, kept, revision=3, actor_id=3).value == 30


def test_saving_the_same_again_changes_nothing(city: Session, report: UnitReport, line: Indicator) -> None:
    save_entry(city, report, line, FULL, revision=0, actor_id=3)
    assert save_entry(city, report, line, FULL, revision=0, actor_id=4).revision == 1


def test_what_stood_there_before_is_kept(city: Session, report: UnitReport, line: Indicator) -> None:
    saved = save_entry(city, report, line, FULL, revision=0, actor_id=3)
    save_entry(city, report, line, Entry(value=Decimal(72)), revision=1, actor_id=4)
    before = city.scalars(sa.select(ObservationChange).where(ObservationChange.observation_id == saved.id)).all()
    assert [(each.revision, each.before["value"], each.changed_by_id) for each in before] == [(1, "71.28", 3)]
    assert before[0].before["reference_date"] == "2026-06-30"
    assert saved.revision == 2


def test_the_second_of_two_reporters_sees_what_changed(city: Session, report: UnitReport, line: Indicator) -> None:
    save_entry(city, report, line, FULL, revision=0, actor_id=3)
    with pytest.raises(ChangedMeanwhile) as refused:
        save_entry(city, report, line, Entry(value=Decimal(60), link=FULL.link), revision=0, actor_id=4)
    assert refused.value.differing == ["value", "reference_date"]
    assert refused.value.observation.value == Decimal("71.28")
    assert refused.value.observation.changed_by_id == 3


def test_two_who_write_the_first_value_at_once_notice_each_other(
    installation: Installation, city: Session, report: UnitReport
) -> None:
    number, code, line_id = report.round_id, report.unit.code, lines(city, "387.1")[0].id
    city.commit()
    for actor, outcome in [(3, "saved"), (4, "changed")]:
        with installation.database.writing() as other:
            theirs, indicator = (
                find_report(other, number, code),
                other.get_one(Indicator, line_id),
            )
            try:
                save_entry(other, theirs, indicator, Entry(value=Decimal(actor)), revision=0, actor_id=actor)
                found = "saved"
            except ChangedMeanwhile:
                found = "changed"
            other.commit()
            assert found == outcome


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (Entry(value=Decimal(-1)), "value"),
        (Entry(numerator=Decimal(-1)), "numerator"),
        (Entry(numerator=Decimal(1), denominator=Decimal(0)), "denominator"),
        (Entry(value=Decimal(1), reference_date=date(2999, 1, 1)), "reference_date"),
        (Entry(value=Decimal(1), link="ftp://example.com"), "link"),
        (Entry(value=Decimal(1), link="javascript:alert(1)"), "link"),
        (Entry(value=Decimal(1), note={"vi": "chữ " * 151}), "note_vi"),
        (Entry(value=Decimal(1), note={"vi": "", "en": "word " * 151}), "note_en"),
        (Entry(not_available=True), "note_vi"),
    ],
)
def test_bad_input_is_told_at_its_field(
    city: Session, report: UnitReport, line: Indicator, entry: Entry, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        save_entry(city, report, line, entry, revision=0, actor_id=3)
    assert refused.value.field == field


def test_yes_or_no_takes_nothing_else(city: Session) -> None:
    line = lines(city, "24.1.1")[0]
    report = report_of(city, make_round(city, indicators=[line]))
    assert save_entry(city, report, line, Entry(text="yes"), revision=0, actor_id=3).is_answered
    with pytest.raises(Invalid):
        save_entry(city, report, line, Entry(text="perhaps"), revision=1, actor_id=3)


def test_a_note_of_150_words_fits(city: Session, report: UnitReport, line: Indicator) -> None:
    entry = Entry(value=Decimal(1), note={"vi": " ".join(["chữ"] * 150), "en": " "})
    assert save_entry(city, report, line, entry, revision=0, actor_id=3).note.keys() == {"vi"}


def test_a_line_without_value_says_why(city: Session, report: UnitReport, line: Indicator) -> None:
    entry = Entry(value=Decimal(5), not_available=True, note={"vi": "Chưa điều tra"})
    saved = save_entry(city, report, line, entry, revision=0, actor_id=3)
    assert saved.value is None
    assert queries.report_line(city, report, line.id).has_evidence


def test_a_line_that_is_not_assigned_cannot_be_entered(city: Session, report: UnitReport) -> None:
    other = lines(city, "1.1.2.a")[0]
    with pytest.raises(Invalid) as refused:
        save_entry(city, report, other, FULL, revision=0, actor_id=3)
    assert refused.value.code == "not_assigned"
    with pytest.raises(NotFound):
        queries.report_line(city, report, other.id)


def test_an_indicator_that_ended_meanwhile_cannot_be_entered(
    city: Session, report: UnitReport, line: Indicator
) -> None:
    line.valid_to = date(2026, 6, 30)
    city.flush()
    with pytest.raises(Invalid) as refused:
        save_entry(city, report, line, FULL, revision=0, actor_id=3)
    assert refused.value.code == "out_of_force"


def test_warnings_stand_beside_a_value_and_do_not_stop_it(city: Session, report: UnitReport, line: Indicator) -> None:
    save_entry(city, report, line, Entry(value=Decimal(130)), revision=0, actor_id=3)
    cell = queries.report_line(city, report, line.id)
    assert [each.code for each in cell.warnings] == ["over_100", "parts_needed", "no_evidence", "no_date"]


def test_last_times_approved_value_stands_beside_it(city: Session, line: Indicator) -> None:
    earlier = report_of(city, make_round(city, indicators=[line], period=read_period("2025"), due_on=date(2026, 1, 15)))
    fill(city, earlier, WHOLE)
    now = report_of(city, make_round(city, indicators=[line]))
    assert queries.report_line(city, now, line.id).previous is None
    submit(city, earlier, 1)
    approve(city, earlier, 2)
    save_entry(city, now, line, Entry(value=Decimal(95)), revision=0, actor_id=1)
    cell = queries.report_line(city, now, line.id)
    assert cell.previous is not None
    assert cell.previous.value == Decimal("71.28")
    assert cell.warnings[0].code == "jump"
    assert queries.report_line(city, earlier, line.id).previous is None


def test_a_report_goes_in_comes_back_and_is_approved(city: Session, report: UnitReport, settings: Settings) -> None:
    make_reporter(city, ward(city), email="an@example.com")
    report.round.due_on = today()
    fill(city, report, WHOLE)
    submit(city, report, 3)
    assert (report.state, report.complete, report.was_in_time) == (ReportState.SUBMITTED, True, True)
    first = report.first_submitted_at
    with pytest.raises(Conflict):
        save_entry(city, report, lines(city, "387.1")[0], Entry(), revision=1, actor_id=3)
    with pytest.raises(Conflict):
        submit(city, report, 3)
    with pytest.raises(Invalid):
        return_report(city, report, 9, "  ")
    return_report(city, report, 9, "Thiếu biên bản")
    assert report.is_editable
    mail = city.scalars(sa.select(OutgoingMail).where(OutgoingMail.template == "indicators_returned")).one()
    assert "Thiếu biên bản" in render_mail(settings, mail.template, "vi", mail.values).body
    with pytest.raises(Conflict):
        approve(city, report, 9)
    submit(city, report, 3)
    approve(city, report, 9)
    assert (report.state, report.return_reason, report.first_submitted_at) == (ReportState.APPROVED, "", first)
    deeds = city.scalars(sa.select(AuditRecord.action).where(AuditRecord.subject_type == "unit_report")).all()
    assert deeds == ["report.submitted", "report.returned", "report.submitted", "report.approved"]


def test_an_unanswered_report_is_not_submitted(city: Session, report: UnitReport, line: Indicator) -> None:
    save_entry(city, report, line, FULL, revision=0, actor_id=3)
    with pytest.raises(Unprocessable) as refused:
        submit(city, report, 3)
    assert refused.value.values == {"count": 2, "first": "1.1.1.a"}
    assert report.state is ReportState.OPEN


def test_a_share_over_100_needs_a_word_before_it_is_submitted(city: Session, report: UnitReport) -> None:
    over = {"numerator": Decimal(101), "denominator": Decimal(100)}
    fill(city, report, Entry(**over))
    with pytest.raises(Unprocessable) as refused:
        submit(city, report, 3)
    assert refused.value.code == "unexplained"
    fill(city, report, Entry(**over, note={"vi": "Tính cả người học ngoài địa bàn"}))
    submit(city, report, 3)
    assert report.complete is False


def test_nothing_changes_in_a_frozen_round(city: Session, report: UnitReport, line: Indicator) -> None:
    fill(city, report, WHOLE)
    submit(city, report, 3)
    freeze_round(city, 9, report.round)
    for deed in (
        lambda: approve(city, report, 9),
        lambda: return_report(city, report, 9, "x"),
        lambda: submit(city, report, 3),
    ):
        with pytest.raises(Conflict):
            deed()
    with pytest.raises(Conflict):
        save_entry(city, report, line, Entry(), revision=1, actor_id=3)
    assert city.scalar(sa.select(sa.func.count(ObservationChange.id))) == 0


def test_a_reminder_goes_to_the_reporters_of_the_unit(city: Session, report: UnitReport, settings: Settings) -> None:
    make_reporter(city, ward(city), email="an@example.com")
    assert remind(city, [report]) == 1
    assert report.reminded_at is not None
    mail = city.scalars(sa.select(OutgoingMail).where(OutgoingMail.template == "indicators_reminder")).one()
    assert "15/01/2027" in render_mail(settings, mail.template, "vi", mail.values).subject
