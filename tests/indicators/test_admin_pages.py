import io
import re
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from oer.accounts.models import Role
from oer.core.audit import AuditRecord
from oer.core.installation import Installation
from oer.core.mail import OutgoingMail
from oer.indicators.computation.models import LearningEvent, ReferenceTable
from oer.indicators.computation.services import keep_figures_current
from oer.indicators.models.rounds import ReportState, Round, UnitReport
from oer.indicators.models.sets import Target
from oer.indicators.queries.sets import find_indicator, find_set, set_document
from oer.indicators.reports.models import ReportText
from oer.indicators.services.entry import Entry, save_entry
from oer.indicators.services.reports import approve, return_report, submit
from oer.indicators.set_files.yaml_files import write_yaml
from oer.usage.models import SearchFigure
from tests.accounts.factories import make_account, make_unit
from tests.indicators.factories import lines, make_reporter, make_round, report_of, ward
from tests.indicators.totals import add_use
from tests.indicators.visiting import Visitor, visit


@pytest.fixture
def admin(app: Flask, city: Session) -> Visitor:
    return visit(app, city, make_account(city, Role.ADMIN))


@pytest.fixture
def made(city: Session) -> Round:
    found = make_round(city, indicators=lines(city, "387.1"))
    city.commit()
    return found


def hand_in(city: Session, made: Round, code: str = "26506", value: str = "70") -> UnitReport:
    report = report_of(city, made, code)
    for line in lines(city, "387.1"):
        save_entry(
            city, report, line, Entry(numerator=Decimal(value), denominator=Decimal(100)), revision=0, actor_id=1
        )
    submit(city, report, 1)
    city.commit()
    return report


def round_form(**changes) -> dict:
    values = {
        "title_vi": "Đợt 2026", "title_en": "Round 2026", "period_start": "2026-01-01", "period_end": "2026-12-31",
        "due_on": "2027-01-15", "sets": ["UNESCO-KF", "QD387", "TT25-2023"], "lead_unit": "so-gddt", "note": "Chào",
    }  # fmt: skip
    return {**values, **changes}


def test_a_round_is_opened_in_two_steps(admin: Visitor, city: Session) -> None:
    make_unit(city, code="so-gddt", kind="department", name={"vi": "Sở GD&ĐT"})
    city.commit()
    page = "/admin/indicators/rounds/new"
    second = admin.send(page, page, round_form())
    assert second.status_code == 200
    assert 'name="owner-1.1"' in second.text
    assert '<option value="so-gddt" selected>Sở GD&amp;ĐT</option>' in second.text
    province = lines(city, "25.t.1.1-3")[0]
    assert re.search(rf'id="line-{province.id}">.*?<option value="so-gddt" selected>', second.text)
    first_line = lines(city, "1.1.1.a")[0]
    choices = {f"line-{first_line.id}": "wards", "owner-TT25-2023": "", "open": "1"}
    opened = admin.send(page, page, round_form(**choices))
    assert opened.status_code == 303
    made = city.scalars(sa.select(Round)).one()
    reports = city.scalars(sa.select(UnitReport)).all()
    assert len(reports) == 169
    assert made.title == {"vi": "Đợt 2026", "en": "Round 2026"}
    assert admin.get(f"/admin/indicators/rounds/{made.id}").text.count('class="open"') == 168


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"title_vi": ""}, "Hãy điền mục này"),
        ({"due_on": "31/02/2027"}, "“31/02/2027” không phải là một ngày"),
        ({"sets": []}, "Hãy chọn ít nhất một bộ chỉ số"),
        ({"period_end": "2025-01-01", "open": "1"}, "Kỳ phải kết thúc sau khi bắt đầu"),
        ({"lead_unit": "", "sets": ["UNESCO-KF"], "open": "1"}, "Hãy giao ít nhất một chỉ số"),
    ],
)
def test_a_round_that_lacks_something_says_what_at_its_field(
    admin: Visitor, city: Session, changes: dict, told: str
) -> None:
    make_unit(city, code="so-gddt", kind="department")
    city.commit()
    page = "/admin/indicators/rounds/new"
    answer = admin.send(page, page, round_form(**changes))
    assert answer.status_code in {400, 422}
    assert told in answer.text
    assert city.scalar(sa.select(sa.func.count(Round.id))) == 0


