"""Searched words, marked."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oer.reading.page_text import highlight_html, highlight_text, word_matcher


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
