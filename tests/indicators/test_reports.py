import io
from datetime import date, datetime
from decimal import Decimal

import docx
import pypdfium2
import pytest
import sqlalchemy as sa
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from oer.accounts.models import Role
from oer.core.clock import now, today
from oer.core.errors import Invalid
from oer.core.installation import Installation
from oer.core.leases import Lease
from oer.core.mail import OutgoingMail
from oer.indicators import jobs
from oer.indicators.computation.models import ComputedFigure
from oer.indicators.computation.services import keep_figures_current
from oer.indicators.models.rounds import Round
from oer.indicators.reports import services
from oer.indicators.reports.assembly import KINDS, assemble, chapters_to_write
from oer.indicators.reports.document import Table
from oer.indicators.reports.models import BuildState, ReportBuild
from oer.indicators.reports.services import write_text
from oer.indicators.services.entry import Entry, save_entry
from oer.indicators.services.reports import approve, submit
from tests.accounts.factories import make_account, make_unit
from tests.indicators.factories import lines, make_reporter, make_round, report_of, ward
from tests.indicators.totals import add_use
from tests.indicators.visiting import visit


@pytest.fixture
def made(city: Session) -> Round:
    department = make_unit(
        city, code="so-gddt", kind="department", name={"vi": "Sở Giáo dục và Đào tạo", "en": "Department"}
    )
    asked = lines(city, "387.1", "1.1.1.a", "2.4.2.d", "3.1.1.a", "24.1.1")
    found = make_round(city, indicators=asked, units=[department, ward(city), ward(city, "25807")])
    for code in ("so-gddt", "26506", "25807"):
        report = report_of(city, found, code)
        for line in asked:
            numbers = {"numerator": Decimal(80), "denominator": Decimal(100)} if line.answer == "percent" else {}
            entry = Entry(
                **numbers,
                text="" if numbers else "yes",
                source="Báo cáo 12",
                link="https://example.com/a",
                note={"vi": "Đã họp hội đồng"},
            )
            save_entry(city, report, line, entry, revision=0, actor_id=1)
        submit(city, report, 1)
        approve(city, report, 1)
    city.commit()
    return found


def build(installation: Installation, city: Session, made: Round, kind: str = "areas", unit: str = "") -> ReportBuild:
    asked = services.request_build(city, 1, made, ward(city, unit) if unit else None, kind)
    number = str(asked.id)
    city.commit()  # and nothing read after it: an open transaction would hold the database from the worker
    jobs.build(installation, number)
    city.rollback()
    return asked


def content(installation: Installation, build: ReportBuild, language: str, format_: str) -> bytes:
    (file,) = [each for each in build.files if (each.language, each.format) == (language, format_)]
    return b"".join(installation.storage.read(file.blob_sha256, 0, file.size))


def test_a_report_is_built_in_the_worker_in_both_languages_and_every_format(
    installation: Installation, city: Session, made: Round, run_jobs
) -> None:
    asked = services.request_build(city, 1, made, None, "areas")
    city.commit()
    run_jobs()
    city.rollback()
    assert (asked.state, asked.done, asked.total) == (BuildState.DONE, 8, 8)
    assert {(each.language, each.format) for each in asked.files} == {
        (a, b) for a in ("vi", "en") for b in ("docx", "pdf", "xlsx", "json")
    }
    assert asked.files[0].name == "areas-city-2026-vi.docx"


def test_the_formats_say_the_same(installation: Installation, city: Session, made: Round) -> None:
    found = build(installation, city, made)
    pdf = pypdfium2.PdfDocument(content(installation, found, "vi", "pdf"))
    text = " ".join(page.get_textpage().get_text_bounded() for page in pdf)
    assert pypdfium2.raw.FPDFCatalog_IsTagged(pdf)
    word = docx.Document(io.BytesIO(content(installation, found, "vi", "docx")))
    cells = {cell.text for table in word.tables for row in table.rows for cell in row.cells}
    book = load_workbook(io.BytesIO(content(installation, found, "vi", "xlsx")))
    for words in ("Báo cáo 12", "80"):
        assert words in text
        assert words in cells
    assert "Phụ lục\r\nGIÁ TRỊ THEO PHƯỜNG, XÃ, ĐẶC KHU" in text
    chapters = [each.text for each in word.paragraphs if each.style.name == "Heading 1"]
    assert chapters[:2] == ["Mục lục", "Tóm tắt kết quả"]
    assert chapters[2].startswith("I. Lợi ích")
    by_place = book[next(name for name in book.sheetnames if "Theo địa bàn" in name)]
    assert [cell.value for cell in by_place[1]][:3] == ["Chỉ số", "Mã địa bàn", "Phường, xã, đặc khu"]
    assert by_place.max_row == 1 + 2 * 5
    english = pypdfium2.PdfDocument(content(installation, found, "en", "pdf"))
    assert "VALUES BY WARD AND COMMUNE" in " ".join(page.get_textpage().get_text_bounded() for page in english)


