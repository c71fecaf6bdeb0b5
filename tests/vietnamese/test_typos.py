"""Mistyped words: Telex that was not converted, words one edit away."""

import pytest

from oer.vietnamese.keys import keys_of
from oer.vietnamese.typos import telex_reading, typo_candidates


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tieengs", "tiếng"),
        ("vieejt", "việt"),
        ("vieetj", "việt"),
        ("dduowngf", "đường"),
        ("dduwowngf", "đường"),
        ("nuowcs", "nước"),
        ("nuocws", "nước"),
        ("ddaji", "đại"),
        ("hocj", "học"),
        ("khoer", "khỏe"),
        ("quys", "quý"),
        ("thuyr", "thủy"),
        ("coong", "công"),
    ],
)
def test_telex_is_read(typed, meant):
    assert telex_reading(typed) == meant


@pytest.mark.parametrize("typed", ["toan", "hoc", "learn", "physics", "tiếng", "x", "2026", "program"])
def test_what_is_no_telex_is_left_alone(typed):
    assert telex_reading(typed) is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("tíhc", "tích"), ("tihuy", "thuy"), ("thuyr", "thuy"), ("ohan", "phan"), ("kyx", "ky"), ("prgram", "program")],
)
def test_a_typo_leads_to_what_was_meant(typed, meant):
    assert (keys_of(meant).folded, meant) in list(typo_candidates(typed))


def test_a_word_with_marks_is_no_typo_of_an_english_form():
    read = dict(typo_candidates("gảing"))
    assert read["giang"] == "giảng"
    assert "gan" not in read


def test_too_short_or_too_long_words_are_no_typos():
    assert list(typo_candidates("ab")) == []
    assert list(typo_candidates("a" * 30)) == []
