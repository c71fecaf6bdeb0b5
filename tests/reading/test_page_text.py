"""Text of a page: paragraphs, headings that a table of contents leads to, highlighted search words."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from oer.backends.extraction.blocks import printed_paragraphs
from oer.reading.page_text import highlight_html, highlight_text, with_anchors, word_matcher

LONG = "Chú Năm được con tặng điện thoại mới. Ba ngày đầu chú chỉ dám nghe và"


def test_full_lines_run_on_and_a_short_one_ends_the_paragraph() -> None:
    text = f"{LONG}\n{LONG}\ngọi.\nCác phần của điện thoại\n{LONG}\nxong."
    assert printed_paragraphs(text) == [f"{LONG} {LONG} gọi.", "Các phần của điện thoại", f"{LONG} xong."]


def test_labels_of_a_figure_are_lines_of_one_paragraph() -> None:
    assert printed_paragraphs(f"{LONG}\nvà.\nThanh\ntrạng thái\n9:41") == [f"{LONG} và.", "Thanh\ntrạng thái\n9:41"]


def test_items_of_a_list_begin_anew() -> None:
    assert printed_paragraphs(f"{LONG}\n• một\n2. hai\n(c) ba") == [LONG, "• một\n2. hai\n(c) ba"]


def test_blank_lines_part_paragraphs() -> None:
    assert printed_paragraphs("một\n\n \nhai\n") == ["một", "hai"]
    assert printed_paragraphs("") == []


def test_headings_of_the_contents_can_be_reached() -> None:
    html = Markup('<h2>Trước</h2><p>x</p><h3 lang="vi">Tắt <mark>bếp</mark> &amp; điện</h3><h3>Khác</h3>')
    shown, anchors = with_anchors(html, ["Trước", "Tắt bếp & điện"])
    assert anchors == {0: "heading-1", 1: "heading-2"}
    assert shown == (
        '<h2 id="heading-1">Trước</h2><p>x</p>'
        '<h3 id="heading-2" lang="vi">Tắt <mark>bếp</mark> &amp; điện</h3><h3>Khác</h3>'
    )


def test_an_id_that_is_there_is_used() -> None:
    html = Markup('<h2 id="in-c1">Một</h2>')
    assert with_anchors(html, ["Một"]) == (html, {0: "in-c1"})


def test_two_headings_of_the_same_words_are_two_places() -> None:
    shown, anchors = with_anchors(Markup("<h2>Bài tập</h2><h2>Giải</h2><h2>Bài tập</h2>"), ["Bài tập", "Bài tập"])
    assert (shown.count(" id="), len(set(anchors.values()))) == (2, 2)


def test_what_is_not_on_the_page_is_left_out() -> None:
    assert with_anchors(Markup("<h2>Hai</h2>"), ["Một", "Hai"])[1] == {1: "heading-2"}
    assert with_anchors(Markup("<p>Không có</p>"), ["Một"]) == (Markup("<p>Không có</p>"), {})


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("thuy loi", "Hệ thống thủy lợi", "Hệ thống <mark>thủy</mark> <mark>lợi</mark>"),
        ("thủy lợi", "Thủy lợi, thuỷ lợi", "<mark>Thủy</mark> <mark>lợi</mark>, <mark>thuỷ</mark> <mark>lợi</mark>"),
        ("má", "ma má mà", "ma <mark>má</mark> mà"),
        ("ma", "ma má mà mẹ", "<mark>ma</mark> <mark>má</mark> <mark>mà</mark> mẹ"),
        ("a<b", "a < b & c", "<mark>a</mark> &lt; <mark>b</mark> &amp; c"),
        ("ĐIỆN", "điện Điện", "<mark>điện</mark> <mark>Điện</mark>"),
        ("", "a <b>", "a &lt;b&gt;"),
        ("!!!", "a!!!", "a!!!"),
    ],
)
def test_words_are_marked_as_they_were_typed(query: str, text: str, marked: str) -> None:
    assert highlight_text(text, word_matcher(query)) == marked


@pytest.mark.parametrize(
    ("query", "text", "marked"),
    [
        ("thực phẫm", "Thực phẩm sạch", "<mark>Thực</mark> <mark>phẩm</mark> sạch"),
        ("má", "ma mà", "<mark>ma</mark> <mark>mà</mark>"),
        ("má", "ma má mà", "ma <mark>má</mark> mà"),
        ("viêt", "tiếng Việt, viết", "tiếng <mark>Việt</mark>, <mark>viết</mark>"),
        ("điện OR gas -an", "điện an gas or", "<mark>điện</mark> an <mark>gas</mark> or"),
    ],
)
def test_a_tone_that_is_nowhere_in_the_text_marks_the_word_however_it_is_written(
    query: str, text: str, marked: str
) -> None:
    assert highlight_text(text, word_matcher(query, [text])) == marked


def test_tags_and_entities_are_no_words() -> None:
    html = '<p title="p > strong">strong p &amp; <a href="/p">p</a></p>'
    assert highlight_html(html, word_matcher("p amp strong")) == (
        '<p title="p > strong"><mark>strong</mark> <mark>p</mark> &amp; <a href="/p"><mark>p</mark></a></p>'
    )


def test_words_of_html_are_marked_however_their_marks_are_encoded() -> None:
    html = unicodedata.normalize("NFD", "<p>Hệ thống <b>thuỷ</b> lợi</p>")
    for query in ("thủy lợi", "thuy loi"):
        marked = highlight_html(html, word_matcher(query))
        assert marked == "<p>Hệ thống <b><mark>thuỷ</mark></b> <mark>lợi</mark></p>"


def test_a_long_query_marks_no_more_than_its_first_words() -> None:
    query = " ".join(f"w{number}" for number in range(100))
    assert highlight_text("w0 w31 w32", word_matcher(query)) == "<mark>w0</mark> <mark>w31</mark> w32"


@given(st.text(max_size=80), st.text(max_size=200))
def test_marking_adds_marks_and_changes_nothing_else(query: str, text: str) -> None:
    marked = highlight_text(text, word_matcher(query))
    assert marked.replace("<mark>", "").replace("</mark>", "") == highlight_text(text, None)
