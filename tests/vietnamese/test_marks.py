"""Diacritics: taken off, seen, added."""

from oer.vietnamese.keys import keys_of
from oer.vietnamese.marks import compatible_spellings, fold, has_marks


def test_a_folded_text_is_as_long_as_the_text():
    text = "Đường Nguyễn Thị Minh Khai, Quận 3 – TP. Hồ Chí Minh: “Thủy lợi” Ǆ İstanbul"
    assert len(fold(text)) == len(text)
    assert fold("ĐẶNG Thuỳ") == "dang thuy"


def test_marks_are_seen():
    assert has_marks("đi")
    assert has_marks("là")
    assert not has_marks("la")
    assert not has_marks("straße")


def test_a_half_marked_word_may_mean_what_more_marks_make_of_it():
    # "đương" is how "đường" looks before its tone is typed; "tuyén" lacks the roof of "tuyến".
    assert keys_of("đường").exact in compatible_spellings(keys_of("đương").exact)
    assert keys_of("tuyến").exact in compatible_spellings(keys_of("tuyén").exact)
    assert keys_of("tuyền").exact not in compatible_spellings(keys_of("tuyén").exact)
    assert compatible_spellings("2026") == ("2026",)
