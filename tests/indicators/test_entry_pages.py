import io
import re
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from oer.accounts.models import Role
from oer.config import MIB
from oer.indicators.models.rounds import Evidence, Observation, ReportState, UnitReport
from oer.indicators.models.sets import Indicator
from oer.indicators.services.entry import Entry, save_entry
from oer.indicators.services.sets import end_set
from oer.indicators.views import entry
from tests.accounts.factories import make_account
from tests.indicators.factories import lines, make_reporter, make_round, report_of, ward
from tests.indicators.visiting import Visitor, visit


@pytest.fixture
def report(city: Session) -> UnitReport:
    made = report_of(city, make_round(city, indicators=lines(city, "387.1", "1.1.1.a", "24.1.1", "3.1.1.a")))
    city.commit()
    return made


@pytest.fixture
def line(city: Session) -> Indicator:
    return lines(city, "387.1")[0]


@pytest.fixture
def reporter(app: Flask, city: Session, report: UnitReport) -> Visitor:
    return visit(app, city, make_reporter(city, ward(city)))


@pytest.fixture
def page(report: UnitReport) -> str:
    return f"/my/reports/{report.round_id}/26506"


def fields(line: Indicator, **typed: str) -> dict[str, str]:
    values = {
        "value": "",
        "numerator": "",
        "denominator": "",
        "reference_date": "",
        "source": "",
        "link": "",
        "revision": "0",
    }
    return {f"l{line.id}-{name}": text for name, text in {**values, **typed}.items()}


def save(reporter: Visitor, page: str, line: Indicator, **typed: str):
    return reporter.send(f"{page}/{line.id}", page, fields(line, **typed), f"l{line.id}-")


def stored(city: Session, line: Indicator) -> Observation | None:
    city.rollback()
    return city.scalar(sa.select(Observation).where(Observation.indicator_id == line.id))


def test_a_reporter_finds_the_reports_of_the_unit(reporter: Visitor, page: str) -> None:
    listed = reporter.get("/my/reports").text
    assert f'href="{page}"' in listed
    shown = reporter.get(page).text
    assert shown.count('class="line') == 4
    assert "Câu chữ chưa đối chiếu với bản in" in shown
    assert "Bản dịch không chính thức" in shown


def test_the_page_speaks_english_too(reporter: Visitor, page: str) -> None:
    shown = reporter.get(f"/en{page}").text
    assert "Adult literacy rate" in shown
    assert "Wording not compared with the printed source" in shown


def test_a_line_is_saved_with_numbers_as_they_are_typed_here(
    reporter: Visitor, city: Session, page: str, line: Indicator
) -> None:
    answer = save(reporter, page, line, numerator="1.505.684", denominator="2.112.350", reference_date="30/06/2026")
    assert answer.status_code == 303
    assert answer.location.endswith(f"?line={line.id}#line-{line.id}")
    found = stored(city, line)
    assert found is not None
    assert (found.numerator, found.value, str(found.reference_date)) == (1505684, Decimal("71.280044"), "2026-06-30")
    assert "1.505.684" in reporter.get(page).text
    assert "1,505,684" in reporter.get(f"/en{page}").text


def test_text_in_a_number_field_is_told_there_and_nothing_is_lost(
    reporter: Visitor, city: Session, page: str, line: Indicator
) -> None:
    answer = save(reporter, page, line, value="khoảng 70", source="Báo cáo số 5", note_vi="Ghi chú dài")
    assert answer.status_code == 422
    assert "“khoảng 70” không phải là số" in answer.text
    assert 'value="khoảng 70"' in answer.text
    assert 'value="Báo cáo số 5"' in answer.text
    assert ">\r\nGhi chú dài</textarea>" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert stored(city, line) is None


