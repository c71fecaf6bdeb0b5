"""Books, web pages, Markdown, plain texts, captions, values, drawings, archives."""

import base64
import csv
import io
import re
import unicodedata
from urllib.parse import quote

import pytest

from oer.backends.extraction import media_types as types
from oer.backends.extraction.blocks import LONGEST_SECTION, LONGEST_WHOLE
from oer.backends.extraction.formats.image import read_data_uri
from oer.backends.extraction.protocol import Damaged, Encrypted, LimitReached, Member, OutlineEntry
from tests.backends.extraction import document_factories as made
from tests.backends.extraction.archive_factories import encrypted, zip_of


class TestEpub:
    def test_chapters_are_read_in_order_with_their_titles(self, read_here):
        found = read_here(
            made.epub(
                ["<h1>Một</h1><p>Xin&nbsp;chào</p>", "<p>Hai</p>"],
                nav='<a href="text/c1.xhtml">Chương <b>một</b></a><a href="text/c2.xhtml#x">Chương hai</a>',
            ),
            types.EPUB,
        )
        assert found.texts == ["Một\nXin chào", "Hai"]
        assert found.labels == ["Chương một", "Chương hai"]
        assert found.facts.outline == [OutlineEntry("Chương một", 1, 1), OutlineEntry("Chương hai", 1, 2, "x")]
        assert (found.facts.title, found.facts.creator, found.facts.pages) == ("Sách", "Kho", 2)

    def test_an_older_book_has_its_titles_in_the_ncx(self, read_here):
        ncx = '<navPoint><navLabel><text>Phần 1</text></navLabel><content src="text/c1.xhtml"/></navPoint>'
        assert read_here(made.epub(["<p>x</p>"], ncx=ncx), types.EPUB).labels == ["Phần 1"]

    def test_a_page_of_contents_in_the_reading_order_is_shown_and_has_no_text_to_be_found(self, read_here):
        contents = "".join(f'<li><a href="c{number}.xhtml">Chương {number}: điện</a></li>' for number in (2, 3))
        whole = "<p>Đọc <a href='c3.xhtml'>chương ba</a> trước, rồi <a href='c1.xhtml'>mục lục</a> khi cần tìm.</p>"
        found = read_here(made.epub([f"<h1>Mục lục</h1><ol>{contents}</ol>", whole, "<p>Ba</p>"]), types.EPUB)
        assert found.texts == ["", "Đọc chương ba trước, rồi mục lục khi cần tìm.", "Ba"]
        assert "Chương 3: điện" in found.html

    def test_contents_by_anchor_lead_to_their_places_in_one_file(self, read_here):
        nav = "".join(f'<li><a href="text/c1.xhtml#c{number}">Chương {number}</a></li>' for number in (1, 2, 3))
        body = '<header id="c1">Một</header><p><a name="c2"></a>Hai</p><p id="c3" class="x" style="color:red">Ba</p>'
        found = read_here(made.epub([body], nav=f"<ol>{nav}</ol>"), types.EPUB)
        assert found.facts.outline == [OutlineEntry(f"Chương {number}", 1, 1, f"c{number}") for number in (1, 2, 3)]
        assert found.labels == ["Tệp 1"], "it is none of its chapters"
        assert found.html == '<div id="c1">Một</div><p><a name="c2" id="c2"></a>Hai</p><p id="c3">Ba</p>'

    def test_contents_are_nested_and_hold_nothing_but_contents(self, read_here):
        nav = (
            '<ol><li><a href="text/c1.xhtml">Một</a><ol><li><a href="text/c1.xhtml#m">Mục</a></li></ol></li>'
            '<li><span>Phần hai</span><ol><li><a href="text/c2.xhtml">Hai</a></li></ol></li></ol>'
        )
        landmarks = '<nav epub:type="landmarks"><ol><li><a href="text/c2.xhtml">Bắt đầu đọc</a></li></ol></nav>'
        book = made.epub(["<p>1</p>", "<p>2</p>"], nav="x")
        page = f'<html><body>{landmarks}<nav epub:type="toc">{nav}</nav></body></html>'
        found = read_here(made.epub(["<p>1</p>", "<p>2</p>"], nav="x", parts={"OEBPS/nav.xhtml": page}), types.EPUB)
        assert [(each.title, each.level, each.page, each.anchor) for each in found.facts.outline] == [
            ("Một", 1, 1, ""),
            ("Mục", 2, 1, "m"),
            ("Phần hai", 1, 2, ""),
            ("Hai", 2, 2, ""),
        ]
        assert read_here(book, types.EPUB).facts.outline == [], "without contents there are none"

    def test_an_older_book_has_nested_contents_with_anchors_too(self, read_here):
        def point(title, address, inner=""):
            label = f"<navLabel><text>{title}</text></navLabel>"
            return f'<navPoint>{label}<content src="text/{address}"/>{inner}</navPoint>'

        ncx = point("Một", "c1.xhtml", point("Mục", "c1.xhtml#mu%CC%A3c")) + point("Hai", "c2.xhtml")
        found = read_here(made.epub(["<p>1</p>", "<p>2</p>"], ncx=ncx), types.EPUB)
        assert found.facts.outline == [
            OutlineEntry("Một", 1, 1),
            OutlineEntry("Mục", 2, 1, "mục"),
            OutlineEntry("Hai", 1, 2),
        ]

    def test_names_are_found_however_their_marks_are_written(self, read_here):
        stored = unicodedata.normalize("NFD", "OEBPS/ảnh bìa.png")
        body = '<img src="../ảnh bìa.png"/><img src="../%E1%BA%A3nh%20b%C3%ACa.png"/>'
        found = read_here(made.epub([body], parts={stored: made.png()}), types.EPUB)
        assert found.html == f'<img src="member:{quote(stored)}">' * 2

    def test_a_picture_in_a_drawing_is_shown(self, read_here):
        body = '<svg viewBox="0 0 9 9"><title>Bìa</title><image xlink:href="../i.png"/></svg><svg><rect/></svg>'
        found = read_here(made.epub([body], parts={"OEBPS/i.png": made.png()}), types.EPUB)
        assert found.html == '<span><img src="member:OEBPS/i.png" alt="Bìa"></span>'

    def test_limits_count_text_and_structure_apart(self, read_here):
        book = made.epub(["<p>chữ</p><hr/>" * 20])
        assert read_here(book, types.EPUB, text_characters=100, html_characters=400).texts
        for limits in ({"text_characters": 50}, {"html_characters": 200}):
            with pytest.raises(LimitReached):
                read_here(book, types.EPUB, **limits)

    def test_links_and_pictures_point_inside_the_book_or_nowhere(self, read_here):
        body = (
            '<a href="c2.xhtml#muc">a</a><a href="#here">b</a><a href="../../../../etc/passwd">c</a><a href="https://example.org/">d</a>'
            '<a href="javascript:x()">e</a><img src="../i.png"/><img src="../../../i.png"/><img src="https://example.org/i.png"/>'
        )
        found = read_here(made.epub([body, "<p>2</p>"], parts={"OEBPS/i.png": made.png()}), types.EPUB)
        assert found.pages[0].html == (
            '<a href="page:2#muc">a</a><a href="page:1#here">b</a><a>c</a><a href="https://example.org/">d</a><a>e</a>'
            '<img src="member:OEBPS/i.png"><img><img>'
        )

    def test_scripts_styles_and_frames_are_left_out(self, read_here):
        body = "<script>bad()</script><style>p{}</style><iframe src='x'>khung</iframe><p>Chữ</p>"
        found = read_here(made.epub([body]), types.EPUB)
        assert (found.texts, found.html) == (["Chữ"], "<p>Chữ</p>")

    def test_its_cover_is_taken(self, read_here):
        extra = '<item id="c" href="i.png" properties="cover-image"/>'
        assert read_here(made.epub(["<p>x</p>"], extra=extra, parts={"OEBPS/i.png": made.png()}), types.EPUB).cover

    def test_a_locked_book_is_encrypted_and_scrambled_fonts_are_no_lock(self, read_here):
        with pytest.raises(Encrypted):
            read_here(made.epub(["<p>x</p>"], encryption="http://www.w3.org/2001/04/xmlenc#aes128-cbc"), types.EPUB)
        assert read_here(made.epub(["<p>x</p>"], encryption="http://www.idpf.org/2008/embedding"), types.EPUB).texts

    @pytest.mark.parametrize("missing", ["META-INF/container.xml", "OEBPS/book.opf"])
    def test_a_book_without_its_parts_is_damaged(self, read_here, missing):
        parts = {"mimetype": "application/epub+zip"}
        if missing != "META-INF/container.xml":
            parts["META-INF/container.xml"] = '<c><rootfile full-path="OEBPS/book.opf"/></c>'
        with pytest.raises(Damaged):
            read_here(zip_of(parts), types.EPUB)

    def test_entities_of_a_package_document_are_not_resolved(self, read_here, tmp_path):
        canary = tmp_path / "canary"
        canary.write_text("canary")
        container = f'<!DOCTYPE c [<!ENTITY x SYSTEM "{canary.as_uri()}">]><c><rootfile full-path="&x;"/></c>'
        with pytest.raises(LimitReached):
            read_here(zip_of({"META-INF/container.xml": container}), types.EPUB)

    def test_a_chapter_that_declares_entities_shows_none_of_them(self, read_here, tmp_path):
        canary = tmp_path / "canary"
        canary.write_text("canary")
        chapter = f'<!DOCTYPE html [<!ENTITY x SYSTEM "{canary.as_uri()}">]><html><body><p>&x;</p></body></html>'
        found = read_here(made.epub(["<p>x</p>"], parts={"OEBPS/text/c1.xhtml": chapter}), types.EPUB)
        assert "canary" not in found.html