def test_a_report_that_was_changed_meanwhile_is_not_approved_unseen(admin: Visitor, city: Session, made: Round) -> None:
    report = hand_in(city, made)
    page = f"/admin/indicators/rounds/{made.id}/26506"
    seen = re.search(r'name="seen" value="([^"]*)"', admin.get(page).text)[1]
    return_report(city, report, 1, "Thiếu biên bản")
    line = lines(city, "387.1")[0]
    save_entry(city, report, line, Entry(numerator=Decimal(12), denominator=Decimal(100)), revision=1, actor_id=1)
    submit(city, report, 1)
    for decision in ("approve", "return"):
        answer = admin.send(f"{page}/{decision}", page, {"seen": seen, "reason": "Đã xem"})
        assert answer.status_code == 409
        said = answer.text[answer.text.index('id="changed"') :]
        assert line.code in said[: said.index("</div>")]
        city.rollback()
        assert report.state is ReportState.SUBMITTED
    assert admin.send(f"{page}/approve", page).status_code == 303


def test_the_round_page_shows_168_tiles_by_former_province(admin: Visitor, city: Session, made: Round) -> None:
    hand_in(city, made)
    shown = admin.get(f"/admin/indicators/rounds/{made.id}").text
    assert shown.count('<ul class="places">') == 3
    assert shown.count('class="tile none"') == 165 + 1  # and the key
    assert 'class="submitted"' in shown
    assert "An Đông" in shown


def test_a_report_is_returned_with_a_reason_and_approved_later(admin: Visitor, city: Session, made: Round) -> None:
    make_reporter(city, ward(city))
    report = hand_in(city, made)
    page = f"/admin/indicators/rounds/{made.id}/26506"
    assert "Chưa có minh chứng" in admin.get(page).text
    empty = admin.send(f"{page}/return", page, {"reason": " "})
    assert empty.status_code == 400
    assert "Hãy nêu lý do trả lại" in empty.text
    assert admin.send(f"{page}/return", page, {"reason": "Thiếu biên bản"}).status_code == 303
    city.rollback()
    assert report.state is ReportState.RETURNED
    submit(city, report, 1)
    city.commit()
    assert admin.send(f"{page}/approve", page).status_code == 303
    city.rollback()
    assert report.state is ReportState.APPROVED
    again = admin.send(f"{page}/approve", page, follow_redirects=True)
    assert "Chỉ duyệt được báo cáo đã nộp" in again.text


def test_a_round_is_reminded_of_frozen_and_published(admin: Visitor, city: Session, made: Round) -> None:
    make_reporter(city, ward(city, "25807"), email="nhac@example.com")
    approve(city, hand_in(city, made), 1)
    city.commit()
    page = f"/admin/indicators/rounds/{made.id}"
    assert "1 thư đang được gửi" in admin.send(f"{page}/remind", page, follow_redirects=True).text
    sent = city.scalars(sa.select(OutgoingMail.recipient).where(OutgoingMail.template == "indicators_reminder")).all()
    assert sent == ["nhac@example.com"]
    assert admin.get(f"/indicators/rounds/{made.id}").status_code == 404
    admin.send(f"{page}/due-date", page, {"due_on": "2027-02-01"})
    admin.send(f"{page}/freeze", f"{page}/freeze")
    assert "Đợt này đã chốt" in admin.send(f"{page}/freeze", page, follow_redirects=True).text
    admin.send(f"{page}/publish", page)
    public = admin.client.application.test_client().get(f"/indicators/rounds/{made.id}")
    assert "387.1" in public.text
    city.rollback()
    assert made.due_on == date(2027, 2, 1)


def test_the_values_of_a_round_are_shown_to_administrators(admin: Visitor, city: Session, made: Round) -> None:
    approve(city, hand_in(city, made), 1)
    city.commit()
    shown = admin.get(f"/admin/indicators/rounds/{made.id}/values").text
    assert "Gia đình học tập" in shown


def test_the_dashboard_says_where_we_stand_in_both_languages(admin: Visitor, city: Session, made: Round) -> None:
    before = make_round(
        city, indicators=lines(city, "387.1"), period=made.period.__class__(date(2025, 1, 1), date(2025, 12, 31))
    )
    for found, pair in ((before, (10, 20)), (made, (18, 20))):
        report = report_of(city, found)
        entry = Entry(numerator=Decimal(pair[0]), denominator=Decimal(pair[1]))
        save_entry(city, report, lines(city, "387.1")[0], entry, revision=0, actor_id=1)
        submit(city, report, 1)
        approve(city, report, 1)
    city.commit()
    shown = admin.get("/admin/indicators").text
    assert "1 trên 8 chỉ số đã có giá trị" in shown
    assert "đạt 1 trên 1 mục tiêu" in shown
    assert "40 điểm" in shown
    assert "chưa có số liệu" in shown
    english = admin.get("/en/admin/indicators").text
    assert "What the repository gives" in english
    assert english.count('href="/en/indicators/sets/UNESCO-KF/') >= 20


def test_the_way_to_ones_own_start_depends_on_the_role(app: Flask, city: Session, admin: Visitor) -> None:
    assert admin.get("/indicators/work").location == "/admin/indicators"
    reporter = visit(app, city, make_reporter(city, ward(city)))
    assert reporter.get("/indicators/work").location == "/my/reports"