def test_every_kind_of_report_can_be_built_for_the_city_and_for_a_ward(
    installation: Installation, city: Session, made: Round
) -> None:
    for kind in KINDS:
        for unit in (None, ward(city)):
            write = assemble(city, made, unit, kind)
            for language in ("vi", "en"):
                document = write(language)
                assert document.blocks
                assert document.tables()
                assert all(len(row) == len(table.header) for table in document.tables() for row in table.rows)


def test_a_wards_report_has_its_own_values_alone(city: Session, made: Round) -> None:
    document = assemble(city, made, ward(city), "areas")("vi")
    assert document.issuer == ward(city).name["vi"]
    assert not [table for table in document.tables() if table.sheet == "Theo địa bàn"]
    row = next(table for table in document.tables() if table.sheet == "Giá trị").rows[0]
    assert (row[0], row[2], row[6]) == ("1.1.1.a", Decimal(80), "Báo cáo 12")


def test_wording_is_marked_by_how_far_it_is_verified(city: Session, made: Round) -> None:
    document = assemble(city, made, None, "areas")("vi")
    wordings = {row[0]: row[1] for table in document.tables() if table.sheet == "Giá trị" for row in table.rows}
    assert wordings["1.1.1.a"].endswith("†‡")
    assert wordings["24.1.1"].endswith("thành viên")
    notes = [block.text for block in document.blocks if getattr(block, "kind", "") == "note"]
    assert any("Câu chữ chưa được đối chiếu với bản in" in text for text in notes)


def test_what_the_repository_measures_stands_beside_and_is_named_a_proxy(
    installation: Installation, city: Session, made: Round
) -> None:
    add_use(city, date(2026, 10, 1))
    city.commit()
    keep_figures_current(installation.database, date(2026, 11, 15))
    document = assemble(city, made, None, "areas")("en")
    beside = next(table for table in document.tables() if table.sheet == "Repository")
    assert [
        "2.4.2.d",
        "LC-02",
        "Sessions with use of a material †",
        Decimal(500),
        "sessions",
        "2026",
        "Proxy",
    ] in beside.rows
    values = next(table for table in document.tables() if any(row[0] == "2.4.2.d" for row in table.rows))
    assert next(row for row in values.rows if row[0] == "2.4.2.d")[2] == Decimal(80)


def test_the_unesco_draft_has_its_questions_and_says_that_they_are_not_verified(city: Session, made: Round) -> None:
    write_text(city, 7, made, None, kind="unesco", chapter="vision", text={"en": "A city that learns"})
    document = assemble(city, made, None, "unesco")("en")
    headings = [block.text for block in document.blocks if getattr(block, "level", 0) == 1]
    assert len(headings) == 11
    texts = [getattr(block, "text", "") for block in document.blocks]
    assert "A city that learns" in texts
    assert any("not verified" in text for text in texts)
    assert any("To be written" in text for text in texts)


def test_the_ministrys_table_compares_with_targets(city: Session, made: Round) -> None:
    document = assemble(city, made, None, "ministry")("vi")
    assert document.landscape
    row = next(row for table in document.tables() for row in table.rows if str(row[1]).startswith("387.1"))
    assert (row[3], row[5], row[6]) == (Decimal(80), Decimal(80), "đạt")


def test_action_areas_hold_every_focus_area_once(city: Session, made: Round) -> None:
    document = assemble(city, made, None, "actions")("vi")
    codes = [row[0] for table in document.tables() if table.sheet == "Giá trị" for row in table.rows]
    assert sorted(codes) == ["1.1.1.a", "2.4.2.d", "24.1.1", "3.1.1.a", "387.1"]
    assert len(chapters_to_write("actions", [])) == 6


def test_an_empty_round_still_gives_a_report(city: Session) -> None:
    empty = make_round(city)
    for kind in KINDS:
        assert assemble(city, empty, None, kind)("vi").title
    assert not any(isinstance(block, Table) for block in assemble(city, empty, None, "areas")("vi").blocks)


def test_an_unknown_kind_is_refused(city: Session, made: Round) -> None:
    with pytest.raises(Invalid):
        services.request_build(city, 1, made, None, "other")


def test_a_build_whose_worker_died_is_taken_up_again_and_given_up_in_the_end(
    installation: Installation, city: Session, made: Round
) -> None:
    asked = services.request_build(city, 1, made, None, "areas")
    assert services.claim_build(city, asked.id) is not None
    assert services.claim_build(city, asked.id) is None
    assert services.due_builds(city) == []
    for _ in range(2):
        asked.leased_until = datetime.fromisoformat("2020-01-01T00:00:00Z")
        city.flush()
        assert services.due_builds(city) == [asked.id]
        assert services.claim_build(city, asked.id) is not None
    asked.leased_until = datetime.fromisoformat("2020-01-01T00:00:00Z")
    city.flush()
    assert services.claim_build(city, asked.id) is None
    assert asked.state is BuildState.FAILED


