"""The form of an administrative report (Decree 30/2020): what stands around the text, and its summary on one page."""

import io
import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import docx
import pypdfium2
import pytest
import sqlalchemy as sa
from docx.oxml.ns import qn
from flask import Flask
from sqlalchemy.orm import Session

from oer.accounts.models import WARD, Role, Unit
from oer.core.errors import Invalid
from oer.indicators.models.rounds import Observation, ReportState, Round
from oer.indicators.models.sets import Answer, Indicator, Target
from oer.indicators.periods import read_period
from oer.indicators.queries.values import PlaceValue
from oer.indicators.reports.assembly import assemble
from oer.indicators.reports.document import Answers, Chart, PageBreak, Paragraph, ReportDocument, Table
from oer.indicators.reports.form import FormDetails, administrative_form
from oer.indicators.reports.models import ReportBuild
from oer.indicators.reports.queries import last_details
from oer.indicators.reports.services import request_build
from oer.indicators.reports.writers import WRITERS, read_json
from tests.accounts.factories import make_account, make_unit
from tests.indicators.factories import lines, make_reporter, make_round, report_of, ward
from tests.indicators.visiting import visit

GIVEN = FormDetails.read(
    {
        "agency_above": "Ủy ban nhân dân Thành phố Hồ Chí Minh",
        "agency": "Sở Giáo dục và Đào tạo",
        "agency_en": "Department of Education and Training",
        "number": "12/BC-SGDĐT",
        "day": "2026-02-05",
        "on_behalf": "Ủy ban nhân dân",
        "mark": "KT.",
        "principal": "Chủ tịch",
        "principal_en": "Chairperson",
        "office": "Phó Chủ tịch",
        "office_en": "Vice-Chairperson",
        "signer": "A B C",
        "recipients": "- Như trên;\n\nVăn phòng",
    }
)
LONG = "Phường đã mở các lớp học tối cho người lao động ở khu trọ, và thư viện mở cửa cả chủ nhật."


def pages_of(content: bytes) -> list[str]:
    return [page.get_textpage().get_text_bounded().replace("\r\n", "\n") for page in pypdfium2.PdfDocument(content)]


def text_of(content: bytes) -> str:
    return " ".join("\n".join(pages_of(content)).replace("\xa0", " ").split())


def answer(session: Session, made: Round, code: str, line: Indicator, value: int | None, text: str = "") -> None:
    report = report_of(session, made, code)
    report.state = ReportState.APPROVED
    parts = {"value": value, "numerator": value, "denominator": 100} if value is not None else {}
    session.add(Observation(report=report, indicator=line, text=text, source="Niên giám", **parts))


@pytest.fixture
def three(city: Session) -> list[Round]:
    """Rounds of 2024, 2025 and 2026: one line rose and fell and rose, one fell, one is a text."""
    office = make_unit(city, code="so-gddt", kind="department", name={"vi": "Sở Giáo dục", "en": "Department"})
    rising, falling, told = (lines(city, code)[0] for code in ("387.1", "387.2", "1.1.1.a"))
    rising.answer = falling.answer = Answer.PERCENT
    rising.unit = falling.unit = "%"
    told.answer = Answer.TEXT
    city.execute(sa.delete(Target).where(Target.indicator_id.in_([rising.id, falling.id])))
    for line in (rising, falling):
        city.add(Target(indicator=line, year=2030, value=Decimal(85)))
    rounds = []
    for year, rises, falls in (("2024", 60, 95), ("2025", 55, 93), ("2026", 90, 80)):
        made = make_round(
            city, units=[office, ward(city)], indicators=[rising, falling, told], period=read_period(year)
        )
        answer(city, made, "so-gddt", rising, rises)
        answer(city, made, "so-gddt", falling, falls)
        answer(city, made, "so-gddt", told, None, LONG)
        answer(city, made, "26506", told, None, f"Vũng Tàu: {LONG}")
        rounds.append(made)
    city.commit()
    return rounds


def document(session: Session, made: Round, language: str = "vi", kind: str = "areas") -> ReportDocument:
    return assemble(session, made, None, kind, GIVEN, {"vi": "UBND Thành phố"})(language)


def paragraphs(content: bytes) -> list[tuple[str, str]]:
    """Style and text of every paragraph of a Word document, also of those in tables."""
    opened = docx.Document(io.BytesIO(content))
    names = {each.style_id: each.name for each in opened.styles}
    return [
        (names[each.style or "Normal"], "".join(text.text or "" for text in each.iter(qn("w:t"))))
        for each in opened.element.body.iter(qn("w:p"))
    ]


def form(details: FormDetails, language: str = "vi", agency: Mapping[str, str] | None = None) -> list[str]:
    made = administrative_form(details, language, agency=agency or {}, place={}, about="Kết quả")
    return [made.agency, made.number, made.place_and_day, *made.authority, made.signer, *made.recipients]


