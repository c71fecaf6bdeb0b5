"""Names and texts that people type are cleaned by one rule, wherever they come in."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oer.core.text import clean_file_name, clean_line, clean_text

CLEANERS = [clean_line, clean_text, clean_file_name]
CLEANER = pytest.mark.parametrize("clean", CLEANERS, ids=lambda clean: clean.__name__)
INVISIBLE = {
    "reversed direction": "\u202e",
    "direction mark": "\u200f",
    "isolate": "\u2066",
    "no width": "\u200b",
    "joiner": "\u200d",
    "word joiner": "\u2060",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "null": "\0",
    "escape": "\x1b",
    "C1 control": "\x9b",
    "lone surrogate": "\ud800",
    "non-character": "\uffff",
    "tag": "\U000e0041",
}


@CLEANER
@pytest.mark.parametrize("letter", INVISIBLE.values(), ids=INVISIBLE)
def test_no_text_keeps_what_cannot_be_seen(clean, letter):
    assert clean(f"ho{letter}a.pdf") == "hoa.pdf"


@CLEANER
def test_every_text_is_composed(clean):
    assert clean(unicodedata.normalize("NFD", "Đề thi tiếng Việt")) == "Đề thi tiếng Việt"


@CLEANER
def test_what_is_dropped_does_not_keep_letter_and_mark_apart(clean):
    assert clean("e\u200b\u0302\u200b\u0301") == "ế"


def test_a_line_is_one_line():
    assert clean_line("  Đề\r\n\tthi \u00a0 \u2028 cuối \x85kỳ ") == "Đề thi cuối kỳ"
    assert clean_line("a \u200b b") == "a b"


def test_a_text_keeps_its_lines():
    assert clean_text("Một \r\nhai\r\rba\u2029bốn\t|\u202e ") == "Một\nhai\n\nba\nbốn\t|"


def test_emoji_and_letters_of_other_scripts_stay():
    for text in ("Chào 👋🏽", "ភាសាខ្មែរ", "العربية", "C# & F♯"):
        assert clean_line(text) == clean_text(text) == text


@given(st.text(max_size=200) | st.text(alphabet="a \n\r\t\0\u202e\u200b\u0301ễ", max_size=30))
def test_cleaning_twice_changes_nothing_more(text):
    for clean in CLEANERS:
        once = clean(text)
        assert clean(once) == once
        assert not any(unicodedata.category(letter)[0] == "C" for letter in once if letter not in "\n\t")
