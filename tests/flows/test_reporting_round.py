"""A reporting round from its opening to the report in hand: an admin, three wards, one of them on a phone."""

import io
import re
import time
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from oer.samples.demo import PASSPHRASE
from tests.browser.following import follow
from tests.serving import Service

pytestmark = pytest.mark.browser
Visit = Callable[..., Page]
PHONE = 360
WARDS = ("26506", "25807", "27676")
WORDS = {
    "en": {
        "numerator": "Numerator", "denominator": "Denominator", "day": "Reference date", "source": "Source",
        "file": "Add a file of evidence", "save": "Save this line", "saved": "Saved.", "submit": "Submit the report",
        "submitted": "The report has been submitted. Thank you.",
    },
    "vi": {
        "numerator": "Tử số", "denominator": "Mẫu số", "day": "Ngày số liệu", "source": "Nguồn",
        "file": "Thêm tệp minh chứng", "save": "Lưu chỉ số này", "saved": "Đã lưu.", "submit": "Nộp báo cáo",
        "submitted": "Báo cáo đã được nộp",
    },
}  # fmt: skip


@pytest.fixture
def reporters(service: Service) -> None:
    """A reporter for each of three wards."""
    for code in WARDS:
        account = ("--email", f"reporter-{code}@example.org", "--role", "reporter", "--unit", code)
        service.run("account", "create", *account, "--password-stdin", given=f"{PASSPHRASE}\n")


def _open_round(admin: Page) -> None:
    admin.goto("/en/admin/indicators/rounds")
    follow(admin, admin.get_by_role("link", name="Open a round"))
    admin.get_by_label("Title in Vietnamese").fill("Công dân học tập năm 2026")
    admin.get_by_label("Title in English").fill("Learning citizens 2026")
    admin.get_by_label("First day of the period").fill("2026-01-01")
    admin.get_by_label("Last day of the period").fill("2026-12-31")
    admin.get_by_label("Due date").fill("2027-01-15")
    admin.locator("input[name=sets][value=QD677]").check()
    follow(admin, admin.get_by_role("button", name="Continue"))
    admin.locator("#owner-QD677").select_option("wards")
    admin.get_by_role("button", name="Open the round").click()
    expect(admin.get_by_text("The round is open.")).to_be_visible()
    expect(admin.locator("ul.places a.open")).to_have_count(168)


def _fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]


def _enter(page: Page, place: int, language: str, numbers: tuple[str, str], file: Path | None = None) -> None:
    words, line = WORDS[language], page.locator("details.line").nth(place)
    if not line.evaluate("line => line.open"):
        line.locator("summary").first.click()
    line.get_by_label(words["numerator"]).fill(numbers[0])
    line.get_by_label(words["denominator"]).fill(numbers[1])
    line.get_by_label(words["day"]).fill("2026-06-30")
    line.get_by_label(words["source"], exact=True).fill("Báo cáo số 12/BC-UBND")
    if file:
        line.get_by_label(words["file"]).set_input_files(file)
    line.get_by_role("button", name=words["save"]).click()
    expect(line.locator("summary .saved")).to_have_text(words["saved"])
    if file:
        expect(line.get_by_role("link", name=file.name)).to_be_visible()


def _report(page: Page, language: str, numbers: list[tuple[str, str]], file: Path | None = None) -> None:
    page.goto("/my/reports" if language == "vi" else "/en/my/reports")
    follow(page, "ul.reports h2 a")
    expect(page.locator("details.line")).to_have_count(4)
    for place, pair in enumerate(numbers):
        _enter(page, place, language, pair, file if place == 0 else None)
    _hand_in(page, language)


def _hand_in(page: Page, language: str) -> None:
    page.get_by_role("button", name=WORDS[language]["submit"]).click()
    expect(page.get_by_text(WORDS[language]["submitted"])).to_be_visible()


def _review(admin: Page, code: str) -> None:
    admin.goto("/en/admin/indicators")
    follow(admin, admin.get_by_role("link", name="Learning citizens 2026").first)
    follow(admin, f"ul.places a[href$='/{code}']")


def _phone_mistakes(phone: Page) -> None:
    """Words in a number's place are told there; what was typed stays."""
    phone.goto("/my/reports")
    follow(phone, "ul.reports h2 a")
    _fits(phone)
    line = phone.locator("details.line").first
    line.locator("summary").first.click()
    line.get_by_label("Tử số").fill("khoảng một triệu")
    line.get_by_label("Nguồn", exact=True).fill("Báo cáo số 12/BC-UBND")
    line.get_by_role("button", name="Lưu chỉ số này").click()
    expect(line.locator(".error", has_text="không phải là số")).to_be_visible()
    expect(line.get_by_label("Tử số")).to_have_value("khoảng một triệu")
    expect(line.get_by_label("Nguồn", exact=True)).to_have_value("Báo cáo số 12/BC-UBND")
    _fits(phone)
    phone.context.set_offline(True)
    line.get_by_label("Tử số").fill("70")
    line.get_by_role("button", name="Lưu chỉ số này").click()
    expect(line.get_by_text("Chưa lưu được. Những gì bạn đã nhập vẫn còn đây")).to_be_visible()
    expect(line.get_by_label("Tử số")).to_have_value("70")
    phone.context.set_offline(False)
    # Back again, the line saves itself as soon as typing pauses.
    line.get_by_label("Mẫu số").fill("100")
    expect(line.locator("summary .saved")).to_have_text(WORDS["vi"]["saved"], timeout=20_000)
    expect(line.locator("summary .value")).to_contain_text("70%")