def test_what_is_not_given_is_left_to_be_filled_in_and_nothing_is_made_up() -> None:
    dots = "……………"
    assert form(FormDetails()) == [
        dots, f"Số:\xa0{dots}/BC-……", f"{dots}, ngày\xa0……\xa0tháng\xa0……\xa0năm\xa0………", dots, "", f"- {dots};",
        "- Lưu: VT.",
    ]  # fmt: skip
    assert form(FormDetails(), agency={"vi": "Sở A"})[0] == "SỞ A"


def test_the_form_has_what_was_given_in_both_languages() -> None:
    assert form(GIVEN) == [
        "SỞ GIÁO DỤC VÀ ĐÀO TẠO",
        "Số:\xa012/BC-SGDĐT",
        "……………, ngày\xa005\xa0tháng\xa002\xa0năm\xa02026",
        "TM. ỦY BAN NHÂN DÂN",
        "KT. CHỦ TỊCH",
        "PHÓ CHỦ TỊCH",
        "A B C",
        "- Như trên;",
        "- Văn phòng;",
        "- Lưu: VT.",
    ]
    english = form(GIVEN, "en")
    assert english[0] == "DEPARTMENT OF EDUCATION AND TRAINING"
    assert english[2].endswith("5\xa0February\xa02026")
    assert english[4:6] == ["FOR CHAIRPERSON", "VICE-CHAIRPERSON"]


@pytest.mark.parametrize(
    ("given", "lines_shown"),
    [
        ({"mark": "TL.", "principal": "Chủ tịch", "office": "Chánh Văn phòng"}, ["TL. CHỦ TỊCH", "CHÁNH VĂN PHÒNG"]),
        ({"mark": "TUQ.", "principal": "Giám đốc", "office": "Trưởng phòng"}, ["TUQ. GIÁM ĐỐC", "TRƯỞNG PHÒNG"]),
        ({"mark": "Q.", "office": "Giám đốc"}, ["Q. GIÁM ĐỐC"]),
        ({"office": "Giám đốc"}, ["GIÁM ĐỐC"]),
    ],
)
def test_it_is_signed_by_role(given: dict[str, str], lines_shown: list[str]) -> None:
    made = administrative_form(FormDetails.read(given), "vi", agency={}, place={}, about="")
    assert made.authority == lines_shown


def test_days_and_months_have_zeros_where_another_digit_could_be_written() -> None:
    for given, shown in (("2026-11-28", "ngày 28 tháng 11"), ("2026-03-09", "ngày 09 tháng 3")):
        assert shown in form(FormDetails.read({"day": given}))[2].replace("\xa0", " ")


def test_what_is_no_mark_or_no_day_is_refused() -> None:
    for name in ("mark", "day"):
        with pytest.raises(Invalid):
            FormDetails.read({name: "x"})


def test_a_report_has_every_part_in_its_order_in_word_and_pdf(city: Session, three: list[Round]) -> None:
    made = document(city, three[-1])
    parts = [
        "SỞ GIÁO DỤC VÀ ĐÀO TẠO", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc",
        "Số: 12/BC-SGDĐT", "Thành phố Hồ Chí Minh, ngày 05 tháng 02 năm 2026", "BÁO CÁO", "Kết quả xây dựng",
        "Tóm tắt kết quả", "I. ", "Nơi nhận:", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH", "A B C", "Phụ lục",
        "GIÁ TRỊ THEO PHƯỜNG, XÃ, ĐẶC KHU", "(Kèm theo Báo cáo số 12/BC-SGDĐT ngày 05 tháng 02 năm 2026)",
    ]  # fmt: skip
    word = " ".join(text for _, text in paragraphs(WRITERS["docx"](made))).replace("\xa0", " ")
    pdf = WRITERS["pdf"](made)
    assert pypdfium2.raw.FPDFCatalog_IsTagged(pypdfium2.PdfDocument(pdf))
    for text in (word, text_of(pdf)):
        places, at = [], 0
        for part in parts:
            at = text.find(part, at)
            places.append((part, at >= 0))
            at = max(at, 0)
        assert all(found for _, found in places), places


def test_word_can_restyle_every_part(city: Session, three: list[Round]) -> None:
    content = WRITERS["docx"](document(city, three[-1]))
    styles = {name for name, text in paragraphs(content) if text}
    assert styles >= {
        "Nation", "Motto", "Agency above", "Agency", "Document number", "Place and day", "Document kind",
        "Document about", "Authority", "Signer", "Recipients heading", "Recipients", "Annex", "Annex title", "Annex of",
        "Heading 1", "Heading 2", "Body Text", "Caption", "Table heading", "Table text", "Table number", "Answer",
        "Note",
    }  # fmt: skip
    assert "Normal" not in styles
    xml = docx.Document(io.BytesIO(content)).element.body
    assert not list(xml.iter(qn("w:sz"), qn("w:b"), qn("w:i"), qn("w:color"))), "letters look as styles say"


