"""Captions written for players, and timestamps in transcripts."""

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from oer.backends.extraction.formats.captions import Cue, parse_cues
from oer.reading.captions import link_timestamps, timed_parts, timestamp_of, write_vtt
from oer.reading.page_text import word_matcher


def test_what_is_written_is_only_text() -> None:
    written = write_vtt([Cue(3723.5, 3724, "<script>alert(1)</script> & x --> y")])
    times, text = "01:02:03.500 --> 01:02:04.000", "&lt;script&gt;alert(1)&lt;/script&gt; &amp; x --&gt; y"
    assert written == f"WEBVTT\n\n{times}\n{text}\n"


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
    assert parse_cues(write_vtt(cues)) == cues


def test_times_become_links_in_text_alone() -> None:
    html = Markup('<p title="[0:05]">[1:02:03] xin chào [0:05] và [99]</p>')
    assert link_timestamps(html, lambda seconds: f"?t={seconds}&q") == (
        '<p title="[0:05]"><a href="?t=3723&amp;q" data-time="3723" rel="nofollow">1:02:03</a> xin chào '
        '<a href="?t=5&amp;q" data-time="5" rel="nofollow">0:05</a> và [99]</p>'
    )


def test_the_time_is_that_at_which_most_of_the_words_are_said() -> None:
    cues = [Cue(1, 2, "Ngắt điện"), Cue(5, 6, "rồi hãy ngắt"), Cue(7, 8, "cầu dao"), Cue(9, 10, "xong")]
    assert timestamp_of(cues, word_matcher("ngat cau dao")) == 5
    assert timestamp_of(cues, word_matcher("xong")) == 9
    assert timestamp_of(cues, word_matcher("khác")) is None
    assert timestamp_of([], word_matcher("khác")) is None


def test_a_transcript_is_parted_at_its_times() -> None:
    assert timed_parts("đầu [0:06] một hai [1:00] ba") == [Cue(6, 6, " một hai "), Cue(60, 60, " ba")]
    assert timed_parts("không có giờ") == []
