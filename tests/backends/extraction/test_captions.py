"""Captions: read from SubRip and WebVTT, also from files that break both formats."""

import pytest

from oer.backends.extraction import media_types as types
from oer.backends.extraction.encodings import decode_text
from oer.backends.extraction.formats.captions import MOST_CUES, Cue, parse_cues
from oer.backends.extraction.protocol import Damaged, LimitReached

SUBRIP = """1
00:00:01,500 --> 00:00:03,000
<i>Xin chào</i> các bạn

2
00:01:02,000 --> 00:01:04,250 X1:40
{\\an8}Ngắt cầu dao
trước khi sửa
"""
VTT = """WEBVTT - bài 1

STYLE
::cue { background: url(https://evil.example) }

NOTE không hiện

a
00:01.500 --> 00:03.000 line:0
<v Cô giáo>Xin chào &lt;các bạn&gt;
"""
HELLO = [Cue(1.5, 3, "Xin chào")]


def test_subrip_is_read() -> None:
    assert parse_cues(SUBRIP) == [Cue(1.5, 3, "Xin chào các bạn"), Cue(62, 64.25, "Ngắt cầu dao\ntrước khi sửa")]


def test_webvtt_is_read_without_its_styles_notes_and_tags() -> None:
    assert parse_cues(VTT) == [Cue(1.5, 3, "Xin chào <các bạn>")]


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff1\r\n00:00:01,500 --> 00:00:03,000\r\nXin chào\r\n",
        "WEBVTT\n00:01,5 --> 00:03,0\nXin chào",
        "WEBVTT\r\r00:01.500-->00:03.000 align:start\rXin chào",
        "00:00:01.5000 --> 00:00:03.0000\nXin chào",
        "  1\n  0:00:01,500  -->  0:00:03,000  \nXin   chào\n \t\n",
        "WEBVTT\nKind: captions\n\nid\n00:01.500 --> 00:03.000\n<c.yellow>Xin</c> <00:00:02.000>chào",
    ],
    ids=["byte order mark", "no blank line", "carriage returns", "four digits", "blanks", "header and times within"],
)
def test_what_breaks_the_formats_is_read_all_the_same(text: str) -> None:
    assert parse_cues(text) == HELLO


def test_minutes_beyond_the_hour_are_counted_on() -> None:
    assert parse_cues("75:01.500 --> 75:03.000\nXin chào") == [Cue(4501.5, 4503, "Xin chào")]


def test_an_arrow_in_the_text_stays_text() -> None:
    assert parse_cues("00:01.500 --> 00:03.000\nA --> B\n\n00:04.000 --> 00:05.000\nC") == [
        Cue(1.5, 3, "A --> B"),
        Cue(4, 5, "C"),
    ]


def test_one_line_that_cannot_be_understood_does_not_take_the_others_along() -> None:
    assert parse_cues("1\n00:00:99,000 --> 00:01:00,000\nnot a time\n\n2\n00:01,500 --> 00:03,000\nXin chào") == HELLO


@pytest.mark.parametrize("text", ["", "WEBVTT", "x", "00:00:05.000 --> 00:00:01.000\nbackwards", "1 --> 2\nno times"])
def test_what_has_no_cue_gives_none(text: str) -> None:
    assert parse_cues(text) == []


def test_a_million_cues_are_cut(read_here) -> None:
    text = "\n\n".join(["00:00:01.000 --> 00:00:02.000\na"] * (MOST_CUES + 5))
    assert len(parse_cues(text)) == MOST_CUES
    with pytest.raises(LimitReached):
        read_here(text, types.SRT)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1258"])
def test_captions_are_read_in_the_encodings_people_have(encoding: str) -> None:
    plain = "1\n00:00:01,500 --> 00:00:03,000\nHọc lái xe\n" if encoding == "cp1258" else SUBRIP
    written = plain.encode(encoding) if encoding != "cp1258" else _decomposed(plain).encode("cp1258")
    assert parse_cues(decode_text(written)) == parse_cues(plain)


def _decomposed(text: str) -> str:
    """Return a text as cp1258 has it: the dot below is a letter of its own."""
    return text.replace("ọ", "o\u0323")


def test_words_are_found_with_their_times(read_here) -> None:
    found = read_here(SUBRIP, types.SRT)
    assert found.facts.duration == 64.25
    assert found.texts == ["Xin chào các bạn\nNgắt cầu dao trước khi sửa"]
    assert "<time>01:02</time> Ngắt cầu dao" in found.html
    with pytest.raises(Damaged):
        read_here("nothing", types.VTT)