def test_the_summary_tells_on_one_page_what_rose_what_fell_and_what_is_met(city: Session, three: list[Round]) -> None:
    made = document(city, three[-1])
    summary = made.blocks[: made.blocks.index(PageBreak())]
    texts = [block.text for block in summary if isinstance(block, Paragraph)]
    assert "3 chỉ số" in texts[0]
    assert "có 2 chỉ số có số liệu; 2 chỉ số trong đó có mục tiêu, 1 chỉ số đã đạt" in texts[0]
    assert re.match(r"Tăng \(1\): 387\.1 .*, từ 55 lên 90\.$", texts[1])
    assert re.match(r"Giảm \(1\): 387\.2 .*, từ 93 xuống 80\.$", texts[2])
    (chart,) = [block for block in summary if isinstance(block, Chart)]
    assert [(bar.percent, bar.shown) for bar in chart.bars] == [(Decimal(50), "1 trên 2")]
    (trend,) = [block for block in summary if isinstance(block, Table)]
    assert trend.header[2:] == ["2024", "2025", "2026", "Mục tiêu"]
    assert trend.rows[0][2:] == [Decimal(60), Decimal(55), Decimal(90), Decimal(85)]
    pages = pages_of(WRITERS["pdf"](made))
    assert pages[1].split("\n")[1] == "Tóm tắt kết quả"
    assert "Số liệu qua các đợt" in pages[1]
    assert "\nI. Lợi ích" in pages[2]
    assert "\nI. Lợi ích" not in pages[1]


def test_a_first_round_has_nothing_to_compare_with_and_says_so(city: Session, three: list[Round]) -> None:
    texts = [block.text for block in document(city, three[0]).blocks if isinstance(block, Paragraph)]
    assert "Chưa có đợt trước có giá trị để so sánh." in texts
    assert not any(text.startswith("Tăng") for text in texts)


def test_an_area_has_a_chart_with_targets_that_word_draws_and_ears_hear(city: Session, three: list[Round]) -> None:
    made = document(city, three[-1])
    chart = [block for block in made.blocks if isinstance(block, Chart)][1]
    assert [(bar.percent, bar.target) for bar in chart.bars] == [(Decimal(90), Decimal(85)), (Decimal(80), Decimal(85))]
    assert chart.bars[0].shown == "90% (mục tiêu 85%)"
    opened = docx.Document(io.BytesIO(WRITERS["docx"](made)))
    drawn = [part for part in opened.part.package.iter_parts() if "/charts/" in part.partname]
    assert len(drawn) == 2
    assert b"<c:v>85</c:v>" in b"".join(part.blob for part in drawn)
    heard = [each.get("descr") for each in opened.element.body.iter(qn("wp:docPr"))]
    assert chart.in_words in heard


def test_an_answer_in_words_is_a_paragraph_and_not_in_a_narrow_column(city: Session, three: list[Round]) -> None:
    made = document(city, three[-1])
    assert not any(LONG in str(cell) for table in made.tables() for row in table.rows for cell in row)
    of_city, by_place = (block for block in made.blocks if isinstance(block, Answers))
    assert of_city.rows[0][1] == LONG
    assert by_place.rows == [(ward(city).name["vi"], f"Vũng Tàu: {LONG}")]
    assert ("Answer", LONG) in paragraphs(WRITERS["docx"](made))
    assert LONG in text_of(WRITERS["pdf"](made))
    in_ministrys = document(city, three[-1], kind="ministry")
    assert LONG in [block.rows[0][1] for block in in_ministrys.blocks if isinstance(block, Answers)]
    assert LONG.encode() in WRITERS["json"](made)
    assert read_json(WRITERS["json"](made)) == made


def test_a_report_without_answers_has_its_form_and_no_summary(city: Session) -> None:
    made = document(city, make_round(city), "en")
    assert "SOCIALIST REPUBLIC OF VIET NAM" in text_of(WRITERS["pdf"](made))
    assert not any(isinstance(block, Chart | PageBreak) for block in made.blocks)
    assert WRITERS["docx"](made)


def test_long_names_wrap_and_stay_on_the_paper(city: Session, three: list[Round]) -> None:
    long = (
        "Sở Giáo dục, Đào tạo, Văn hóa, Thể thao, Khoa học, Công nghệ và Hợp tác quốc tế của Thành phố Hồ Chí Minh " * 2
    )
    details = FormDetails.read({"agency": long, "agency_above": long, "place": long, "office": long, "signer": long})
    content = WRITERS["pdf"](assemble(city, three[-1], None, "areas", details)("vi"))
    for page in pypdfium2.PdfDocument(content):
        boxes = [item.get_bounds() for item in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT])]
        assert all(left >= 84 and right <= 553.5 for left, _, right, _ in boxes)