def test_a_set_is_listed_read_and_taken_in_again(admin: Visitor, city: Session) -> None:
    page = "/admin/indicators/sets"
    assert "60: Câu chữ chưa đối chiếu với bản in" in admin.get(page).text
    assert "Huyện được công nhận danh hiệu huyện học tập" in admin.get(f"{page}/QD1373").text
    document = set_document(find_set(city, "QD677"))
    changed = write_yaml(document).replace("Người lớn trong gia đình", "Người lớn trong mỗi gia đình")
    answer = admin.send(page, page, {"file": (io.BytesIO(changed.encode()), "bo.yaml")}, follow_redirects=True)
    assert "QD677: thay bằng phiên bản mới" in answer.text
    assert "mỗi gia đình" in admin.get(f"{page}/QD677").text
    assert "mỗi gia đình" not in admin.get(f"{page}/QD677?version=1").text
    wrong = admin.send(page, page, {"file": (io.BytesIO(b"a: ["), "bo.yaml")})
    assert wrong.status_code == 422
    assert "không phải tệp YAML" in wrong.text
    assert admin.send(page, page, {}).status_code == 422


def test_a_line_is_corrected_and_the_trail_is_shown(admin: Visitor, city: Session) -> None:
    page = "/admin/indicators/sets/UNESCO-KF/lines/1.1.1.a"
    line = find_indicator(city, "UNESCO-KF", "1.1.1.a")
    form = {
        "wording_vi": "Tỷ lệ biết chữ", "wording_en": "Adult literacy", "label_en": "Literacy", "unit": "%",
        "source_type": "official_data", "revision": "1", "verification-measurement": "exact",
        "verification-area": "no such word", "valid_to": "2030-12-31",
    }  # fmt: skip
    assert admin.send(page, page, form).status_code == 303
    city.rollback()
    assert line.wording == {"vi": "Tỷ lệ biết chữ", "en": "Adult literacy"}
    assert line.verification["measurement"] == "exact"
    assert line.verification["area"] == "verified-structure"
    assert "<del>" in admin.get(page).text
    late = admin.send(page, page, {**form, "unit": "phần trăm"})
    assert late.status_code == 422 or late.status_code == 409
    assert "Có người vừa sửa dòng này" in late.text
    assert 'value="phần trăm"' in late.text
    assert 'name="revision" type="hidden" value="2"' in late.text


def test_targets_are_set_and_removed(admin: Visitor, city: Session) -> None:
    page = "/admin/indicators/sets/QD387/lines/387.1"
    good = {"year": "2027", "value": "75,5", "source": "Kế hoạch 1256/KH-UBND"}
    assert admin.send(f"{page}/targets", page, good).status_code == 303
    target = city.scalars(sa.select(Target).where(Target.added_at.is_not(None))).one()
    assert target.value == Decimal("75.5")
    bad = admin.send(f"{page}/targets", page, {**good, "source": ""})
    assert bad.status_code == 422
    assert "văn bản quyết định mục tiêu" in bad.text
    assert admin.send(f"{page}/targets/{target.id}/remove", page).status_code == 303
    city.rollback()
    assert city.scalars(sa.select(Target).where(Target.added_at.is_not(None))).all() == []


def test_tables_and_events_are_taken_in(admin: Visitor, city: Session) -> None:
    page = "/admin/indicators/tables"
    content = 'place,band,value\nXã Thạnh An,15+,"1.505"\ncity,15+,"7.000.000"\n'.encode()
    form = {"code": "population", "source": "Niên giám 2025", "as_of": "2026-01-01"}
    assert admin.send(page, page, {**form, "file": (io.BytesIO(content), "dan-so.csv")}).status_code == 303
    table = city.scalars(sa.select(ReferenceTable)).one()
    shown = admin.get(f"{page}/{table.id}").text
    assert "7.000.000" in shown
    assert "Xã Thạnh An" in shown
    wrong = admin.send(page, page, {**form, "file": (io.BytesIO(b"place,band,value\nthanh an,15+,1\n"), "x.csv")})
    assert wrong.status_code == 422
    assert "27676" in wrong.text
    assert 'value="Niên giám 2025"' in wrong.text
    event = {"name_vi": "Tuần lễ học tập suốt đời", "starts_on": "2026-10-01", "ends_on": "2026-10-07"}
    assert admin.send("/admin/indicators/events", page, event).status_code == 303
    found = city.scalars(sa.select(LearningEvent)).one()
    assert found.code == "2026-10-01-tuan-le-hoc-tap-suot-doi"
    late = admin.send("/admin/indicators/events", page, {**event, "ends_on": "2026-09-01"})
    assert "Ngày cuối không thể trước ngày đầu" in late.text
    assert admin.send(f"/admin/indicators/events/{found.code}/remove", page).status_code == 303


