"""Lines of printed pages become paragraphs again."""

from oer.reading.page_text import paragraphs

LONG = "Chú Năm được con tặng điện thoại mới. Ba ngày đầu chú chỉ dám nghe và"


def test_full_lines_run_on_and_a_short_one_ends_the_paragraph() -> None:
    text = f"{LONG}\n{LONG}\ngọi.\nCác phần của điện thoại\n{LONG}\nxong."
    assert paragraphs(text) == [f"{LONG} {LONG} gọi.", "Các phần của điện thoại", f"{LONG} xong."]


def test_labels_of_a_figure_are_lines_of_one_paragraph() -> None:
    assert paragraphs(f"{LONG}\nvà.\nThanh\ntrạng thái\n9:41") == [f"{LONG} và.", "Thanh\ntrạng thái\n9:41"]


def test_items_of_a_list_begin_anew() -> None:
    assert paragraphs(f"{LONG}\n• một\n2. hai\n(c) ba") == [LONG, "• một\n2. hai\n(c) ba"]


def test_blank_lines_part_paragraphs() -> None:
    assert paragraphs("một\n\n \nhai\n") == ["một", "hai"]
    assert paragraphs("") == []