@pytest.mark.parametrize(
    ("typed", "stored_as"), [("1.505.684", "1505684"), ("71,28", "71.28"), ("71.28", "71.28"), ("1 505 684", "1505684")]
)
def test_numbers_are_read_as_they_are_written_here(
    reporter: Visitor, city: Session, page: str, line: Indicator, typed: str, stored_as: str
) -> None:
    assert save(reporter, page, line, value=typed, note_vi="Vượt 100%").status_code == 303
    found = stored(city, line)
    assert found is not None
    assert found.value == Decimal(stored_as)


def test_a_share_over_100_is_kept_warned_of_and_explained_before_it_is_handed_in(
    reporter: Visitor, city: Session, page: str, line: Indicator
) -> None:
    for other in lines(city, "1.1.1.a", "24.1.1", "3.1.1.a"):
        save(reporter, page, other, not_available="y", note_vi="Chưa có")
    assert save(reporter, page, line, value="104,5").status_code == 303
    assert "mới chỉ có phần trăm" in reporter.send(f"{page}/submit", page, follow_redirects=True).text
    over = {"value": "104,5", "numerator": "1.045", "denominator": "1.000"}
    save(reporter, page, line, **over, revision="1")
    assert "Giá trị này lớn hơn 100%" in reporter.get(page).text
    assert "lớn hơn 100%" in reporter.send(f"{page}/submit", page, follow_redirects=True).text
    save(reporter, page, line, **over, revision="2", note_vi="Tính cả hộ tạm trú")
    assert "Báo cáo đã được nộp" in reporter.send(f"{page}/submit", page, follow_redirects=True).text


def test_a_line_that_is_no_longer_in_force_is_told_at_its_value(
    reporter: Visitor, city: Session, page: str, line: Indicator
) -> None:
    end_set(city, "QD387", date(2026, 6, 30), None)
    answer = save(reporter, page, line, value="71,28", source="Báo cáo số 5")
    assert answer.status_code in {400, 422}
    error = re.search(rf'id="l{line.id}-value-error">([^<]+)<', answer.text)
    assert error is not None
    assert "chỉ số không có hiệu lực trong kỳ" in error[1]
    assert 'value="71,28"' in answer.text
    assert stored(city, line) is None


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("denominator", "0", "Mẫu số không thể bằng 0"),
        ("numerator", "-5", "không thể nhỏ hơn 0"),
        ("reference_date", "2099-01-01", "tương lai"),
        ("reference_date", "hôm qua", "không phải là một ngày"),
        ("link", "javascript:alert(1)", "https://"),
        ("note_vi", "chữ " * 151, "150 từ"),
    ],
)
def test_what_is_wrong_is_told_at_its_own_field_and_the_rest_stays(
    reporter: Visitor, city: Session, page: str, line: Indicator, field: str, typed: str, told: str
) -> None:
    answer = save(
        reporter, page, line, **{"source": "Báo cáo số 5", "numerator": "7", "denominator": "9", field: typed}
    )
    assert answer.status_code in {400, 422}
    error = re.search(rf'id="l{line.id}-{field}-error">([^<]+)<', answer.text)
    assert error is not None
    assert told in error[1]
    assert 'value="Báo cáo số 5"' in answer.text
    assert stored(city, line) is None


def test_an_expired_form_keeps_what_was_typed(reporter: Visitor, city: Session, page: str, line: Indicator) -> None:
    answer = reporter.post(f"{page}/{line.id}", {**fields(line, value="70"), f"l{line.id}-csrf_token": "old"})
    assert answer.status_code == 400
    assert 'value="70"' in answer.text
    assert stored(city, line) is None


def test_the_second_reporter_sees_what_changed_and_may_still_save(
    app: Flask, reporter: Visitor, city: Session, page: str, line: Indicator, report: UnitReport
) -> None:
    save_entry(city, report, line, Entry(value=Decimal(60)), revision=0, actor_id=None)
    city.commit()
    answer = save(reporter, page, line, value="71,28", source="Thống kê")
    assert answer.status_code == 409
    assert "Có người vừa sửa chỉ số này" in answer.text
    assert re.search(r"<dt>Giá trị</dt>\s*<dd>60</dd>", answer.text)
    assert 'value="71,28"' in answer.text
    assert f'name="l{line.id}-revision" type="hidden" value="1"' in answer.text
    assert save(reporter, page, line, value="71,28", revision="1").status_code == 303
    found = stored(city, line)
    assert found is not None
    assert found.value == Decimal("71.28")


