"""Titles on covers are set in lines that fit and that read well."""

import pytest

from oer.covers.lettering import LEADING, fit, is_right_to_left, width

SIZES = (40, 30, 20)


def test_a_title_is_as_large_as_it_goes_without_breaking_a_word() -> None:
    assert fit("Sổ thu chi", 200, 200, SIZES).size == 40
    assert fit("Sổ thu chi", 200, 200, SIZES).lines == ["Sổ thu chi"]
    narrow = fit("Sổ thu chi", 90, 60, SIZES)
    assert (narrow.size, narrow.lines, narrow.is_cut) == (20, ["Sổ thu chi"], False)


@pytest.mark.parametrize("room", [150, 180, 220])
def test_no_line_ends_inside_of_a_compound(room: int) -> None:
    lines = fit("An toàn lao động bắt đầu từ năm phút", room, 400, SIZES).lines
    for compound in ("An toàn", "lao động", "bắt đầu", "năm phút"):
        assert any(compound in line for line in lines), lines


@pytest.mark.parametrize(
    "title",
    [
        "Hướng dẫn phòng ngừa tai nạn lao động, an toàn trên cao cho công nhân " * 4,
        "Khôngcódấucách" * 21,
        "HƯỚNGDẪN " * 33,
        "終身學習手冊" * 50,
        "ការអប់រំពេញមួយជីវិត" * 15,
        "التعلممدىالحياة" * 20,
    ],
)
def test_no_line_is_wider_and_no_title_higher_than_its_place(title: str) -> None:
    found = fit(title.strip(), 160, 120, SIZES)
    assert found.height <= 120
    assert found.height > 60  # the place is used
    assert all(0 < width(line) * found.size <= 160.001 for line in found.lines)
    assert found.is_cut
    assert found.lines[-1].endswith("…")


def test_what_is_too_much_is_cut_at_a_word() -> None:
    title = "Hướng dẫn phòng ngừa tai nạn cho công nhân xây dựng trên cao, dưới hầm và trong nhà xưởng"
    shown = " ".join(fit(title, 150, 2 * 20 * LEADING, SIZES).lines)
    assert shown.endswith("…")
    assert title.startswith(shown[:-1])
    assert title[len(shown) - 1] in " ,"


def test_a_word_that_fits_on_no_line_is_broken_between_letters_and_not_before_a_mark() -> None:
    found = fit("សៀវភៅណែនាំសម្រាប់អ្នកអប់រំ", 120, 300, SIZES)
    assert "".join(found.lines) == "សៀវភៅណែនាំសម្រាប់អ្នកអប់រំ"
    assert len(found.lines) > 1
    assert not any(line[0] in "ៅាំ់្ិ" for line in found.lines)


def test_lines_end_between_ideographs_but_not_before_a_full_stop() -> None:
    found = fit("如何在家照顧老人。終身學習。", 160, 400, (40,))
    assert "".join(found.lines) == "如何在家照顧老人。終身學習。"
    assert all(width(line) <= 4 for line in found.lines)
    assert not any(line.startswith("。") for line in found.lines)


def test_marks_take_no_room_and_wide_letters_take_two() -> None:
    assert width("é") == width("e") == pytest.approx(0.47)
    assert width("e\u0301") == width("e")
    assert width("學") == 1
    assert width("ក្ក") == width("ក")  # the second one stands below the first


@pytest.mark.parametrize(("text", "expected"), [("دليل", True), ("1. دليل", True), ("Bài دليل", False), ("12", False)])
def test_a_text_begins_where_its_first_letter_says(text: str, expected: bool) -> None:
    assert is_right_to_left(text) is expected