def test_text_boxes_are_written_within_150_words(admin: Visitor, city: Session, made: Round) -> None:
    page = f"/admin/indicators/rounds/{made.id}/texts/unesco"
    assert admin.send(page, page, {"vision-vi": "Thành phố học tập suốt đời"}).status_code == 303
    assert "Thành phố học tập suốt đời" in admin.get(page).text
    long = admin.send(page, page, {"vision-vi": "chữ " * 151, "funding-en": "Money"})
    assert long.status_code == 422
    assert "tối đa 150 từ" in long.text
    assert "Money" in long.text
    kept = city.scalars(sa.select(ReportText).where(ReportText.chapter == "vision")).one()
    assert kept.text == {"vi": "Thành phố học tập suốt đời"}
    assert admin.get(f"/admin/indicators/rounds/{made.id}/texts/none").status_code == 200


def test_a_set_is_ended_and_its_old_values_stay(admin: Visitor, city: Session, made: Round) -> None:
    page = "/admin/indicators/sets/QD387"
    hand_in(city, made)
    wrong = admin.send(f"{page}/end", page, {"valid_to": "2020-01-01"})
    assert wrong.status_code == 422
    assert "không thể hết hiệu lực trước ngày bắt đầu" in wrong.text
    assert admin.send(f"{page}/end", page, {"valid_to": ""}).status_code == 422
    assert admin.send(f"{page}/end", page, {"valid_to": "2026-06-30"}).status_code == 303
    assert find_set(city, "QD387").valid_to == date(2026, 6, 30)
    trail = city.scalars(sa.select(AuditRecord).where(AuditRecord.action == "indicator_set.ended")).one()
    assert trail.details["changes"] == ["2030-12-31", "2026-06-30"]
    assert "70" in admin.get(f"/admin/indicators/rounds/{made.id}/26506").text
    late = round_form(sets=["QD387"], lead_unit="", open="1")
    assert admin.send("/admin/indicators/rounds/new", "/admin/indicators/rounds/new", late).status_code in {400, 422}


def test_a_wards_own_target_stands_before_the_citys(app: Flask, admin: Visitor, city: Session, made: Round) -> None:
    page = "/admin/indicators/sets/QD387/lines/387.1"
    form = {"year": "2030", "value": "91,5", "source": "Nghị quyết 05/NQ-HĐND"}
    wrong = admin.send(f"{page}/targets", page, {**form, "unit": "00000"})
    assert wrong.status_code == 422
    assert "Không có đơn vị nào mang mã này" in wrong.text
    assert admin.send(f"{page}/targets", page, {**form, "unit": "26506"}).status_code == 303
    assert ward(city).name["vi"] in admin.get(page).text
    for code, shown in (("26506", True), ("25807", False)):
        reporter = visit(app, city, make_reporter(city, ward(city, code)))
        text = reporter.get(f"/my/reports/{made.id}/{code}").text
        assert ("mục tiêu riêng của đơn vị" in text) is shown
        assert ("91,5" in text) is shown
    assert "91,5" not in admin.get("/indicators/sets/QD387/387.1").text


def test_a_closed_period_is_corrected_with_a_reason_and_its_old_version_stays(
    admin: Visitor, installation: Installation, city: Session
) -> None:
    page = "/admin/indicators/figures"
    assert "Chưa tháng nào có số liệu" in admin.get(page).text
    add_use(city)
    city.commit()
    keep_figures_current(installation.database, date(2026, 4, 15))
    assert "phiên bản 1" in admin.get(page).text
    without = admin.send(f"{page}/2026-03", page, {"reason": " "})
    assert without.status_code == 400
    assert 'id="reason-error"' in without.text
    same = admin.send(f"{page}/2026-03", page, {"reason": "Thử"})
    assert same.status_code == 409
    assert ">\r\nThử</textarea>" in same.text
    for figure in city.scalars(sa.select(SearchFigure).where(SearchFigure.language == "vi")):
        figure.without_result = 10
    city.commit()
    done = admin.send(f"{page}/2026-03", page, {"reason": "Đã bỏ robot mới"}, follow_redirects=True)
    assert "2026-03 nay dùng phiên bản 2" in done.text
    assert "Đã bỏ robot mới" in done.text
    new, old = (admin.get(f"/indicators/figures/LC-14/2026-03{version}").text for version in ("", "?version=1"))
    assert "Đã bỏ robot mới" in new
    assert "Đã bỏ robot mới" not in old
    assert admin.send(f"{page}/1999-01", page, {"reason": "Không có"}).status_code == 404
