"""What a reader that was taken over writes is not believed: whatever it writes, extraction ends in a state."""

import base64
import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oer.backends.extraction import extracting
from oer.backends.extraction import media_types as types
from oer.backends.extraction.extracting import NotRendered, extract, render_page
from oer.backends.extraction.isolation import Outcome
from oer.backends.extraction.protocol import Extraction, Facts, Limits, State

PAGE = {"page": {"number": 1, "label": "", "text": "chữ", "html": ""}}
END = {"facts": {}, "needs_ocr": [], "state": "ok", "detail": ""}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def written(monkeypatch, *messages):
    lines = b"".join(each if isinstance(each, bytes) else json.dumps(each).encode() + b"\n" for each in messages)
    monkeypatch.setattr(extracting, "run_reader", lambda *_, **__: Outcome(lines, "", 0))


def read(tmp_path, **limits) -> Extraction:
    return extract(tmp_path / "a.pdf", types.PDF, Limits(**limits))


def test_what_our_readers_write_is_taken(tmp_path, monkeypatch):
    picture = b"RIFF\x04\0\0\0WEBPVP8 "
    facts = {"title": "Sổ tay", "pages": 1, "outline": [{"title": "Một", "level": 1, "page": 1}], "language": "vi"}
    written(monkeypatch, {"cover": base64.b64encode(picture).decode()}, PAGE, {**END, "facts": facts})
    found = read(tmp_path)
    assert (found.state, found.cover, found.pages[0].text) == (State.OK, picture, "chữ")
    assert found.facts.as_json() == facts


@pytest.mark.parametrize(
    "message",
    [
        {"page": "x"},
        {"page": {**PAGE["page"], "number": 2}},
        {"page": {**PAGE["page"], "number": True}},
        {"page": {**PAGE["page"], "text": ["x"]}},
        {"page": {**PAGE["page"], "more": 1}},
        {"page": {"number": 1}},
        {"cover": base64.b64encode(b"<script>").decode()},
        {"cover": "no base64"},
        {"ocr_text": {"number": "1", "text": ""}},
        {**END, "state": "splendid"},
        {**END, "needs_ocr": [10**9]},
        {**END, "facts": {"secret": 1}},
        {**END, "facts": {"title": 1}},
        {**END, "facts": {"pages": 10**30}},
        {**END, "facts": {"language": "<b>"}},
        {**END, "facts": {"outline": [{"title": "x"}]}},
        {**END, "facts": {"members": [{"name": "a\0b", "size": 1}]}},
        b'{"facts": {"duration": NaN}, "needs_ocr": [], "state": "ok", "detail": ""}\n',
        b"[" * 100_000 + b"]" * 100_000 + b"\n",
        b'"page"\n',
    ],
)
def test_what_no_reader_writes_makes_the_whole_a_failure(tmp_path, monkeypatch, message, caplog):
    written(monkeypatch, b"" if isinstance(message, dict) and "page" in message else PAGE, message, END)
    found = read(tmp_path)
    assert (found.state, found.pages, found.cover, found.facts) == (State.FAILED, [], None, Facts())
    assert "taken over" in caplog.text


def test_a_reader_that_writes_more_than_it_may_has_failed(tmp_path, monkeypatch):
    written(monkeypatch, PAGE, END)
    assert read(tmp_path, text_characters=2).state is State.FAILED
    assert read(tmp_path, pages=0).state is State.FAILED
    written(monkeypatch, {"page": {**PAGE["page"], "html": "<p>chữ</p>"}}, END)
    assert read(tmp_path, html_characters=2).state is State.FAILED


def test_characters_that_a_database_refuses_are_left_out(tmp_path, monkeypatch):
    page = {**PAGE["page"], "text": "a\0b\ud800c", "html": "<p>\0\udfff</p>", "label": "\0" * 999 + "I"}
    written(monkeypatch, {"page": page}, {**END, "facts": {"title": "\0x\ud800"}, "detail": "\ud800"})
    found = read(tmp_path)
    assert (found.pages[0].text, found.pages[0].html, found.pages[0].label) == ("abc", "<p></p>", "I")
    assert json.dumps(asdict(found.facts), ensure_ascii=False).encode()
    assert (found.facts.title, found.detail) == ("x", "")


def test_a_picture_that_is_none_is_not_shown(tmp_path, monkeypatch):
    written(monkeypatch, {"cover": base64.b64encode(b"<svg onload='alert(1)'>").decode()}, END)
    with pytest.raises(NotRendered):
        render_page(tmp_path / "a.pdf", 1, 800)


@given(
    st.lists(
        st.fixed_dictionaries({}, optional=dict.fromkeys(("page", "cover", "ocr_text", "facts", "needs_ocr"), JSON))
        | st.fixed_dictionaries({"state": JSON, "facts": JSON, "needs_ocr": JSON, "detail": JSON}),
        max_size=3,
    )
)
def test_whatever_is_written_extraction_ends_in_a_state(messages):
    output = b"".join(json.dumps(each).encode() + b"\n" for each in messages)
    found = extracting._ReaderOutput(Outcome(output, "", 0), Limits()).extraction
    assert found.state in State
