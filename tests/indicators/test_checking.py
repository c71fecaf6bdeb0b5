"""Departments approve their part of a report, comments stand at lines, assignments of an open round change."""

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from oer.accounts.models import Role, Unit
from oer.core.errors import Conflict, Invalid
from oer.core.seen import seen_of
from oer.indicators.models.rounds import Assignment, LineComment, PartApproval, ReportState, UnitReport
from oer.indicators.queries.entry import parts_seen, report_lines
from oer.indicators.queries.rounds import parts_of, reports_to_check
from oer.indicators.services.entry import Entry, save_entry
from oer.indicators.services.reports import approve, approve_part, comment_on_line, return_report, submit
from oer.indicators.services.rounds import assign_lines, freeze_round, set_checker, take_back_lines
from oer.vocabularies import vocabularies
from tests.accounts.factories import make_account, make_unit
from tests.indicators.factories import WARDS, lines, make_reporter, make_round, report_of, ward
from tests.indicators.visiting import Visitor, visit


@pytest.fixture
def department(city: Session) -> Unit:
    return make_unit(city, code="so-gddt", kind="department", name={"vi": "Sở Giáo dục và Đào tạo"})


@pytest.fixture
def report(city: Session, department: Unit) -> UnitReport:
    """A submitted report with three lines, one of which the department checks."""
    asked = lines(city, "387.1", "387.2", "24.1.1")
    made = make_round(city, indicators=asked)
    set_checker(city, None, made, [lines(city, "387.2")[0].id], department)
    found = report_of(city, made)
    for line in asked:
        entry = Entry(numerator=1, denominator=2, value=50) if line.unit.startswith("%") else Entry(value=3)
        save_entry(city, found, line, entry, revision=0, actor_id=None)
    submit(city, found, None)
    city.commit()
    return found


def seen(session: Session, report: UnitReport) -> str:
    return seen_of(parts_seen(report, report_lines(session, report)))


def test_the_city_approves_only_after_every_department_has_approved_its_part(
    city: Session, report: UnitReport, department: Unit
) -> None:
    assert [(found.id, unit.code) for found, unit in reports_to_check(city, [department.id])] == [
        (report.id, "so-gddt")
    ]
    with pytest.raises(Conflict, match="Not all units have approved"):
        approve(city, report, None)
    approve_part(city, report, department.id, None, seen(city, report))
    assert reports_to_check(city, [department.id]) == []
    approve(city, report, None)
    assert report.state is ReportState.APPROVED


def test_a_returned_report_is_checked_anew(city: Session, report: UnitReport, department: Unit) -> None:
    approve_part(city, report, department.id, None, seen(city, report))
    return_report(city, report, None, "Sai mẫu số")
    assert city.scalar(sa.select(sa.func.count()).select_from(PartApproval)) == 0
    submit(city, report, None)
    assert [part.approval for part in parts_of(city, report)] == [None]


def test_a_part_is_approved_as_it_was_seen(city: Session, report: UnitReport, department: Unit) -> None:
    before = seen(city, report)
    return_report(city, report, None, "Sửa")
    with pytest.raises(Conflict):
        approve_part(city, report, department.id, None, before)


def test_a_department_sees_its_lines_alone_approves_them_or_returns_the_report(
    app: Flask, city: Session, report: UnitReport, department: Unit
) -> None:
    visitor = visit(app, city, make_reporter(city, department))
    page = f"/my/checks/{report.round_id}/26506/so-gddt"
    assert f'href="{page}"' in visitor.get("/my/checks").text
    assert "1 báo cáo chờ đơn vị bạn kiểm tra" in visitor.get("/my/reports").text
    shown = visitor.get(page).text
    assert "387.2" in shown
    assert "24.1.1" not in shown
    answer = visitor.send(f"{page}/return", page, {"reason": ""})
    assert answer.status_code in {400, 422}
    answer = visitor.send(f"{page}/approve", page)
    assert (answer.status_code, answer.location) == (303, "/my/checks")
    city.expire_all()
    assert [part.approval is not None for part in parts_of(city, report)] == [True]


def test_another_department_meets_nothing(app: Flask, city: Session, report: UnitReport) -> None:
    other = make_unit(city, code="so-vhtt", kind="department")
    visitor = visit(app, city, make_reporter(city, other))
    for checker in ("so-gddt", "so-vhtt", "nirgends"):
        assert visitor.get(f"/my/checks/{report.round_id}/26506/{checker}").status_code == 404
        path = f"/my/checks/{report.round_id}/26506/{checker}/approve"
        assert visitor.post_with_token(path, {}).status_code == 404


