import io
import json
import re
import zipfile
from decimal import Decimal
from xml.etree import ElementTree

import docx
import pypdfium2
import pytest
from openpyxl import load_workbook

from oer.indicators.reports.document import (
    FONT_FACES,
    FONT_FAMILY,
    Facts,
    Heading,
    Paragraph,
    ReportDocument,
    Table,
    WriterLabels,
    column_points,
    show,
)
from oer.indicators.reports.writers import WRITERS, read_json

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
WORDS = WriterLabels("Bảng", "Trang", "Mục lục")


@pytest.fixture(scope="module")
def report() -> ReportDocument:
    return ReportDocument(
        "vi",
        "Báo cáo thành phố học tập năm 2026",
        "Kỳ 01/01/2026 đến 31/12/2026",
        "Ủy ban nhân dân Thành phố Hồ Chí Minh",
        [("Ngày lập", "22/11/2026")],
        [
            Heading("1. Lợi ích rộng lớn"),
            Paragraph("Phường Thủ Dầu Một và Xã Thạnh An đã báo cáo. #set page() *không phải lệnh*"),
            Paragraph("Chưa đối chiếu với bản in.", "note"),
            Paragraph("Tổng không khớp.", "warning"),
            Paragraph("Lời của thành phố.", "box"),
            Facts([("Nguồn", "Thống kê")]),
            Heading("1.1 Trao quyền", 2),
            Table(
                "Giá trị theo phường",
                ["Mã", "Chỉ số", "Giá trị"],
                [["1.1.1.a", "Tỷ lệ biết chữ", Decimal("98.25")], ["=1+1", "@cmd", Decimal(1505684)]]
                + [[f"{n}", "dòng", n] for n in range(120)],
                frozenset({2}),
                (1, 4, 1),
                "Giá trị",
            ),
        ],
        WORDS,
    )


@pytest.fixture(scope="module")
def pdf(report: ReportDocument) -> bytes:
    return WRITERS["pdf"](report)


def test_a_pdf_is_tagged_archival_and_speaks_vietnamese(pdf: bytes) -> None:
    assert b"/MarkInfo" in pdf or b"/StructTreeRoot" in pdf or b"/ObjStm" in pdf
    opened = pypdfium2.PdfDocument(pdf)
    assert pypdfium2.raw.FPDFCatalog_IsTagged(opened)
    metadata = pdf[pdf.index(b"<?xpacket") : pdf.index(b"<?xpacket end")].decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert "<pdfaid:part>2</pdfaid:part>" in metadata
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert opened.get_metadata_value("Title") == "Báo cáo thành phố học tập năm 2026"


def test_a_pdf_has_headings_page_numbers_and_captions(pdf: bytes) -> None:
    opened = pypdfium2.PdfDocument(pdf)
    pages = [page.get_textpage().get_text_bounded().replace("\xa0", " ") for page in opened]
    assert len(pages) >= 4
    assert [text.split()[0] for text in pages[1:3]] == ["2", "3"], "at the head of the page"
    assert not re.match(r"1\b", pages[0])
    assert "Bảng 1: Giá trị theo phường" in pages[1]
    assert "98,25" in pages[1]
    assert "1.505.684" in pages[1]
    assert [each.get_title() for each in opened.get_toc()] == ["1. Lợi ích rộng lớn", "1.1 Trao quyền"]


def test_a_long_tables_header_stands_on_every_page(pdf: bytes) -> None:
    pages = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(pdf)]
    assert "Chỉ số" in pages[2]


def test_what_somebody_typed_is_no_command_to_the_typesetter(pdf: bytes) -> None:
    text = pypdfium2.PdfDocument(pdf)[1].get_textpage().get_text_bounded()
    assert "#set page() *không phải lệnh*" in text.replace("\r\n", " ")


def test_every_font_is_embedded(pdf: bytes) -> None:
    page = pypdfium2.PdfDocument(pdf)[1]
    fonts = set()
    for item in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT]):
        font = pypdfium2.raw.FPDFTextObj_GetFont(item.raw)
        fonts.add(pypdfium2.raw.FPDFFont_GetIsEmbedded(font))
    assert fonts == {1}
    assert b"LiberationSerif" in pdf
    assert b"Libertinus" not in pdf


