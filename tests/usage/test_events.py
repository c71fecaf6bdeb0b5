import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oer.backends.extraction.media_types import MEDIA_TYPES, types_named
from oer.usage.events import LONGEST_AGENT, LONGEST_WORDS, Event, LostEvents, from_line, to_line
from oer.vocabularies import vocabularies
from tests.usage.factories import a_note


def test_a_note_comes_back_from_its_line_as_it_was():
    note = a_note("search", words="học liệu", hits=3, via="other", session="s", person="p", visitor_before="y")
    assert from_line(to_line(note)[:-1]) == note


def test_what_is_empty_takes_no_room_in_a_line():
    assert json.loads(to_line(Event(at=1, kind="view", item="a"))) == {"t": 1, "k": "view", "i": "a"}


@pytest.mark.parametrize(
    "text", ["a\r\nb", "\x1b[31mred", "\x00", "x" * 8000, "ĩ" * 8000, "\u2028", "\ud800", '"}{'], ids=repr
)
def test_a_hostile_text_is_one_line_cut_and_without_control_characters(text):
    line = to_line(a_note("search", words=text, hits=0, user_agent=text, url=text))
    assert line.isascii()
    assert line.count(b"\n") == 1
    assert len(line) < 8000
    note = from_line(line)
    assert len(note.user_agent) <= LONGEST_AGENT
    assert len(note.words) <= LONGEST_WORDS
    assert note.words.isprintable()
    note.words.encode()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 10_000,
        b'{"t": 1, "k": "dance", "i": "a"}',
        b'{"t": 1, "k": "view"}',
        b'{"k": "view", "i": "a"}',
        b'{"t": "now", "k": "view", "i": "a"}',
        b'{"t": -1, "k": "view", "i": "a"}',
        b'{"t": 1e400, "k": "view", "i": "a"}',
        b'{"t": 999999999999999999999, "k": "view", "i": "a"}',
        b'{"t": true, "k": "view", "i": "a"}',
        b'{"t": 1, "k": "view", "i": ["a"]}',
        b'{"t": 1, "k": "view", "i": "a", "v": 7}',
        b'{"t": 1, "k": "view", "i": "a", "s": {}}',
        b'{"t": 1, "k": "search", "h": "many"}',
        b'{"k": "lost", "n": "all"}',
        b'{"k": ["view"], "t": 1, "i": "a"}',
    ],
)
def test_a_line_that_says_no_event_is_refused(line):
    with pytest.raises(ValueError, match=r"."):
        from_line(line)


@given(st.binary(max_size=200))
def test_whatever_bytes_a_line_holds_it_is_read_or_refused(line):
    with contextlib.suppress(ValueError):
        assert isinstance(from_line(line), Event | LostEvents)


def test_no_text_of_a_line_is_longer_than_its_column_whoever_wrote_it():
    fields = {"t": 1, "k": "view", **dict.fromkeys("ifuvyspamrql", "x" * 5000)}
    note = from_line(json.dumps(fields).encode())
    texts = [note.item, note.format, note.visitor, note.visitor_before, note.session, note.person]
    assert max(map(len, texts)) == 100
    assert (len(note.url), len(note.user_agent), len(note.words)) == (300, 512, 200)
    assert (len(note.method), len(note.via), len(note.language)) == (10, 10, 10)


@pytest.mark.parametrize(
    ("format_", "url", "code"),
    [
        ("docx", "/materials/a/files/1", "document"),
        ("ogg", "/materials/a/files/1", "audio"),
        ("ogv", "/materials/a/files/1", "video"),
        ("zip", "/materials/a/files/1", "archive"),
        ("zip", "/materials/a", "zip"),
        ("", "/materials/a", ""),
        ("document", "/materials/a/files/1", "document"),
        ("archive", "/materials/a/files/1", "archive"),
        ("8-track", "/materials/a/files/1", "other"),
    ],
)
def test_a_line_that_names_a_file_ending_is_read_as_the_code_of_its_format(format_, url, code):
    line = to_line(Event(at=1, kind="download", item="a", format=format_, url=url))
    assert from_line(line).format == code


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_the_ending_of_every_type_that_is_taken_is_read_as_its_code(media_type):
    ending = MEDIA_TYPES[media_type].endings[0]
    line = to_line(Event(at=1, kind="read", item="a", format=ending, url="/materials/a/files/1"))
    assert from_line(line).format == vocabularies().format_of(types_named(ending)[0])
