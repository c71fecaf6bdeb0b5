"""Lists keep their kind and start, tables their headers and shape, boxes stay boxes."""

import pytest

from oer.backends.extraction import media_types as types
from oer.backends.extraction.tables import is_figure
from tests.backends.extraction import document_factories as made
from tests.backends.extraction.document_factories import paragraph

M = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'


def item(text, level=0, number=1, style=""):
    listing = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>' if number else ""
    return paragraph(text, style, extra=listing)


def level(place, kind, label="", start=1, style=""):
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return (
        f'<w:lvl w:ilvl="{place}"><w:start w:val="{start}"/><w:numFmt w:val="{kind}"/>{named}'
        f'<w:lvlText w:val="{label or f"%{place + 1}."}"/></w:lvl>'
    )


def numbering(*levels, more=""):
    return (
        f'<w:abstractNum w:abstractNumId="0">{"".join(levels)}</w:abstractNum>'
        f'<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>{more}'
    )


def cell(text, properties=""):
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text) if text else '<w:p/>'}</w:tc>"


class TestDocx:
    def html(self, read_here, body, **options):
        return read_here(made.docx(body, **options), types.DOCX).html

    def test_answers_keep_their_letters_and_questions_their_numbers(self, read_here):
        body = item("Hỏi 1") + item("Đúng", 1) + item("Sai", 1) + paragraph("Chú ý") + item("Hỏi 2") + item("Có", 1)
        html = self.html(read_here, body, numbering=numbering(level(0, "decimal"), level(1, "lowerLetter")))
        assert html == (
            '<ol><li>Hỏi 1<ol type="a"><li>Đúng</li><li>Sai</li></ol></li></ol><p>Chú ý</p>'
            '<ol start="2"><li>Hỏi 2<ol type="a"><li>Có</li></ol></li></ol>'
        )

    def test_a_list_by_style_is_of_the_level_that_names_the_style(self, read_here):
        styles = (
            '<w:style w:styleId="Answer"><w:name w:val="Answer"/><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'
            "</w:style>"
        )
        lists = numbering(level(0, "decimal"), level(1, "upperLetter", start=3, style="Answer"))
        html = self.html(read_here, item("x", number=0, style="Answer"), numbering=lists, styles=styles)
        assert '<ol type="A" start="3"><li>x' in html

    def test_a_list_that_restarts_does(self, read_here):
        again = (
            '<w:num w:numId="2"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/>'
            "</w:lvlOverride></w:num>"
        )
        lists = numbering(level(0, "lowerRoman"), more=again)
        html = self.html(
            read_here, item("a") + item("b") + paragraph("-") + item("c", number=2) + item("d"), numbering=lists
        )
        assert html.endswith('<p>-</p><ol type="i"><li>c</li><li>d</li></ol>')

    def test_a_number_that_html_cannot_make_is_written_out(self, read_here):
        lists = numbering(level(0, "decimal", "Câu %1:"), level(1, "lowerLetter", "%1.%2"))
        found = read_here(made.docx(item("Hỏi") + item("Đáp", 1) + item("Hỏi"), numbering=lists), types.DOCX)
        assert found.html == "<p>Câu 1: Hỏi</p><p>1.a Đáp</p><p>Câu 2: Hỏi</p>"
        assert found.texts == ["Câu 1: Hỏi\n1.a Đáp\nCâu 2: Hỏi"]

    def test_a_numbered_heading_has_its_number(self, read_here):
        body = paragraph("Điện", "H1", extra='<w:numPr><w:numId w:val="1"/></w:numPr>')
        html = self.html(read_here, body, numbering=numbering(level(0, "upperRoman")), styles=made.heading_styles())
        assert html == "<h1>I. Điện</h1>"

    def test_header_rows_and_merged_cells_make_rows_of_equal_width(self, read_here):
        head = "<w:trPr><w:tblHeader/></w:trPr>"
        rows = [
            head + cell("Tên") + cell("Điểm", '<w:gridSpan w:val="2"/>'),
            cell("An", '<w:vMerge w:val="restart"/>') + cell("7,5") + cell("8"),
            cell("", "<w:vMerge/>") + cell("9"),
        ]
        html = self.html(read_here, f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>")
        assert html == (
            '<table><thead><tr><th scope="col">Tên</th><th scope="col" colspan="2">Điểm</th></tr></thead><tbody>'
            '<tr><td rowspan="2">An</td><td class="figure">7,5</td><td class="figure">8</td></tr>'
            '<tr><td class="figure">9</td><td></td></tr></tbody></table>'
        )

    def test_a_table_of_one_cell_and_a_text_box_are_boxes(self, read_here):
        box = paragraph("trước", run="").replace(
            "</w:p>", f"<w:r><w:txbxContent>{paragraph('khung')}</w:txbxContent></w:r></w:p>"
        )
        body = f"<w:tbl><w:tr>{cell('Ghi nhớ')}</w:tr></w:tbl>{box}"
        html = self.html(read_here, body)
        assert html == "<aside><p>Ghi nhớ</p></aside><p>trước</p><aside><p>khung</p></aside>"

    def test_formulas_are_read(self, read_here):
        run = "<m:r><m:t>{}</m:t></m:r>".format
        fraction = f"<m:f><m:num>{run('N(N-1)')}</m:num><m:den>{run('2')}</m:den></m:f>"
        body = f"<w:p><w:r><w:t>Có </w:t></w:r><m:oMath {M}>{fraction}</m:oMath></w:p>"
        found = read_here(made.docx(body), types.DOCX)
        assert found.texts == ["Có N(N-1)/2"]
        assert '<math alttext="N(N-1)/2"><mfrac><mrow><mi>N</mi><mo>(</mo>' in found.html

    def test_roots_sums_brackets_and_accents_of_formulas_are_read(self, read_here):
        run = "<m:r><m:t>{}</m:t></m:r>".format
        parts = (
            f"<m:nary><m:naryPr><m:chr m:val='∑'/><m:limLoc m:val='undOvr'/></m:naryPr><m:sub>{run('i=1')}</m:sub>"
            f"<m:sup>{run('n')}</m:sup><m:e>{run('i')}</m:e></m:nary>{run('=')}"
            f"<m:rad><m:radPr><m:degHide/></m:radPr><m:deg/><m:e>{run('2a')}</m:e></m:rad>{run('+')}"
            f"<m:acc><m:accPr><m:chr m:val='&#x20d7;'/></m:accPr><m:e>{run('AB')}</m:e></m:acc>{run('+')}"
            f"<m:sSup><m:e><m:d><m:e>{run('x-1')}</m:e></m:d></m:e><m:sup>{run('2')}</m:sup></m:sSup>"
        )
        body = f"<w:p><m:oMathPara {M}><m:oMath>{parts}</m:oMath></m:oMathPara></w:p>"
        found = read_here(made.docx(body), types.DOCX)
        assert found.texts == ["∑_(i = 1)^n i = √(2a)+AB+(x-1)^2"]
        assert '<math display="block"' in found.html


class TestOdt:
    def test_lists_keep_letters_and_go_on_and_named_styles_are_known(self, read_here):
        style = (
            '<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="a"/>'
            '<text:list-level-style-bullet text:level="2"/></text:list-style>'
        )
        entry = "<text:list-item><text:p>{}</text:p></text:list-item>".format
        nested = f"<text:list-item><text:p>b</text:p><text:list>{entry('chi')}</text:list></text:list-item>"
        body = (
            f'<text:list text:style-name="L">{entry("a")}{nested}</text:list><text:p>-</text:p>'
            f'<text:list text:style-name="L" text:continue-numbering="true">{entry("c")}</text:list>'
        )
        html = (
            '<ol type="a"><li>a</li><li>b<ul><li>chi</li></ul></li></ol><p>-</p><ol type="a" start="3"><li>c</li></ol>'
        )
        assert read_here(made.odf("text", body, styles=style), types.ODT).html == html
        named = f"<office:document-styles {made.ODF}>{style}</office:document-styles>"
        assert read_here(made.odf("text", body, parts={"styles.xml": named}), types.ODT).html == html

    def test_header_rows_and_merged_cells_of_tables_are_kept(self, read_here):
        cell = "<table:table-cell{1}><text:p>{0}</text:p></table:table-cell>".format
        head = f"<table:table-row>{cell('Tên', '')}{cell('Điểm', '')}</table:table-row>"
        wide = cell("An", ' table:number-columns-spanned="2"') + "<table:covered-table-cell/>"
        body = (
            f"<table:table><table:table-header-rows>{head}</table:table-header-rows>"
            f"<table:table-row>{wide}</table:table-row></table:table>"
        )
        assert read_here(made.odf("text", body), types.ODT).html == (
            '<table><thead><tr><th scope="col">Tên</th><th scope="col">Điểm</th></tr></thead>'
            '<tbody><tr><td colspan="2">An</td></tr></tbody></table>'
        )

    def test_a_first_row_that_looks_otherwise_is_the_header_of_a_table_on_a_slide(self, read_here):
        row = "<table:table-row><table:table-cell><text:p>{}</text:p></table:table-cell></table:table-row>".format
        looks = 'table:use-first-row-styles="{}"'.format
        for said, head in (("true", "<th"), ("false", "<td")):
            table = f"<table:table {looks(said)}>{row('Phút')}{row('10')}</table:table>"
            slide = f"<draw:page><draw:frame>{table}</draw:frame></draw:page>"
            html = read_here(made.odf("presentation", slide), types.ODP).html
            assert head in html.partition("Phút")[0]
            assert ">10</td>" in html

    def test_a_table_of_one_cell_is_a_box_but_no_speakers_note_on_a_slide(self, read_here):
        cell = "<table:table-cell><text:p>Nhớ</text:p></table:table-cell>"
        grid = f"<table:table><table:table-row>{cell}</table:table-row></table:table>"
        assert read_here(made.odf("text", grid), types.ODT).html == "<aside><p>Nhớ</p></aside>"
        slide = f"<draw:page><draw:frame>{grid}</draw:frame></draw:page>"
        assert "<aside>" not in read_here(made.odf("presentation", slide), types.ODP).html


class TestHtml:
    def html(self, read_here, page):
        return read_here(page.encode(), types.HTML).html

    def test_lists_have_the_kind_that_their_looks_say(self, read_here):
        page = (
            "<style>ol.dap-an, .x { list-style: inside lower-alpha } ul {list-style-type: decimal}</style><body>"
            '<ol class="dap-an"><li>a</li></ol><ol style="list-style-type:upper-roman"><li>b</li></ol>'
            '<ol type="A" start="3"><li>c</li></ol>'
        )
        html = self.html(read_here, page)
        assert '<ol class="dap-an" type="a">' in html
        assert 'upper-roman" type="I">' in html
        assert '<ol type="A" start="3">' in html

    def test_tables_have_headers_and_as_many_cells_in_every_row(self, read_here):
        page = "<p>x</p><table><tr><th>Tên<th>Năm<th>Số<tr><th>An<td rowspan=2>2024<td>7,5<tr><td>Ba</table>"
        assert self.html(read_here, page).endswith(
            '<table><thead><tr><th scope="col">Tên</th><th scope="col">Năm</th><th scope="col">Số</th></tr></thead>'
            '<tr><th scope="row">An</th><td rowspan="2" class="figure">2024</td><td class="figure">7,5</td></tr>'
            "<tr><td>Ba</td><td></td></tr></table>"
        )

    def test_what_a_class_calls_a_box_is_one(self, read_here):
        page = (
            '<p>x</p><div class="alert alert-info"><div class="alert-title">Lưu ý</div><p>Gọi 114</p></div>'
            '<p class="note">Nhớ <b>nhé</b></p><p class="footnote">y</p>'
        )
        html = self.html(read_here, page)
        assert '<aside class="alert alert-info"><p class="alert-title"><strong>Lưu ý</strong></p><p>Gọi 114</p>' in html
        assert '<aside class="note"><p>Nhớ <b>nhé</b></p></aside>' in html
        assert html.endswith('<p class="footnote">y</p>')


@pytest.mark.parametrize("text", ["7", "7,5", "1.234,5", "1 234", "12%", "-3", "5.000 đ", "0,5"])
def test_numbers_stand_at_the_right(text):
    assert is_figure(text)


@pytest.mark.parametrize("text", ["0901234567", "1/2/2024", "lớp 7", "", "1.2.3", "007"])
def test_what_only_looks_like_a_number_does_not(text):
    assert not is_figure(text)