def test_a_script_gets_the_line_alone(reporter: Visitor, page: str, line: Indicator) -> None:
    data = fields(line, value="70")
    answer = reporter.send(f"{page}/{line.id}", page, data, f"l{line.id}-", headers={"X-Line-Only": "1"})
    assert answer.status_code == 200
    assert answer.text.count('<details class="line') == 1
    assert "Đã lưu." in answer.text
    assert "<html" not in answer.text
    wrong = reporter.send(
        f"{page}/{line.id}", page, fields(line, value="x"), f"l{line.id}-", headers={"X-Line-Only": "1"}
    )
    assert wrong.status_code == 422
    assert wrong.text.count('<details class="line') == 1


def test_yes_no_and_words_are_answered_in_their_own_fields(reporter: Visitor, city: Session, page: str) -> None:
    yes_no, rating = lines(city, "24.1.1")[0], lines(city, "3.1.1.a")[0]
    assert save(reporter, page, yes_no, choice="yes").status_code == 303
    assert save(reporter, page, rating, text="  Mức 3   trên 5 ").status_code == 303
    assert stored(city, yes_no).text == "yes"
    assert stored(city, rating).text == "Mức 3 trên 5"
    assert save(reporter, page, yes_no, choice="maybe", revision="1").status_code == 400


def attached(line: Indicator, content: bytes, name: str, **typed: str) -> dict:
    return {**fields(line, **typed), f"l{line.id}-evidence": (io.BytesIO(content), name)}


def test_evidence_is_added_with_its_line_fetched_and_removed(
    reporter: Visitor, city: Session, page: str, line: Indicator
) -> None:
    data = attached(line, "Số liệu;1\n".encode(), "bảng số.csv", value="70")
    assert reporter.send(f"{page}/{line.id}", page, data, f"l{line.id}-").status_code == 303
    found = city.scalars(sa.select(Evidence)).one()
    assert found.observation.value == 70
    shown = reporter.get(page).text
    assert "bảng số.csv" in shown
    fetched = reporter.get(f"{page}/evidence/{found.id}")
    assert fetched.data == "Số liệu;1\n".encode()
    assert fetched.headers["Content-Disposition"].startswith("attachment")
    assert reporter.send(f"{page}/evidence/{found.id}/remove", page).status_code == 303
    city.rollback()
    assert city.scalar(sa.select(sa.func.count(Evidence.id))) == 0
    assert stored(city, line).value == 70


def test_a_script_sees_the_file_that_it_sent(reporter: Visitor, page: str, line: Indicator) -> None:
    data = attached(line, b"a;b\n", "bang.csv", value="70")
    answer = reporter.send(f"{page}/{line.id}", page, data, f"l{line.id}-", headers={"X-Line-Only": "1"})
    assert answer.status_code == 200
    assert "bang.csv</a>" in answer.text


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"<html><script>alert(1)</script></html>", "trang.html", "không phải minh chứng"),
        (b"MZ\x90\x00", "chay.exe", "Kho chưa nhận Chương trình"),
        (b"", "rong.csv", "rỗng"),
    ],
)
def test_a_file_that_is_no_evidence_is_told_at_its_field_and_nothing_is_lost(
    reporter: Visitor, city: Session, page: str, line: Indicator, content: bytes, name: str, told: str
) -> None:
    data = attached(line, content, name, value="71,28", source="Báo cáo số 5")
    answer = reporter.send(f"{page}/{line.id}", page, data, f"l{line.id}-")
    assert answer.status_code in {415, 422}
    error = re.search(f'id="l{line.id}-evidence-error">([^<]+)<', answer.text)
    assert error is not None
    assert told in error[1]
    assert 'value="71,28"' in answer.text
    assert 'value="Báo cáo số 5"' in answer.text
    assert stored(city, line) is None
    assert city.scalar(sa.select(sa.func.count(Evidence.id))) == 0