def test_a_word_document_has_real_headings_captions_and_page_numbers(report: ReportDocument) -> None:
    opened = docx.Document(io.BytesIO(WRITERS["docx"](report)))
    styles = [(each.style.name, each.text) for each in opened.paragraphs]
    assert ("Heading 1", "1. Lợi ích rộng lớn") in styles
    assert ("Heading 2", "1.1 Trao quyền") in styles
    assert ("Caption", "Bảng 1. Giá trị theo phường") in styles
    section = opened.sections[0]
    assert " PAGE " in section.header.paragraphs[0]._p.xml
    assert section.different_first_page_header_footer
    assert section.first_page_header.paragraphs[0].text == ""
    table = opened.tables[0]
    assert [cell.text for cell in table.rows[1].cells] == ["1.1.1.a", "Tỷ lệ biết chữ", "98,25"]
    assert "w:tblHeader" in table.rows[0]._tr.xml
    assert opened.core_properties.title == report.title
    assert opened.styles["Normal"].font.name == FONT_FAMILY


def test_a_word_document_lists_its_chapters_where_no_field_is_worked_out(report: ReportDocument) -> None:
    opened = docx.Document(io.BytesIO(WRITERS["docx"](report)))
    texts = [each.text for each in opened.paragraphs]
    listed = texts[texts.index("Mục lục") + 1 :][: len(report.headings())]
    assert listed == [each.text for each in report.headings()]
    assert opened.element.xml.count('fldCharType="begin"') == opened.element.xml.count('fldCharType="end"')


def test_a_word_document_says_its_language_and_counts_its_tables_itself(report: ReportDocument) -> None:
    with zipfile.ZipFile(io.BytesIO(WRITERS["docx"](report))) as archive:
        assert archive.testzip() is None
        assert '<w:lang w:val="vi-VN"/>' in archive.read("word/styles.xml").decode()
        assert "SEQ Bảng" in archive.read("word/document.xml").decode()


def test_a_word_document_carries_its_fonts(report: ReportDocument) -> None:
    with zipfile.ZipFile(io.BytesIO(WRITERS["docx"](report))) as archive:
        table = ElementTree.fromstring(archive.read("word/fontTable.xml"))
        relations = ElementTree.fromstring(archive.read("word/_rels/fontTable.xml.rels"))
        parts = {each.get("Id"): f"word/{each.get('Target')}" for each in relations}
        fonts = {
            each.tag.removeprefix(WORD): (each.get(f"{WORD}fontKey", ""), archive.read(parts[each.get(RELATION)]))
            for each in table[0]
            if each.get(RELATION)
        }
        assert b"obfuscatedFont" in archive.read("[Content_Types].xml")
        assert "embedTrueTypeFonts" in archive.read("word/settings.xml").decode()
    assert table[0].get(f"{WORD}name") == FONT_FAMILY
    assert fonts.keys() == FONT_FACES.keys()
    for face, (key, content) in fonts.items():
        # As a reader undoes it: the key's hex digits from the last to the first, over the first 32 bytes.
        digits = re.sub(r"[{}-]", "", key)
        mask = [int(digits[at : at + 2], 16) for at in range(30, -1, -2)] * 2
        plain = bytes(one ^ other for one, other in zip(content[:32], mask, strict=True)) + content[32:]
        assert plain == FONT_FACES[face].read_bytes()
        assert plain[:4] == b"\x00\x01\x00\x00"


def test_a_workbook_keeps_numbers_as_numbers_and_texts_as_texts(report: ReportDocument) -> None:
    book = load_workbook(io.BytesIO(WRITERS["xlsx"](report)))
    assert book.sheetnames == ["Mục lục", "1. Giá trị"]
    sheet = book["1. Giá trị"]
    assert [cell.value for cell in sheet[1]] == ["Mã", "Chỉ số", "Giá trị"]
    assert sheet["C2"].value == 98.25
    assert sheet["A3"].value == "'=1+1"
    assert sheet["B3"].data_type == "s"
    assert sheet.freeze_panes == "B2"