LONG = " chữ" * (LONGEST_WHOLE // 4)
CHAPTER = "Một câu dài vừa đủ để đọc. " * 100


class TestHowATextIsCut:
    def test_a_short_text_is_one_part_with_all_its_headings(self, read_here):
        found = read_here("# Thoát nạn\n\n## Trước\n\nTắt bếp.\n\n## Sau\n\nGọi điện.", types.MARKDOWN)
        assert (len(found.pages), found.labels) == (1, [""])
        assert [(each.title, each.page) for each in found.facts.outline] == [
            ("Thoát nạn", 1),
            ("Trước", 1),
            ("Sau", 1),
        ]

    def test_a_textbook_has_a_part_for_each_chapter_and_none_for_what_is_within(self, read_here):
        chapters = "".join(f"# Chương {n}\n\n{CHAPTER}\n\n## Mục\n\n{CHAPTER}\n\n" for n in range(1, 9))
        assert read_here(chapters, types.MARKDOWN).labels == [f"Chương {n}" for n in range(1, 9)]

    def test_below_a_title_of_its_own_the_chapters_are_the_second_level(self, read_here):
        chapters = "".join(f"## Chương {n}\n\n{CHAPTER}\n\n{CHAPTER}\n\n" for n in (1, 2, 3))
        assert read_here(f"# Sách\n\n{chapters}", types.MARKDOWN).labels == ["Chương 1", "Chương 2", "Chương 3"]

    def test_sixty_questions_with_short_answers_are_read_in_one_go(self, read_here):
        asked = "".join(f"## Câu {n}\n\n{'Một câu trả lời ngắn. ' * 12}\n\n" for n in range(60))
        found = read_here(asked, types.MARKDOWN)
        assert len(found.texts[0]) > LONGEST_WHOLE
        assert len(found.pages) == 1

    def test_what_is_very_long_is_cut_even_without_headings(self, read_here):
        found = read_here(f"{CHAPTER}\n\n" * 40, types.MARKDOWN)
        assert len(found.pages) > 1
        assert max(map(len, found.texts)) < 1.2 * LONGEST_SECTION


class TestHtml:
    def test_a_page_is_cut_at_its_headings_whatever_wraps_them(self, read_here):
        shown = f"<h1>A</h1><p>một <b>hai</b>{LONG}</p><h1>B</h1><ul><li>x<li>y</ul>"
        page = f"<title>Trang</title><body><div><div>{shown}</div></div>"
        found = read_here(page, types.HTML)
        assert (found.facts.title, found.labels) == ("Trang", ["A", "B"])
        assert found.texts == [f"A\nmột hai{LONG}", "B\nx\ny"]

    def test_a_page_without_anything_is_an_empty_text(self, read_here):
        assert read_here("", types.HTML).texts in ([], [""])

    def test_words_of_cells_and_blocks_do_not_run_together(self, read_here):
        found = read_here("<table><tr><td>a</td><td>b</td></tr></table><div>c<p>d</p>e</div><br>f", types.HTML)
        assert found.texts[0].split() == list("abcdef")

    def test_addresses_that_are_not_of_the_web_go(self, read_here):
        links = '<a href="javascript:x()">a</a><a href="https://example.org/">b</a><a href="#c">c</a>'
        page = f'<p>{links}<img src="x.png"></p>'
        assert read_here(page, types.HTML).html == (
            '<p><a>a</a><a href="https://example.org/">b</a><a href="#c">c</a><img></p>'
        )

    def test_raster_pictures_written_into_a_page_stay_and_nothing_else_that_is(self, read_here):
        real, drawing = base64.b64encode(made.png()).decode(), base64.b64encode(b"<svg onload='x()'/>").decode()
        page = (
            f'<p><img src="data:image/png;base64,{real}" alt="Hình"><img src="data:image/svg+xml;base64,{drawing}">'
            f'<img src="data:image/png;base64,{drawing}"><img src="data:text/html;base64,{drawing}">'
            f'<img src="data:image/png;base64,{real}"></p>'
        )
        found = read_here(page, types.HTML)
        [first, again] = re.findall(r'src="member:([^"]+)"', found.html)
        assert first == again
        assert "svg" not in found.html
        assert read_data_uri(io.BytesIO(page.encode()), first) == ("image/png", made.png())

    def test_a_picture_in_markdown_stays_too(self, read_here):
        address = f"data:image/png;base64,{base64.b64encode(made.png()).decode()}"
        assert 'src="member:data-11-' in read_here(f"![Hình 1]({address})", types.MARKDOWN).html

    @pytest.mark.parametrize(
        "name", ["data-0-5.png", "data-3-999999999.png", "data-x-1.png", "../data-0-4.png", "a.png"]
    )
    def test_no_other_part_of_a_page_can_be_asked_for(self, name):
        assert read_data_uri(io.BytesIO(b"<p>hello</p>"), name) is None

    def test_a_page_in_an_old_encoding_is_read(self, read_here):
        content = "<p>Tieáng Vieät ôû thaønh phoá</p>".encode("cp1252")
        assert read_here(content, types.HTML).texts == ["Tiếng Việt ở thành phố"]

    def test_markdown_is_read_and_markup_in_it_stays_text(self, read_here):
        text = "---\ntitle: x\n---\n# Chương\n\nXin *chào* <b>bạn</b>\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
        found = read_here(text, types.MARKDOWN)
        assert found.facts.title == "Chương"
        assert "<em>chào</em> &lt;b&gt;" in found.html
        assert '<td class="figure">1</td>' in found.html
        assert "title: x" not in found.texts[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_text_is_read_in_whatever_unicode_it_comes(read_here, encoding):
    found = read_here("Đoạn một\r\ndòng hai\r\n\r\nĐoạn hai".encode(encoding), types.TEXT)
    assert found.texts == ["Đoạn một\ndòng hai\nĐoạn hai"]
    assert found.html == "<p>Đoạn một<br>dòng hai</p><p>Đoạn hai</p>"


def test_a_text_longer_than_is_read_is_a_limit(read_here):
    with pytest.raises(LimitReached):
        read_here("x" * 5000, types.TEXT, text_characters=1000)


def test_captions_are_read_with_their_times(read_here):
    srt = "1\n00:00:01,000 --> 00:00:02,500\n<i>Xin</i> chào\nbạn\n\n2\n01:00:01,000 --> 01:00:02,500\n{\\an8}hai\n"
    found = read_here(srt, types.SRT)
    assert found.texts == ["Xin chào bạn\nhai"]
    assert "<time>60:01</time> hai" in found.html
    assert found.facts.duration == 3602.5
    vtt = "WEBVTT\n\nNOTE x\n\n00:01.000 --> 00:02.000 align:start\n<v An>một & hai</v>\n"
    assert read_here(vtt, types.VTT).html == "<p><time>00:01</time> một &amp; hai</p>"
    with pytest.raises(Damaged):
        read_here("WEBVTT\n", types.VTT)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_values_are_read_whatever_parts_them(read_here, delimiter):
    target = io.StringIO()
    csv.writer(target, delimiter=delimiter).writerows([["Họ tên", "Điểm"], ["An", "9"], ["Bình", "8"]])
    found = read_here(target.getvalue(), types.CSV)
    assert found.texts == ["Họ tên Điểm\nAn 9\nBình 8"]


def test_the_words_of_a_drawing_are_read_and_its_script_is_not(read_here):
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" onload="x()"><title>Sơ đồ</title><script>bad()</script>'
        "<g><text>Bước <tspan>một</tspan></text></g><desc>Mô tả</desc></svg>"
    )
    found = read_here(svg, types.SVG)
    assert found.texts == ["Sơ đồ\nBước một\nMô tả"]
    assert found.html == ""


def test_an_archive_is_listed_without_what_a_system_left_in_it(read_here):
    left = {"__MACOSX/Bài 1/._đề.txt": "x", "Bài 1/.DS_Store": "x", "Thumbs.db": "x"}
    found = read_here(zip_of({"Bài 1/đề.txt": "xx", "b/": "", **left}), types.ZIP)
    assert found.facts.members == [Member("Bài 1/đề.txt", 2)]
    assert found.texts == ["Bài 1/đề.txt"]
    with pytest.raises(Encrypted):
        read_here(encrypted(), types.ZIP)
