"""What a text that is still being typed may go on as."""

import pytest

from oer.vietnamese.beginnings import Fit, fit_of, telex_text, typed_spelling
from oer.vietnamese.keys import analyse


@pytest.mark.parametrize(
    ("typed", "name", "fit"),
    [
        ("lừa", "lừa đảo", Fit.SPELLED),
        ("lừ", "lừa đảo", Fit.SPELLED),
        ("lùa", "lừa", Fit.SPELLED),  # the mark of the letter may be typed last
        ("lừa d", "lừa đảo", Fit.SPELLED),
        ("hoà", "hòa bình", Fit.SPELLED),
        ("hòa", "hoàn", Fit.SPELLED),
        ("tiêng", "tiếng", Fit.SPELLED),  # the tone may be typed last
        ("ứng dụng a", "Ứng dụng AI", Fit.SPELLED),
        ("lừa", "luật", Fit.OTHERWISE),
        ("lừa", "lúa", Fit.OTHERWISE),
        ("lừa đ", "lửa đỏ", Fit.OTHERWISE),
        ("hòa b", "hoàn bị", Fit.OTHERWISE),  # only the last word is unfinished
        ("lừa", "lua", Fit.UNMARKED),
        ("đào t", "dao tao", Fit.UNMARKED),
    ],
)
def test_marks_tell_names_apart_as_far_as_they_were_typed(typed, name, fit):
    words = tuple(analyse(name).exact)
    typed_words = tuple(typed_spelling(typed).split())
    assert fit_of(typed_words, words[: len(typed_words)]) is fit


def test_what_has_no_marks_has_no_spelling_to_go_by():
    assert typed_spelling("lua dao") == ""
    assert typed_spelling("lua đ") == "lua đ"


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("luwaf", "lừa"),
        ("luwaf dd", "lừa đ"),
        ("luwaf ddaor qua", "lừa đảo qua"),
        ("nguow", "ngươ"),
        ("tieengs an", "tiếng an"),
        ("lua dao", None),
        ("program", None),
        ("Tiếng", None),
        ("", None),
    ],
)
def test_telex_is_read_before_it_is_finished(typed, read):
    assert telex_text(typed) == read
