from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.config import Settings
from oer.core.audit import AuditRecord
from oer.core.errors import Conflict, Invalid, NotFound
from oer.core.mail import OutgoingMail, render_mail
from oer.indicators.models.rounds import Assignment, ReportState, Round
from oer.indicators.periods import read_period
from oer.indicators.queries import rounds as queries
from oer.indicators.services import rounds as services
from tests.indicators.factories import WARDS, lines, make_reporter, make_round, report_of, ward


def test_an_opened_round_knows_who_reports_what(city: Session) -> None:
    made = make_round(city)
    reports = queries.reports_of(city, made.id)
    assert [each.unit.code for each in reports] == sorted(WARDS)
    assert {each.state for each in reports} == {ReportState.OPEN}
    assert city.scalar(sa.select(sa.func.count()).select_from(Assignment)) == 9
    assert [each.code for each in made.sets] == ["UNESCO-KF", "QD387"]
    assert made.period.name == "2026"


def test_opening_is_in_the_audit_trail(city: Session) -> None:
    make_round(city)
    deed = city.scalars(sa.select(AuditRecord).where(AuditRecord.action == "round.opened")).one()
    assert deed.details == {"period": "2026", "due_on": "2027-01-15", "units": 3, "lines": 3}


def test_reporters_are_told_in_their_language(city: Session, settings: Settings) -> None:
    make_reporter(city, ward(city), language="en", email="an@example.com")
    make_reporter(city, ward(city, "26743"), email="elsewhere@example.com")
    made = make_round(city)
    mail = city.scalars(sa.select(OutgoingMail)).one()
    assert (mail.recipient, mail.language) == ("an@example.com", "en")
    rendered = render_mail(settings, mail.template, mail.language, mail.values)
    assert rendered.subject == "Please report by 2027-01-15: Round 2026"
    assert f"http://localhost/en/my/reports/{made.id}/26506" in rendered.body


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": {"vi": " "}}, "title_vi"),
        ({"due_on": date(2025, 12, 31)}, "due_on"),
        ({"assignments": {}}, "assignments"),
        ({"assignments": {999_999: [1]}}, "assignments"),
    ],
)
def test_what_is_missing_is_told_at_its_field(city: Session, changes: dict[str, object], field: str) -> None:
    good = {"title": {"vi": "Đợt"}, "period": read_period("2026"), "due_on": date(2027, 1, 15)}
    good["assignments"] = {ward(city).id: [lines(city, "387.1")[0].id]}
    with pytest.raises(Invalid) as refused:
        services.open_round(city, None, **{**good, **changes})
    assert refused.value.field == field


def test_an_indicator_that_is_not_in_force_cannot_be_asked_for(city: Session) -> None:
    with pytest.raises(Invalid, match=r"1373\.11"):
        make_round(city, indicators=lines(city, "1373.11"))
    made = make_round(city, indicators=lines(city, "1373.11"), period=read_period("2025-Q1"))
    assert made.period.name == "2025-Q1"


def test_progress_is_counted_by_group_for_all_reports_at_once(city: Session) -> None:
    made = make_round(city, indicators=lines(city, of="UNESCO-KF"))
    found = queries.progress_of(city, queries.reports_of(city, made.id))
    assert len(found) == 3
    assert all(len(each.groups) == 12 and each.whole.assigned == 60 and each.whole.answered == 0 for each in found)
    assert not found[0].whole.is_full
    assert [head.code for head in queries.groups_of_round(city, made.id)] == [
        "1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "3.1", "3.2", "3.3",
    ]  # fmt: skip


def test_states_are_counted(city: Session) -> None:
    made = make_round(city)
    report_of(city, made).state = ReportState.APPROVED
    city.flush()
    counts = queries.state_counts(city, made.id)
    assert counts == {ReportState.OPEN: 2, ReportState.SUBMITTED: 0, ReportState.RETURNED: 0, ReportState.APPROVED: 1}


def test_only_what_is_due_is_reminded_of(city: Session) -> None:
    made = make_round(city, due_on=date(2027, 1, 15))
    report_of(city, made, WARDS[0]).state = ReportState.SUBMITTED
    city.flush()
    assert len(queries.reports_to_remind(city, date(2027, 1, 8), [7, 1])) == 2
    assert queries.reports_to_remind(city, date(2027, 1, 9), [7, 1]) == []
    assert len(queries.reports_to_remind(city, date(2027, 1, 16), [-1])) == 2
    services.freeze_round(city, None, made)
    assert queries.reports_to_remind(city, date(2027, 1, 8), [7]) == []


def test_a_frozen_round_takes_no_other_due_date(city: Session) -> None:
    made = make_round(city)
    services.change_due_date(city, 7, made, date(2027, 2, 1))
    assert made.due_on == date(2027, 2, 1)
    with pytest.raises(Invalid):
        services.change_due_date(city, 7, made, date(2025, 1, 1))
    services.freeze_round(city, 7, made)
    with pytest.raises(Conflict):
        services.change_due_date(city, 7, made, date(2027, 3, 1))
    with pytest.raises(Conflict):
        services.freeze_round(city, 7, made)


def test_only_a_frozen_round_is_published(city: Session) -> None:
    made = make_round(city)
    with pytest.raises(Conflict):
        services.publish_round(city, 7, made)
    services.freeze_round(city, 7, made)
    services.publish_round(city, 7, made)
    first = made.published_at
    services.publish_round(city, 7, made)
    assert made.published_at == first is not None


def test_what_is_not_there_is_not_found(city: Session) -> None:
    made = make_round(city)
    with pytest.raises(NotFound):
        queries.find_round(city, made.id + 1)
    with pytest.raises(NotFound):
        report_of(city, made, "26743")


def test_a_units_reports_come_with_the_nearest_due_date_first(city: Session) -> None:
    late = make_round(city, due_on=date(2027, 3, 1))
    soon = make_round(city, due_on=date(2027, 1, 1))
    frozen: Round = make_round(city, due_on=date(2026, 12, 1))
    services.freeze_round(city, None, frozen)
    found = queries.reports_for_units(city, {ward(city).id})
    assert [each.round_id for each in found] == [soon.id, late.id, frozen.id]
    assert len(queries.reports_for_units(city, None)) == 9
    assert queries.reports_for_units(city, set()) == []