def _return_and_resubmit(admin: Page, reporter: Page, code: str) -> None:
    _review(admin, code)
    expect(admin.get_by_text("Báo cáo số 12/BC-UBND").first).to_be_visible()
    admin.get_by_label("Reason").fill("Xin kiểm tra lại mẫu số của dòng đầu.")
    admin.get_by_role("button", name="Return with this reason").click()
    expect(admin.get_by_text("The report has been returned and its reporters have been notified.")).to_be_visible()
    reporter.goto("/en/my/reports")
    follow(reporter, "ul.reports h2 a")
    expect(reporter.get_by_text("Xin kiểm tra lại mẫu số của dòng đầu.")).to_be_visible()
    _enter(reporter, 0, "en", ("50", "200"))
    expect(reporter.locator("details.line").first.locator("summary .value")).to_contain_text("25%")
    _hand_in(reporter, "en")


def _built(admin: Page) -> None:
    follow(admin, admin.get_by_role("link", name="Reports to send").first)
    admin.get_by_label("Kind of report").select_option("areas")
    follow(admin, admin.get_by_role("button", name="Build the report"))
    deadline = time.monotonic() + 120
    while not admin.get_by_role("link", name="PDF").count() and time.monotonic() < deadline:
        time.sleep(0.5)  # the page looks by itself every few seconds
    expect(admin.get_by_role("link", name="PDF")).to_have_count(2)


def _download(admin: Page, name: str) -> bytes:
    with admin.expect_download() as download:
        admin.get_by_role("link", name=name).first.click()
    return Path(download.value.path()).read_bytes()


def test_a_round_from_its_opening_to_the_report(visit: Visit, reporters: None, tmp_path: Path) -> None:
    proof = tmp_path / "bang-tong-hop.csv"
    proof.write_text("Công dân học tập;1505684\n" * 120_000, encoding="utf-8")
    admin = visit("admin")
    _open_round(admin)

    phone, second, third = visit("reporter-26506", width=PHONE), visit("reporter-25807"), visit("reporter-27676")
    _phone_mistakes(phone)
    _report(phone, "vi", [("1.505.684", "2.112.350"), ("71,28", "100"), ("60", "80"), ("1", "4")], proof)
    _fits(phone)
    _report(second, "en", [("50", "100"), ("10", "40"), ("30", "40"), ("5", "8")])
    _report(third, "en", [("1,000", "2,000"), ("7", "10"), ("9", "10"), ("1", "10")])

    _return_and_resubmit(admin, second, WARDS[1])
    for code in WARDS:
        _review(admin, code)
        if code == WARDS[0]:
            expect(admin.get_by_role("link", name=proof.name)).to_be_visible()
            expect(admin.get_by_text("1,505,684 / 2,112,350")).to_be_visible()
        admin.get_by_role("button", name="Approve").click()
        expect(admin.get_by_text("The report has been approved.")).to_be_visible()
    expect(admin.locator("ul.places a.approved")).to_have_count(3)
    follow(admin, admin.get_by_role("link", name="Freeze the round"))
    expect(admin.get_by_role("heading", name="Freeze the round?")).to_be_visible()
    follow(admin, admin.get_by_role("button", name="Freeze the round"))
    expect(admin.get_by_text("The round has been frozen, and its reporters are told.")).to_be_visible()

    _built(admin)
    with pypdfium2.PdfDocument(_download(admin, "PDF")) as pdf:
        text = " ".join(page.get_textpage().get_text_bounded() for page in pdf)
    assert "Công dân học tập năm 2026" in text
    assert re.search(r"71,2[78]", text)  # (1.505.684 + 50 + 1.000) / (2.112.350 + 200 + 2.000)
    book = load_workbook(io.BytesIO(_download(admin, "XLSX")))
    places = {row[1] for sheet in book if "Theo địa bàn" in sheet.title for row in sheet.iter_rows(values_only=True)}
    assert set(WARDS) <= places

    admin.goto("/en/admin/indicators/rounds")
    follow(admin, admin.get_by_role("link", name="Learning citizens 2026"))
    follow(admin, admin.get_by_role("button", name="Publish the approved values"))
    citizen = visit(width=PHONE)
    citizen.goto("/indicators")
    citizen.get_by_role("link", name="Công dân học tập năm 2026").click()
    expect(citizen.get_by_text("677.1")).to_be_visible()
    _fits(citizen)
