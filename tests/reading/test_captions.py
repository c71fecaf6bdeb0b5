"""Captions: read from SubRip and WebVTT, written as WebVTT without markup."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oer.reading.captions import MOST_CUES, Cue, decode_captions, read_cues, write_vtt

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


def test_subrip_is_read() -> None:
    assert read_cues(SUBRIP) == [Cue(1.5, 3, "Xin chào các bạn"), Cue(62, 64.25, "Ngắt cầu dao\ntrước khi sửa")]


def test_webvtt_is_read_without_its_styles_notes_and_tags() -> None:
    assert read_cues(VTT) == [Cue(1.5, 3, "Xin chào <các bạn>")]


def test_what_is_written_is_only_text() -> None:
    written = write_vtt([Cue(3723.5, 3724, "<script>alert(1)</script> & x --> y")])
    times, text = "01:02:03.500 --> 01:02:04.000", "&lt;script&gt;alert(1)&lt;/script&gt; &amp; x --&gt; y"
    assert written == f"WEBVTT\n\n{times}\n{text}\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_captions_are_read_in_the_encodings_people_have(encoding: str) -> None:
    assert read_cues(decode_captions(SUBRIP.encode(encoding))) == read_cues(SUBRIP)


@pytest.mark.parametrize("text", ["", "WEBVTT", "x", "00:00:05.000 --> 00:00:01.000\nbackwards", "1 --> 2\nno times"])
def test_what_cannot_be_understood_is_passed_over(text: str) -> None:
    assert read_cues(text) == []


def test_a_million_cues_are_cut() -> None:
    text = "\n\n".join(["00:00:01.000 --> 00:00:02.000\na"] * (MOST_CUES + 5))
    assert len(read_cues(text)) == MOST_CUES


@given(
    st.lists(
        st.builds(
            lambda start, length, text: Cue(start, start + length, text),
            st.integers(0, 90_000).map(lambda n: n / 8),
            st.integers(0, 80).map(lambda n: n / 8),
            st.text("abcđ<>&-> ắ", min_size=1).map(lambda t: " ".join(t.split())).filter(bool),
        )
    )
)
def test_what_is_written_is_read_again(cues: list[Cue]) -> None:
    assert read_cues(write_vtt(cues)) == cues