def test_the_annex_has_all_wards(city: Session, three: list[Round]) -> None:
    told = lines(city, "1.1.1.a")[0]
    wards = list(city.scalars(sa.select(Unit).where(Unit.kind == WARD)))
    assert len(wards) == 168
    place = PlaceValue(0, "", {}, WARD, Decimal(5), None, None, "", False, None, "", "", {})
    made = assemble(city, three[-1], None, "areas", GIVEN)("vi")
    assert made.annex_at is not None
    rows = [[each.code, each.name["vi"], place.value, None, None, "31/10/2026"] for each in wards]
    table = Table(told.code, ["Mã", "Phường", "Giá trị", "Tử", "Mẫu", "Ngày"], rows, frozenset({2, 3, 4}))
    made.blocks.append(table)
    pages = pages_of(WRITERS["pdf"](made))
    shown = "\n".join(pages)
    assert all(each.code in shown for each in wards)
    assert shown.count("31/10/2026") == 168, "a date is on one line"
    annex = next(number for number, page in enumerate(pages) if "Phụ lục" in page)
    assert "Nơi nhận" in "".join(pages[:annex])


def test_no_page_of_a_word_document_is_left_empty_by_a_break(city: Session, three: list[Round]) -> None:
    opened = docx.Document(io.BytesIO(WRITERS["docx"](document(city, three[-1]))))
    assert not list(opened.element.body.iter(qn("w:br")))
    begin = [each.text for each in opened.paragraphs if each.paragraph_format.page_break_before]
    assert begin[0] == "Tóm tắt kết quả"
    assert begin[1].startswith("Chỉ gồm giá trị")
    assert begin[2:] == ["Phụ lục"]


def test_dates_do_not_break_in_word(city: Session, three: list[Round]) -> None:
    opened = docx.Document(io.BytesIO(WRITERS["docx"](document(city, three[-1], "en"))))
    (period,) = [each for each in opened.paragraphs if each.style.name == "Subtitle line"]
    assert period.text == "Period 2026-01-01 to 2026-12-31"
    assert len(period._p.findall(f".//{qn('w:noBreakHyphen')}")) == 4


def test_the_form_is_given_where_the_report_is_asked_for_and_kept_for_the_next(
    app: Flask, city: Session, three: list[Round]
) -> None:
    admin = visit(app, city, make_account(city, Role.ADMIN))
    page = f"/admin/indicators/reports?round_id={three[-1].id}"
    sent = {"round_id": str(three[-1].id), "kind": "areas", "unit": "", **GIVEN.plain()}
    assert admin.send("/admin/indicators/reports", page, sent).status_code == 303
    given = city.scalars(sa.select(ReportBuild).order_by(ReportBuild.id.desc())).first()
    assert given is not None
    assert FormDetails.read(given.facts["form"]) == GIVEN
    kept = replace(GIVEN, number="", day="")
    assert last_details(city, None) == kept, "a number and a day belong to one report"
    shown = admin.get(page).text
    assert "12/BC-SGDĐT" not in shown
    assert 'value="Phó Chủ tịch"' in shown
    assert '<option value="KT." selected>' in shown
    refused = admin.send("/admin/indicators/reports", page, {**sent, "mark": "XX"}, follow_redirects=True)
    assert "Hãy chọn thẩm quyền ký." in refused.text
    own = visit(app, city, make_reporter(city, ward(city)))
    assert 'Phó Chủ tịch"' not in own.get(f"/my/reports/{three[-1].id}/26506/built").text
    untouched = {**sent, **kept.plain(), "unit": "26506", "number": "", "day": ""}
    assert admin.send("/admin/indicators/reports", page, untouched).status_code == 303
    assert last_details(city, ward(city).id) == FormDetails(), "what is the city's is not put into a ward's report"


def test_the_agency_of_the_settings_issues_the_citys_report(city: Session, three: list[Round]) -> None:
    plain = assemble(city, three[-1], None, "areas", FormDetails(), {"vi": "UBND Thành phố"})("vi")
    assert plain.form is not None
    assert plain.form.agency == "UBND THÀNH PHỐ"
    of_ward = assemble(city, three[-1], ward(city), "areas", FormDetails(), {"vi": "UBND Thành phố"})("vi")
    assert of_ward.form is not None
    assert of_ward.form.agency == ward(city).name["vi"].upper()
    assert request_build(city, None, three[-1], None, "areas").facts == {}
