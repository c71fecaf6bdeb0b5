"""When something is said."""

from markupsafe import Markup

from oer.reading.captions import Cue, link_timestamps, timed_parts, timestamp_of
from oer.reading.page_text import word_matcher


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
