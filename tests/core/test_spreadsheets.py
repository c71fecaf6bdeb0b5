import pytest
from hypothesis import given
from hypothesis import strategies as st

from oer.core.spreadsheets import escape_formula


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(first):
    assert escape_formula(f"{first}1+1") == f"'{first}1+1"


@pytest.mark.parametrize("text", ["", "Học liệu", "a=1", "'quoted", "1-2"])
def test_every_other_text_stays_as_it_is(text):
    assert escape_formula(text) == text


@given(st.sets(st.text(alphabet="'=+-@ab\t＝", max_size=6)))
def test_different_texts_stay_different(texts):
    assert len({escape_formula(text) for text in texts}) == len(texts)


@given(st.text(alphabet="'=+-@ab\t＝", max_size=6))
def test_whatever_a_text_is_it_stands_there_whole_and_runs_nothing(text):
    assert escape_formula(text) in {text, f"'{text}"}
    assert not escape_formula(text).startswith(tuple("=+-@\t＝"))
