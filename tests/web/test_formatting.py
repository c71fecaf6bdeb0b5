"""Lengths of time in plain words."""

import pytest
from flask import Flask

from oer.web.context import set_language
from oer.web.formatting import duration, excerpt, minutes_in_words, opening, partial_date


@pytest.mark.parametrize(
    ("text", "english", "vietnamese"),
    [
        ("PT3H", "3 hours", "3 giờ"),
        ("PT1H30M", "1 hour 30 minutes", "1 giờ 30 phút"),
        ("P6W", "6 weeks", "6 tuần"),
        ("P1Y2M", "1 year 2 months", "1 năm 2 tháng"),
        ("soon", "soon", "soon"),
        (None, "", ""),
    ],
)
def test_a_duration_is_written_in_words(app: Flask, text: str | None, english: str, vietnamese: str) -> None:
    with app.test_request_context("/"):
        assert duration(text) == vietnamese
    with app.test_request_context("/"):
        set_language("en")
        assert duration(text) == english


def test_long_times_are_rounded_to_a_quarter_of_an_hour(app: Flask) -> None:
    with app.test_request_context("/"):
        assert minutes_in_words(42) == "42 phút"
        assert minutes_in_words(187) == "3 giờ"
        assert minutes_in_words(200) == "3 giờ 15 phút"
        assert minutes_in_words(0) == ""


@pytest.mark.parametrize(
    ("text", "shown"), [("2026-03-01", "1/3/2026"), ("2026-03", "3/2026"), ("2026-Q1", "Q1/2026"), ("2026", "2026")]
)
def test_a_date_that_is_known_in_part_is_written_in_part(text: str, shown: str) -> None:
    assert partial_date(text) == shown


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("Ngắn thôi.", "Ngắn thôi."),
        ("Một câu trọn vẹn. Rồi thêm một câu nữa.", "Một câu trọn vẹn."),
        ("Giữ dữ liệu cá nhân, không đưa cho ai.", "Giữ dữ liệu cá nhân…"),
        ("Ừ. Rồi đến một câu rất dài không có hồi kết", "Ừ. Rồi đến một câu…"),
        ("x" * 40, "x" * 20 + "…"),
    ],
)
def test_a_text_is_cut_after_a_sentence_or_after_a_word(text: str, begins: str) -> None:
    assert excerpt(text, 20) == begins


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Ngắn.",
        "Câu đầu tiên khá dài. Câu thứ hai. " * 9,
        "mộttừrấtdài" * 40,
        "không có dấu chấm nào cả " * 30,
        "Đoạn một.\n\nĐoạn hai. " + "Dài. " * 90,
        "ngắn\nrồi thôi",
    ],
)
def test_an_opening_and_what_follows_are_the_whole_text(text: str) -> None:
    begin, rest = opening(text, 100)
    assert len(begin) <= 101
    assert "\n" not in begin
    assert "".join(f"{begin}{rest}".replace("…", "").split()) == "".join(text.split())
