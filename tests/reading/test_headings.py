"""Headings that a table of contents leads to."""

from markupsafe import Markup

from oer.reading.page_text import with_anchors


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
