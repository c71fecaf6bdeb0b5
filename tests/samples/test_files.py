"""Each sample file is what its ending says and keeps its promise of accessibility."""

import re
import zipfile

import pypdfium2 as pdfium
import pytest
from lxml import etree
from openpyxl import load_workbook

from tests.samples.collection import FILES, with_ending

PDFS = with_ending(".pdf")
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
CLOCK = r"(\d\d):(\d\d):(\d\d\.\d{3})"


def by_name(path):
    return path.name


def part(path, name):
    with zipfile.ZipFile(path) as archive:
        return etree.fromstring(archive.read(name))


@pytest.mark.parametrize("path", PDFS, ids=by_name)
def test_a_pdf_is_tagged_and_knows_its_language(path):
    data = path.read_bytes()
    assert b"/StructTreeRoot" in data
    assert re.search(rb"/MarkInfo <<.{0,60}/Marked true", data, re.DOTALL)
    assert re.search(rb"/Lang \((vi|en)\)", data)


@pytest.mark.parametrize("path", PDFS, ids=by_name)
def test_every_figure_of_a_pdf_has_a_description_or_is_decoration(path):
    data = path.read_bytes()
    figures = re.findall(rb"<<(?:(?!endobj).)*?/S /Figure.*?endobj", data, re.DOTALL)
    assert [figure for figure in figures if b"/Alt" not in figure] == []


@pytest.mark.parametrize("path", PDFS, ids=by_name)
def test_a_pdf_opens_with_words_and_a_title(path):
    document = pdfium.PdfDocument(path)
    try:
        assert document.get_metadata_value("Title")
        assert document.get_metadata_value("Author")
        words = sum(len(page.get_textpage().get_text_range().split()) for page in document)
        assert words > 40 * min(len(document), 20)
        titles = [entry.get_title() for entry in document.get_toc()]
        assert all(len(title) < 160 for title in titles)
    finally:
        document.close()


@pytest.mark.parametrize("path", with_ending(".docx"), ids=by_name)
def test_a_word_document_has_headings_a_language_and_table_headers(path):
    body = part(path, "word/document.xml")
    styles = [style.get(f"{W}val") for style in body.iter(f"{W}pStyle")]
    assert styles[0] == "Title"
    assert "Heading1" in styles
    assert part(path, "word/styles.xml").find(f".//{W}lang").get(f"{W}val") == "vi-VN"
    for table in body.iter(f"{W}tbl"):
        assert table.find(f".//{W}tblHeader") is not None
    for picture in body.iter(f"{WP}docPr"):
        assert picture.get("descr")


@pytest.mark.parametrize("path", with_ending(".docx"), ids=by_name)
def test_what_a_word_document_points_to_is_in_it(path):
    with zipfile.ZipFile(path) as archive:
        members = set(archive.namelist())
        numbers = {
            each.get(f"{W}numId") for each in etree.fromstring(archive.read("word/numbering.xml")).iter(f"{W}num")
        }
        body = etree.fromstring(archive.read("word/document.xml"))
        links = etree.fromstring(archive.read("word/_rels/document.xml.rels"))
        used = {each.get(f"{W}val") for each in body.iter(f"{W}numId")}
        inside = {"word/" + link.get("Target") for link in links if link.get("TargetMode") != "External"}
    assert used <= numbers
    assert inside <= members


@pytest.mark.parametrize("path", with_ending(".vtt"), ids=by_name)
def test_captions_are_in_order_and_short(path):
    blocks = path.read_text("utf-8").strip().split("\n\n")
    assert blocks[0] == "WEBVTT"
    before = 0.0
    for block in blocks[1:]:
        times, *lines = block.split("\n")
        found = re.fullmatch(f"{CLOCK} --> {CLOCK}", times)
        start, end = (int(found[i]) * 3600 + int(found[i + 1]) * 60 + float(found[i + 2]) for i in (1, 4))
        assert before <= start < end
        assert 1 <= len(lines) <= 2
        assert all(0 < len(re.sub("<[^>]*>", "", line)) <= 60 for line in lines)
        before = end


@pytest.mark.parametrize("path", with_ending(".xlsx"), ids=by_name)
def test_a_workbook_keeps_the_results_of_its_formulas(path):
    formulas, results = load_workbook(path), load_workbook(path, data_only=True)
    counted = 0
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("="):
                    counted += 1
                    assert results[sheet.title][cell.coordinate].value is not None, cell.coordinate
    assert counted > 40


@pytest.mark.parametrize("path", with_ending(".xlsx"), ids=by_name)
def test_kept_results_of_a_workbook_agree_with_its_notes(path):
    _, plan, diary, year, _ = load_workbook(path, data_only=True).worksheets
    rows = [row for row in diary.iter_rows(min_row=3, max_col=5, values_only=True) if row[0]]
    of_march = [row for row in rows if row[0].month == 3]
    income, spending = (sum(row[column] or 0 for row in of_march) for column in (3, 4))
    march = next(row for row in year.iter_rows(min_row=5, max_row=5, max_col=4, values_only=True))
    assert march[1:] == (income, spending, income - spending)
    actual = {row[0]: row[2] for row in plan.iter_rows(min_row=5, max_col=3, values_only=True) if row[0]}
    for group in {row[2] for row in of_march}:
        assert actual[group] == sum((row[3] or 0) + (row[4] or 0) for row in of_march if row[2] == group), group


@pytest.mark.parametrize("path", with_ending(".zip"), ids=by_name)
def test_a_pack_holds_whole_files_that_are_also_offered_singly(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            assert not name.startswith(("/", "."))
            if not name.endswith(".txt"):
                assert archive.read(name) == (FILES / name).read_bytes()