def test_comments_stand_at_their_line_for_those_who_work_on_the_report(
    app: Flask, city: Session, report: UnitReport, department: Unit
) -> None:
    line = lines(city, "387.2")[0]
    back = f"/my/checks/{report.round_id}/26506/so-gddt"
    path = f"/my/reports/{report.round_id}/26506/{line.id}/comment"
    checker = visit(app, city, make_reporter(city, department))
    answer = checker.send(path, back, {"text": "Mẫu số lấy từ <b>đâu</b>?", "next": back})
    assert (answer.status_code, answer.location) == (303, back)
    for who, page in (
        (make_reporter(city, ward(city)), f"/my/reports/{report.round_id}/26506"),
        (make_account(city, Role.ADMIN), f"/admin/indicators/rounds/{report.round_id}/26506"),
        (make_account(city, Role.LEADER), f"/admin/indicators/rounds/{report.round_id}/26506"),
    ):
        shown = visit(app, city, who).get(page).text
        assert "Mẫu số lấy từ &lt;b&gt;đâu&lt;/b&gt;?" in shown
    stranger = visit(app, city, make_reporter(city, ward(city, "25807")))
    assert stranger.post_with_token(path, {"text": "x"}).status_code == 404
    leader = visit(app, city, make_account(city, Role.LEADER))
    assert leader.post_with_token(path, {"text": "x"}).status_code == 403


def test_a_comment_that_says_nothing_or_comes_too_late_is_refused(city: Session, report: UnitReport) -> None:
    line = lines(city, "387.2")[0]
    with pytest.raises(Invalid):
        comment_on_line(city, report, line.id, 1, "  ")
    comment_on_line(city, report, line.id, 1, "x" * 2000)
    assert len(city.scalars(sa.select(LineComment)).one().text) == 1000
    freeze_round(city, None, report.round)
    with pytest.raises(Conflict):
        comment_on_line(city, report, line.id, 1, "Muộn")


def asked_of(session: Session, report: UnitReport) -> set[int]:
    session.expire_all()
    return set(session.scalars(sa.select(Assignment.indicator_id).where(Assignment.report_id == report.id)))


def test_lines_are_added_to_some_wards_of_an_open_round_and_taken_back(city: Session) -> None:
    made = make_round(city, indicators=lines(city, "387.1"))
    elsewhere = next(each.code for each in vocabularies().places if each.code not in WARDS)
    more, places = lines(city, "677.1"), [ward(city), ward(city, elsewhere)]
    outcome = assign_lines(city, None, made, [each.id for each in more], [each.id for each in places])
    assert (outcome.changed, outcome.left) == (2, 0)
    assert more[0].id in asked_of(city, report_of(city, made))
    assert asked_of(city, report_of(city, made, elsewhere)) == {more[0].id}
    assert more[0].id not in asked_of(city, report_of(city, made, "25807"))
    assert assign_lines(city, None, made, [more[0].id], [places[0].id]).changed == 0
    save_entry(city, report_of(city, made), more[0], Entry(value=3), revision=0, actor_id=None)
    outcome = take_back_lines(city, None, made, [each.id for each in more], [each.id for each in places])
    assert (outcome.changed, outcome.left) == (1, 1)
    assert more[0].id in asked_of(city, report_of(city, made))
    assert city.scalar(sa.select(UnitReport.id).where(UnitReport.unit.has(code=elsewhere))) is None


def test_what_is_handed_in_or_frozen_is_not_assigned_anew(city: Session, report: UnitReport) -> None:
    more = lines(city, "677.1")[0]
    outcome = assign_lines(city, None, report.round, [more.id], [ward(city).id])
    assert (outcome.changed, outcome.left) == (0, 1)
    freeze_round(city, None, report.round)
    with pytest.raises(Conflict):
        assign_lines(city, None, report.round, [more.id], [ward(city).id])
    with pytest.raises(Conflict):
        set_checker(city, None, report.round, [more.id], None)


def test_an_administrator_changes_assignments_by_names_of_wards(app: Flask, city: Session) -> None:
    make_unit(city, code="so-gddt", kind="department", name={"vi": "Sở Giáo dục và Đào tạo"})
    made = make_round(city, indicators=lines(city, "387.1"))
    admin: Visitor = visit(app, city, make_account(city, Role.ADMIN))
    page, line = f"/admin/indicators/rounds/{made.id}/assignments", lines(city, "677.1")[0]
    typed = {"deed": "add", "what": f"line:{line.id}", "unit": "", "wards": "Xã Thanh An\n27676"}
    assert admin.send(page, page, typed).status_code == 303
    assert line.id in asked_of(city, report_of(city, made, "25807"))
    assert line.id not in asked_of(city, report_of(city, made))
    answer = admin.send(page, page, {**typed, "wards": "Phường Không Có"})
    assert answer.status_code == 422
    assert "Phường Không Có" in answer.text
    answer = admin.send(page, page, {"deed": "check", "what": f"line:{line.id}", "unit": "so-gddt", "wards": ""})
    assert answer.status_code == 303
    assert "Sở Giáo dục và Đào tạo" in admin.get(page).text.partition('id="now"')[2]