def test_texts_are_saved_without_invisible_and_direction_characters(
    reporter: Visitor, city: Session, page: str, line: Indicator
) -> None:
    data = fields(line, value="71,28", source="Báo cáo\u202e  số 5", note_vi="Đã\u200b họp ")
    assert reporter.send(f"{page}/{line.id}", page, data, f"l{line.id}-").status_code == 303
    found = stored(city, line)
    assert found is not None
    assert (found.source, found.note) == ("Báo cáo số 5", {"vi": "Đã họp"})


def test_a_large_file_is_taken_and_one_that_is_too_large_is_told_at_its_field(
    reporter: Visitor, city: Session, page: str, line: Indicator, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = "Khu phố 1;1505684\n".encode() * 20_000
    monkeypatch.setattr(entry, "MOST_EVIDENCE_BYTES", 300_000)
    answer = reporter.send(f"{page}/{line.id}", page, attached(line, content, "bang.csv", value="70"), f"l{line.id}-")
    assert answer.status_code == 413
    error = re.search(f'id="l{line.id}-evidence-error">([^<]+)<', answer.text)
    assert error is not None
    assert 'value="70"' in answer.text
    monkeypatch.setattr(entry, "MOST_EVIDENCE_BYTES", 50 * MIB)
    answer = reporter.send(f"{page}/{line.id}", page, attached(line, content, "bang.csv", value="70"), f"l{line.id}-")
    assert answer.status_code == 303
    assert city.scalars(sa.select(Evidence.size)).one() == len(content)


def test_a_file_is_not_kept_where_the_line_is_refused(
    reporter: Visitor, city: Session, page: str, line: Indicator
) -> None:
    answer = reporter.send(
        f"{page}/{line.id}", page, attached(line, b"a;b\n", "bang.csv", denominator="0"), f"l{line.id}-"
    )
    assert answer.status_code in {400, 422}
    assert f'id="l{line.id}-denominator-error"' in answer.text
    assert stored(city, line) is None


def test_an_incomplete_report_is_not_handed_in_and_says_why(reporter: Visitor, city: Session, page: str) -> None:
    answer = reporter.send(f"{page}/submit", page, follow_redirects=True)
    assert "Còn 4 chỉ số chưa trả lời, đầu tiên là 1.1.1.a" in answer.text


def test_a_full_report_is_handed_in_and_then_read_only(
    reporter: Visitor, city: Session, page: str, report: UnitReport
) -> None:
    for line in lines(city, "387.1", "1.1.1.a"):
        save(reporter, page, line, numerator="70", denominator="100")
    save(reporter, page, lines(city, "24.1.1")[0], choice="no")
    save(reporter, page, lines(city, "3.1.1.a")[0], not_available="y", note_vi="Chưa có hội đồng")
    answer = reporter.send(f"{page}/submit", page, follow_redirects=True)
    assert "Báo cáo đã được nộp" in answer.text
    assert '<form method="post" class="entry"' not in answer.text
    city.rollback()
    assert report.state is ReportState.SUBMITTED


def test_an_administrator_reads_evidence_and_no_other_reporter_does(
    app: Flask, city: Session, reporter: Visitor, page: str, line: Indicator
) -> None:
    reporter.send(f"{page}/{line.id}", page, attached(line, b"a;b\n", "a.csv"), f"l{line.id}-")
    found = city.scalars(sa.select(Evidence)).one()
    path = f"{page}/evidence/{found.id}"
    assert visit(app, city, make_account(city, Role.ADMIN)).get(path).data == b"a;b\n"
    assert visit(app, city, make_reporter(city, ward(city, "25807"))).get(path).status_code == 404
    assert visit(app, city, make_account(city, Role.EDUCATOR)).get(path).status_code == 403
