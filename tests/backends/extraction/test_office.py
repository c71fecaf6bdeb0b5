"""Office documents: every word, in the order of reading, with its structure."""

import pytest

from oer.backends.extraction import media_types as types
from oer.backends.extraction.blocks import LONGEST_WHOLE
from oer.backends.extraction.protocol import Damaged, Encrypted, ExtractionError, LimitReached, OutlineEntry
from oer.backends.extraction.zip_directory import ArchiveError
from tests.backends.extraction import document_factories as made
from tests.backends.extraction.archive_factories import zip_of
from tests.backends.extraction.document_factories import paragraph


def numbered(level, number=1):
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'


LONG = "chữ " * (LONGEST_WHOLE // 4) + "hết"
NUMBERING = (
    '<w:abstractNum w:abstractNumId="0"><w:lvl><w:numFmt w:val="decimal"/></w:lvl>'
    '<w:lvl><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
)


class TestDocx:
    def read(self, read_here, body, **options):
        return read_here(made.docx(body, **options), types.DOCX)

    def test_headings_cut_it_into_sections_and_make_its_outline(self, read_here):
        body = paragraph("Lời mở") + paragraph("Chương 1", "H1") + paragraph(LONG) + paragraph("Chương 2", "H1")
        found = self.read(read_here, body, styles=made.heading_styles())
        assert found.texts == ["Lời mở", f"Chương 1\n{LONG}", "Chương 2"]
        assert found.labels == ["", "Chương 1", "Chương 2"]
        assert found.facts.outline == [OutlineEntry("Chương 1", 1, 2), OutlineEntry("Chương 2", 1, 3)]
        assert found.pages[1].html == f"<h1>Chương 1</h1><p>{LONG}</p>"

    def test_a_style_that_is_based_on_a_heading_is_one(self, read_here):
        styles = (
            made.heading_styles() + '<w:style w:styleId="Mine"><w:name w:val="x"/><w:basedOn w:val="H2"/></w:style>'
        )
        assert "<h2>Mục</h2>" in self.read(read_here, paragraph("Mục", "Mine"), styles=styles).html

    def test_styles_based_on_each_other_do_not_go_round_for_ever(self, read_here):
        styles = "".join(
            f'<w:style w:styleId="{own}"><w:basedOn w:val="{other}"/></w:style>' for own, other in ("AB", "BA")
        )
        assert self.read(read_here, paragraph("x", "A"), styles=styles).texts == ["x"]

    def test_list_items_become_lists_within_each_other(self, read_here):
        body = "".join(paragraph(text, extra=numbered(level)) for text, level in [("a", 0), ("b", 1), ("c", 0)])
        found = self.read(read_here, body, numbering=NUMBERING)
        assert found.html == "<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>"

    def test_marks_of_runs_are_kept_and_markup_in_text_is_text(self, read_here):
        body = paragraph("&lt;b&gt;", run="<w:b/>") + paragraph("x", run='<w:b w:val="0"/><w:i/>')
        assert self.read(read_here, body).html == "<p><strong>&lt;b&gt;</strong></p><p><em>x</em></p>"

    def test_words_of_tables_text_boxes_notes_and_content_controls_are_there(self, read_here):
        box = f"<w:p><w:r><w:drawing><w:txbxContent>{paragraph('trong khung')}</w:txbxContent></w:drawing></w:r></w:p>"
        chosen = f"<w:sdt><w:sdtContent>{paragraph('ô 2')}</w:sdtContent></w:sdt>"
        grid = f"<w:tbl><w:tr><w:tc>{paragraph('ô 1')}</w:tc><w:tc>{chosen}</w:tc></w:tr></w:tbl>"
        control = f"<w:sdt><w:sdtContent>{paragraph('chọn')}</w:sdtContent></w:sdt>"
        note = f"<w:footnotes {made.W}><w:footnote>{paragraph('chú thích')}</w:footnote></w:footnotes>"
        notes = {"word/footnotes.xml": note}
        found = self.read(read_here, box + grid + control, parts=notes, links=[("f", "footnotes", "footnotes.xml")])
        for words in ("trong khung", "ô 1", "ô 2", "chọn", "chú thích"):
            assert words in found.texts[0]
        assert "<td>ô 1</td><td>ô 2</td>" in found.html

    def test_what_was_deleted_is_not_read_and_what_was_inserted_is(self, read_here):
        body = "<w:p><w:ins><w:r><w:t>mới</w:t></w:r></w:ins><w:del><w:r><w:delText>cũ</w:delText></w:r></w:del></w:p>"
        assert self.read(read_here, body).texts == ["mới"]

    def test_tabs_breaks_and_hyphens_part_words_as_on_paper(self, read_here):
        body = "<w:p><w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t></w:r></w:p>"
        assert self.read(read_here, body).texts == ["a b\nc-d"]

    def test_pictures_are_named_as_members_with_their_description(self, read_here):
        drawing = (
            '<w:p><w:r><w:drawing><wp:inline><wp:docPr descr="Sơ đồ &quot;1&quot;"/><a:graphic><a:blip r:embed="p"/>'
            "</a:graphic></wp:inline></w:drawing></w:r></w:p>"
        )
        found = self.read(
            read_here, drawing, links=[("p", "image", "media/i.png")], parts={"word/media/i.png": made.png()}
        )
        assert found.html == '<p><img src="member:word/media/i.png" alt="Sơ đồ &quot;1&quot;"></p>'
        assert found.texts == ['Sơ đồ "1"']

    def test_links_lead_outside_only_where_the_package_says_so(self, read_here):
        body = '<w:p><w:hyperlink r:id="l"><w:r><w:t>đây</w:t></w:r></w:hyperlink></w:p>'
        links = [("l", "hyperlink", "https://example.org/?a=1&amp;b=2", "External")]
        assert '<a href="https://example.org/?a=1&amp;b=2">đây</a>' in self.read(read_here, body, links=links).html

    def test_text_in_fonts_of_before_unicode_is_read(self, read_here):
        font = '<w:rFonts w:ascii=".VnTime"/>'
        vni = '<w:rFonts w:ascii="VNI-Times"/>'
        found = self.read(read_here, paragraph("TiÕng ViÖt", run=font) + paragraph("Tieáng Vieät", run=vni))
        assert found.texts == ["Tiếng Việt\nTiếng Việt"]

    def test_title_and_creator_are_noted(self, read_here):
        found = self.read(read_here, paragraph("x"), title="Sổ tay an toàn", creator="Kho")
        assert (found.facts.title, found.facts.creator) == ("Sổ tay an toàn", "Kho")

    def test_a_long_text_without_headings_is_cut_into_readable_parts(self, read_here):
        found = self.read(read_here, paragraph("từ ngữ " * 1000) * 20)
        assert len(found.pages) > 2
        assert all(len(text) < 60_000 for text in found.texts)
        assert " ".join(found.texts).split() == ["từ", "ngữ"] * 20_000

    @pytest.mark.parametrize(
        "doctype",
        [
            '<!DOCTYPE w [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]>',
            '<!DOCTYPE w [<!ENTITY c SYSTEM "file:///etc/hostname">]>',
            '<!DOCTYPE w [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p;]>',
        ],
    )
    def test_entities_are_neither_resolved_nor_fetched(self, read_here, doctype):
        with pytest.raises(LimitReached):
            self.read(read_here, paragraph("&c;" if "% p" not in doctype else "x"), doctype=doctype)

    def test_nesting_without_end_is_a_limit(self, read_here):
        with pytest.raises(LimitReached):
            self.read(read_here, "<w:p>" + "<w:r>" * 400 + "</w:r>" * 400 + "</w:p>")

    def test_a_part_larger_than_is_read_is_a_limit(self, read_here):
        with pytest.raises(ArchiveError):
            read_here(made.docx(paragraph("x" * 5000)), types.DOCX, member_bytes=1000)

    @pytest.mark.parametrize(
        "content",
        [
            made.docx("<w:p>")[:-30],
            made.docx("<w:p>"),
            zip_of({"a": "x"}),
            zip_of({"_rels/.rels": made.relations(("r", "officeDocument", "../../../etc/passwd"))}),
        ],
    )
    def test_what_is_no_document_is_damaged(self, read_here, content):
        with pytest.raises((Damaged, ArchiveError)):
            read_here(content, types.DOCX)

    def test_a_document_with_a_password_is_encrypted(self, read_here):
        with pytest.raises(Encrypted):
            read_here(made.encrypted_office_file(), types.DOCX)


class TestXlsx:
    def cell(self, read_here, cell, **options):
        return read_here(made.xlsx(f"<row>{cell}</row>", **options), types.XLSX).texts[0].split("\n", 1)[1]

    @pytest.mark.parametrize(
        ("cell", "shown"),
        [
            ('<c t="s"><v>0</v></c>', "Họ tên"),
            ('<c t="s"><v>7</v></c><c><v>1</v></c>', "1"),
            ('<c t="inlineStr"><is><t>trong</t></is></c>', "trong"),
            ('<c t="b"><v>1</v></c>', "TRUE"),
            ('<c t="str"><v>công thức</v></c>', "công thức"),
            ("<c><v>0.1</v></c>", "0,1"),
            ("<c><v>0.30000000000000004</v></c>", "0,3"),
            ('<c s="1"><v>45000</v></c>', "15/03/2023"),
            ('<c s="1"><v>45000.5</v></c>', "15/03/2023"),
            ('<c s="2"><v>0.25</v></c>', "25%"),
            ('<c s="3"><v>45000</v></c>', "15/03/2023"),
            ('<c s="4"><v>12</v></c>', "12 days"),
            ('<c r="C1"><v>1</v></c>', "1"),
            ("<c><v>không phải số</v></c>", "không phải số"),
            ('<c s="1"><v>99999999999</v></c>', "99999999999"),
        ],
    )
    def test_values_are_shown_as_one_would_see_them(self, read_here, cell, shown):
        styles = (
            '<numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/>'
            '<numFmt numFmtId="165" formatCode="0 &quot;days&quot;"/></numFmts>'
            '<cellXfs><xf/><xf numFmtId="14"/><xf numFmtId="9"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs>'
        )
        strings = ["<r><t>Họ </t></r><r><t>tên</t></r><rPh><t>đọc</t></rPh>"]
        assert self.cell(read_here, cell, styles=styles, strings=strings) == shown

    def test_a_sheet_of_1904_counts_from_there(self, read_here):
        styles = '<cellXfs><xf/><xf numFmtId="14"/></cellXfs>'
        settings = '<workbookPr date1904="1"/>'
        assert self.cell(read_here, '<c s="1"><v>1</v></c>', styles=styles, settings=settings) == "02/01/1904"

    def test_sheets_are_named_and_hidden_ones_left_out(self, read_here):
        more = '<sheet name="Ẩn" r:id="s2" state="hidden"/><sheet name="Hai" r:id="s2"/>'
        found = read_here(made.xlsx("<row><c><v>1</v></c></row>", more_sheets=more), types.XLSX)
        assert found.labels == ["Điểm", "Hai"]

    def test_a_long_sheet_is_cut_into_pages_with_its_head_on_each(self, read_here):
        rows = "".join(f"<row><c><v>{number}</v></c></row>" for number in range(450))
        found = read_here(made.xlsx(rows), types.XLSX)
        assert found.labels == ["Điểm", "Điểm (201-400)", "Điểm (401-450)"]
        assert all('<th scope="col">0</th>' in page.html for page in found.pages)

    def test_titles_above_a_table_are_no_head_of_its_columns(self, read_here):
        def row(*cells):
            return "<row>" + "".join(f'<c t="str"><v>{cell}</v></c>' for cell in cells) + "</row>"

        rows = row("Kế hoạch tháng") + row("Tháng", "3") + row("Thu", "Dự tính", "Thực tế", "Lệch", "%") + row("Lương")
        found = read_here(made.xlsx(rows), types.XLSX)
        assert '<p>Kế hoạch tháng</p><p>Tháng 3</p><table><thead><tr><th scope="col">Thu</th>' in found.html
        assert found.texts == ["Điểm\nKế hoạch tháng\nTháng 3\nThu Dự tính Thực tế Lệch %\nLương"]
        found = read_here(made.xlsx(row("Tên") + row("An", "5") + row("Bình", "6")), types.XLSX)
        assert '<p>Tên</p><table><thead><tr><th scope="col">An</th>' in found.html

    def test_more_rows_than_are_read_are_a_limit_and_the_first_ones_stay(self, read_here, extracted):
        rows = "".join(f"<row><c><v>{number}</v></c></row>" for number in range(450))
        found = extracted(made.xlsx(rows), types.XLSX, sheet_rows=250)
        assert (found.state, len(found.pages)) == ("limit", 2)
        assert found.pages[1].text.endswith("\n249")


class TestPptx:
    def test_slides_are_read_title_first_with_their_lists_and_notes(self, read_here):
        slide = (
            made.shape_of("một\nhai", "", (0, 1)) + made.shape_of("Tiêu đề", "ctrTitle") + made.shape_of("7", "sldNum")
        )
        found = read_here(made.pptx([slide, made.shape_of("tự do")], {1: "Lời giảng"}), types.PPTX)
        assert found.texts == ["Tiêu đề\nmột\nhai\nLời giảng", "tự do"]
        assert found.labels == ["Tiêu đề", ""]
        assert found.pages[0].html == (
            "<h2>Tiêu đề</h2><ul><li>một<ul><li>hai</li></ul></li></ul><aside><p>Lời giảng</p></aside>"
        )
        assert found.facts.pages == 2

    def test_hidden_slides_are_left_out(self, read_here):
        content = made.pptx([made.shape_of("hiện"), made.shape_of("ẩn")], hidden=(2,))
        assert read_here(content, types.PPTX).texts == ["hiện"]

    def test_the_picture_that_a_package_has_of_itself_is_its_cover(self, read_here):
        found = read_here(made.pptx([made.shape_of("x")], parts={"docProps/thumbnail.png": made.png()}), types.PPTX)
        assert found.cover

    def test_tables_groups_diagrams_and_pictures_are_read(self, read_here):
        cell = "<a:tc><a:txBody><a:p><a:r><a:t>{}</a:t></a:r></a:p></a:txBody></a:tc>"
        frame = f"<p:graphicFrame><a:tbl><a:tr>{cell.format('ô')}</a:tr></a:tbl></p:graphicFrame>"
        diagram = '<p:graphicFrame><d:relIds xmlns:d="urn:d" r:dm="d"/></p:graphicFrame>'
        group = f"<p:grpSp><p:grpSp>{made.shape_of('sâu')}</p:grpSp></p:grpSp>"
        shown = (
            '<p:pic><p:nvPicPr><p:cNvPr descr="Ảnh"/></p:nvPicPr><p:blipFill><a:blip r:embed="i"/></p:blipFill></p:pic>'
        )
        found = read_here(
            made.pptx(
                [frame + diagram + group + shown],
                links=[("d", "diagramData", "../diagrams/data1.xml"), ("i", "image", "../media/i.png")],
                parts={
                    "ppt/diagrams/data1.xml": f"<m {made.A}><pt><a:t>bước 1</a:t></pt></m>",
                    "ppt/media/i.png": made.png(),
                },
            ),
            types.PPTX,
        )
        assert found.texts == ["ô\nbước 1\nsâu\nẢnh"]
        assert '<img src="member:ppt/media/i.png" alt="Ảnh">' in found.html


class TestOpenDocument:
    def test_a_text_is_read_with_its_structure(self, read_here):
        body = (
            "<text:tracked-changes><text:p>cũ</text:p></text:tracked-changes>"
            '<text:h text:outline-level="2">Mục</text:h><text:p>Xin<text:s text:c="3"/>chào<text:line-break/>'
            '<text:span text:style-name="B">bạn</text:span>'
            '<text:a xlink:href="https://example.org/">đây</text:a>'
            "<text:note><text:note-body><text:p>chú</text:p></text:note-body></text:note></text:p>"
            '<text:list text:style-name="L"><text:list-item><text:p>một</text:p>'
            "<text:list><text:list-item><text:p>con</text:p></text:list-item></text:list></text:list-item></text:list>"
        )
        styles = (
            '<style:style style:name="B"><style:text-properties fo:font-weight="bold"/></style:style>'
            '<text:list-style style:name="L"><text:list-level-style-number/></text:list-style>'
        )
        found = read_here(made.odf("text", body, styles=styles, title="Bài"), types.ODT)
        assert found.texts == ["Mục\nXin chào\nbạnđây (chú)\nmột\ncon"]
        assert "<strong>bạn</strong>" in found.html
        assert '<a href="https://example.org/">đây</a>' in found.html
        assert "<ol><li>một<ul><li>con</li></ul></li></ol>" in found.html
        assert found.facts.title == "Bài"

    def test_pictures_tables_and_old_fonts_are_read(self, read_here):
        body = (
            '<text:p text:style-name="P">TiÕng</text:p><text:p><draw:frame><draw:image xlink:href="Pictures/a.png"/>'
            "<svg:desc>Hình</svg:desc></draw:frame></text:p><table:table><table:table-row>"
            '<table:table-cell table:number-columns-repeated="2"><text:p>ô</text:p></table:table-cell>'
            "</table:table-row></table:table>"
        )
        styles = '<style:style style:name="P"><style:text-properties style:font-name=".VnTime"/></style:style>'
        found = read_here(made.odf("text", body, styles=styles), types.ODT)
        assert found.texts == ["Tiếng\nHình\nô ô"]
        assert '<img src="member:Pictures/a.png" alt="Hình">' in found.html

    def test_slides_and_sheets_are_read(self, read_here):
        slide = (
            "<draw:page><draw:frame><draw:text-box><text:p>nội dung</text:p></draw:text-box></draw:frame>"
            '<draw:frame presentation:class="title"><draw:text-box><text:p>Tiêu đề</text:p></draw:text-box>'
            "</draw:frame>"
            "<presentation:notes><draw:frame><draw:text-box><text:p>ghi chú</text:p></draw:text-box></draw:frame>"
            "</presentation:notes></draw:page>"
        )
        assert read_here(made.odf("presentation", slide), types.ODP).texts == ["Tiêu đề\nnội dung\nghi chú"]
        row = "<table:table-row><table:table-cell><text:p>{}</text:p></table:table-cell></table:table-row>"
        empty = '<table:table-row table:number-rows-repeated="1048576"><table:table-cell/></table:table-row>'
        sheets = "".join(
            f'<table:table table:name="{name}">{row.format(name)}{empty}</table:table>' for name in ("Một", "Hai")
        )
        found = read_here(made.odf("spreadsheet", sheets), types.ODS)
        assert (found.labels, found.texts) == (["Một", "Hai"], ["Một\nMột", "Hai\nHai"])

    def test_a_password_is_seen(self, read_here):
        manifest = "<manifest:file-entry><manifest:encryption-data/></manifest:file-entry>"
        with pytest.raises(ExtractionError) as stopped:
            read_here(made.odf("text", "", manifest=manifest), types.ODT)
        assert stopped.value.state == "encrypted"
