"""Names of files: shown as given, but never misleading, and never a path."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oer.core.text import clean_file_name


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("Đề thi.pdf", "Đề thi.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("..\\..\\windows\\win.pdf", "win.pdf"),
        ("C:\\Users\\a\\b.pdf", "b.pdf"),
        ("c:b.pdf", "b.pdf"),
        ("a\0b.pdf", "ab.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
        ("a\"b'.pdf", "a\"b'.pdf"),
        (".htaccess", ".htaccess"),
        ("-rf.pdf", "-rf.pdf"),
        ("CON.pdf", "CON.pdf"),
        ("abc\u202efdp.exe", "abcfdp.exe"),
        ("a\u200b\u200db.pdf", "ab.pdf"),
        ("a.pdf.exe", "a.pdf.exe"),
        ("bài .", "bài ."),
        ("  bài.pdf  ", "bài.pdf"),
        ("a\ud800b.pdf", "ab.pdf"),
        ("<b>x</b>.pdf", "b>.pdf"),
        ("=1+1.csv", "=1+1.csv"),
        ("%2e%2e%2fx.pdf", "%2e%2e%2fx.pdf"),
        ("", "tep.pdf"),
        ("..", "tep.pdf"),
        ("a/", "tep.pdf"),
        ("\u202e\0", "tep.pdf"),
    ],
)
def test_a_name_is_shown_without_what_misleads(given_name, shown):
    assert clean_file_name(given_name, "pdf") == shown


def test_a_name_is_composed():
    assert clean_file_name(unicodedata.normalize("NFD", "Đề thi tiếng Việt.pdf")) == "Đề thi tiếng Việt.pdf"


def test_a_long_name_keeps_its_ending_and_whole_letters():
    shown = clean_file_name("ễ" * 300 + ".docx")
    assert len(shown.encode()) <= 255
    assert shown == "ễ" * 83 + ".docx"
    assert len(clean_file_name("a." + "b" * 300).encode()) == 255


def test_a_file_without_a_name_or_a_known_type_still_has_one():
    assert clean_file_name("") == "tep"


@given(st.text(max_size=400) | st.text(alphabet="./\\:\0\r\n\u202e\u200b ă", max_size=40))
def test_whatever_came_the_name_is_safe_to_store_show_and_send(given_name):
    name = clean_file_name(given_name, "pdf")
    assert name
    assert len(name.encode("utf-8")) <= 255
    assert "/" not in name
    assert "\\" not in name
    assert name.strip(".")
    assert not any(unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"} for letter in name)
    assert clean_file_name(name, "pdf") == name