def test_a_slow_workers_build_is_refused_after_another_worker_took_it_over(
    installation: Installation, city: Session, made: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = services.request_build(city, 1, made, None, "ministry")
    number = asked.id
    city.commit()
    write, names = jobs._write_all, []

    def write_slowly(opened: Installation, lease: Lease) -> None:
        monkeypatch.setattr(jobs, "_write_all", write)
        with opened.database.transaction() as session:
            session.get_one(ReportBuild, number).leased_until = datetime.fromisoformat("2020-01-01T00:00:00Z")
        jobs.build(opened, str(number))  # the other worker, from start to end
        with opened.database.reading() as session:
            names.extend(file.id for file in session.get_one(ReportBuild, number).files)
        write(opened, lease)

    monkeypatch.setattr(jobs, "_write_all", write_slowly)
    jobs.build(installation, str(number))
    city.rollback()
    assert (asked.state, asked.done, asked.tries, asked.lease_token) == (BuildState.DONE, 8, 2, 2)
    assert [file.id for file in asked.files] == names
    assert len(names) == 8


def test_what_went_wrong_is_told_and_tried_again(installation: Installation, city: Session, made: Round) -> None:
    asked = services.request_build(city, 1, made, None, "areas")
    lease = services.claim_build(city, asked.id)
    assert lease is not None
    services.finish_build(city, lease, "OSError: full")
    assert (asked.state, asked.problem) == (BuildState.WAITING, "OSError: full")
    city.commit()
    jobs.sweep_builds(installation)
    city.rollback()
    assert (asked.state, asked.problem, asked.tries) == (BuildState.DONE, "", 2)


def test_reporters_are_reminded_once_a_day(installation: Installation, city: Session, made: Round) -> None:
    report = report_of(city, made)
    report.state = report.state.__class__.OPEN
    made.due_on = date.fromordinal(today().toordinal() + 7)
    make_reporter(city, ward(city), email="an@example.com")
    city.commit()
    jobs.send_reminders(installation)
    jobs.send_reminders(installation)
    waiting = city.scalars(sa.select(OutgoingMail).where(OutgoingMail.template == "indicators_reminder")).all()
    assert [each.recipient for each in waiting] == ["an@example.com"]
    assert report.reminded_at is not None
    assert report.reminded_at <= now()


def test_figures_are_refreshed_by_the_worker(installation: Installation, city: Session) -> None:
    add_use(city)
    city.commit()
    jobs.refresh_figures(installation)
    assert city.scalar(sa.select(sa.func.count(ComputedFigure.id)).where(ComputedFigure.version == 1)) > 20


def test_finished_reports_are_fetched_by_those_who_may(
    app: Flask, installation: Installation, city: Session, made: Round
) -> None:
    found = build(installation, city, made, unit="26506")
    of_city = build(installation, city, made)
    admin = visit(app, city, make_account(city, Role.ADMIN))
    own = visit(app, city, make_reporter(city, ward(city)))
    other = visit(app, city, make_reporter(city, ward(city, "25807")))
    for visitor, expected in ((admin, 200), (own, 200), (other, 404), (visit(app, city, None), 302)):
        assert visitor.get(f"/indicators/reports/{found.id}/vi").status_code == expected
    assert own.get(f"/indicators/reports/{of_city.id}/vi.pdf").status_code == 404
    answer = own.get(f"/indicators/reports/{found.id}/vi.pdf")
    assert answer.data.startswith(b"%PDF-")
    assert answer.headers["Content-Type"] == "application/pdf"
    shown = admin.get(f"/indicators/reports/{of_city.id}/en").text
    assert "Values by ward and commune" in shown
    assert '<div lang="en">' in shown
    assert admin.get(f"/indicators/reports/{of_city.id}/vi.exe").status_code == 404
    assert admin.get("/indicators/reports/999/vi").status_code == 404


def test_reports_are_asked_for_on_their_page(app: Flask, city: Session, made: Round) -> None:
    admin = visit(app, city, make_account(city, Role.ADMIN))
    page = f"/admin/indicators/reports?round_id={made.id}"
    answer = admin.send("/admin/indicators/reports", page, {"round_id": str(made.id), "kind": "ministry", "unit": ""})
    assert answer.status_code == 303
    shown = admin.get(page).text
    assert "0 trên 8 tệp" in shown
    assert 'http-equiv="refresh"' in shown
    wrong = admin.send(
        "/admin/indicators/reports", page, {"round_id": str(made.id), "kind": "x"}, follow_redirects=True
    )
    assert "Hãy chọn loại báo cáo" in wrong.text
    missing = admin.send(
        "/admin/indicators/reports", page, {"round_id": str(made.id), "kind": "areas", "unit": "27676"}
    )
    assert missing.status_code == 404
    own = visit(app, city, make_reporter(city, ward(city)))
    mine = f"/my/reports/{made.id}/26506/built"
    assert own.send(mine, mine, {"kind": "areas"}).status_code == 303
    assert "Phường" in own.get(mine).text