def test_a_report_comes_back_from_json_as_it_went(report: ReportDocument) -> None:
    content = WRITERS["json"](report)
    assert read_json(content) == report
    assert json.loads(content)["schema"] == "oer_indicator_report/1"


def test_tables_of_one_name_stand_on_one_sheet(report: ReportDocument) -> None:
    twice = [
        Table("a", ["x"], [[1]], sheet="Một"),
        Table("b", ["x"], [[2]], sheet="Một"),
        Table("c", ["y"], [[3]], sheet="Một"),
    ]
    document = ReportDocument("en", "T", "S", "I", [], list(twice), WriterLabels("Table", "Page", "Contents"))
    book = load_workbook(io.BytesIO(WRITERS["xlsx"](document)))
    assert book.sheetnames == ["Contents", "1. Một", "2. Một"]
    assert [row[0].value for row in book["1. Một"].iter_rows()] == ["x", 1, 2]


@pytest.mark.parametrize(
    ("value", "language", "shown"),
    [
        (Decimal("1234.50"), "vi", "1.234,5"),
        (Decimal("1234.50"), "en", "1,234.5"),
        (1505684, "vi", "1.505.684"),
        (Decimal("0.12345"), "en", "0.1235"),
        (Decimal("60.40721"), "vi", "60,41"),
        (Decimal(100), "vi", "100"),
        (None, "vi", ""),
        ("chữ", "vi", "chữ"),
    ],
)
def test_cells_are_written_in_the_language_of_the_report(value: object, language: str, shown: str) -> None:
    assert show(value, language) == shown


def test_an_empty_report_can_be_written_in_every_format() -> None:
    document = ReportDocument(
        "en", "Nothing", "", "", [], [], WriterLabels("Table", "Page", "Contents"), landscape=True
    )
    for write in WRITERS.values():
        assert write(document)


def test_dates_and_numbers_of_a_table_have_room_for_one_line() -> None:
    header = ["Mã", "Chỉ số của thành phố học tập", "Giá trị", "Ngày số liệu", "Nguồn"]
    rows = [["1.1.1.a", "Tỷ lệ biết chữ của người dân", Decimal(1505684123456), "31/10/2026", "Cục Thống kê " * 9]]
    table = Table("Giá trị", header, rows, frozenset({2}), (5, 11, 5, 5, 26))
    shares = column_points(table, "vi", 467.7)
    assert round(sum(shares), 1) == 467.7
    assert shares[2] > 17 * 4.4 + 11, "1.505.684.123.456"
    assert shares[3] > 43.3 + 11, "31/10/2026 in Liberation Serif of 9.5 pt"
    assert shares[0] / shares[4] == pytest.approx(5 / 26)
    made = ReportDocument("vi", "Báo cáo", "Kỳ", "UBND", [], [Heading("1"), table], WORDS)
    page = pypdfium2.PdfDocument(WRITERS["pdf"](made))[1]
    boxes = [item.get_bounds() for item in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT])]
    assert all(left >= 85 and right <= 553 for left, _, right, _ in boxes)
    (grid,) = [each for each in docx.Document(io.BytesIO(WRITERS["docx"](made))).tables if len(each.columns) == 5]
    assert [cell.width.pt for cell in grid.rows[1].cells][3] > 43.3 + 11


def test_no_word_of_a_heading_is_broken_where_there_is_room() -> None:
    header = ["Code", "Indicator", "Value", "Unit of measurement", "Target", "Reference date", "Source", "Evidence"]
    rows = [["1.1.1.a", "Literate people", Decimal(21), "%", Decimal(70), "2026-12-31", "Yearbook", ""]]
    table = Table("Values", header, rows, frozenset({2, 4}), (5, 11, 5, 6, 4, 6, 8, 7))
    shares = column_points(table, "en", 467.7)
    assert shares[3] > 52 + 11, "measurement, bold"
    assert shares[4] > 27 + 11, "Target, bold"
    assert shares[5] > 43.3 + 11, "2026-12-31"
    made = ReportDocument("en", "Report", "2026", "City", [], [Heading("1"), table], WORDS)
    text = "".join(page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(WRITERS["pdf"](made)))
    assert "measurement" in text
    assert "Target" in text
