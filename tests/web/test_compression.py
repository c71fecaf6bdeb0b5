"""What travels compressed, and what must not."""

import gzip

import brotli
import pytest
from flask import Flask, Response, session

from oer.web import compression
from oer.web.compression import FOR_MANY_ANSWERS, FOR_ONE_ANSWER, accepted_encoding, zstd
from oer.web.forms import _csrf_field
from oer.web.templates import asset

ALL = {"Accept-Encoding": "gzip, deflate, br, zstd"}
DECOMPRESS = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstd.decompress}


@pytest.fixture
def pages(app: Flask) -> Flask:
    app.add_url_rule("/long", "long", lambda: "thủy lợi nội đồng " * 100)
    app.add_url_rule("/short", "short", lambda: "thủy lợi")
    app.add_url_rule("/form", "form", lambda: "x" * 2000 + _csrf_field())
    app.add_url_rule("/bytes", "bytes", lambda: Response(b"x" * 2000, mimetype="application/pdf"))
    app.add_url_rule("/begin", "begin", lambda: (session.update(known=1), "ok")[1])
    return app


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
def test_a_long_page_travels_compressed(pages: Flask, encoding: str) -> None:
    answer = pages.test_client().get("/long", headers={"Accept-Encoding": encoding})
    assert answer.headers["Content-Encoding"] == encoding
    assert DECOMPRESS[encoding](answer.data).decode() == "thủy lợi nội đồng " * 100
    assert len(answer.data) < 200
    assert "Accept-Encoding" in answer.headers["Vary"]


@pytest.mark.parametrize(
    ("accepted", "for_one", "for_many"),
    [
        ("gzip, deflate, br, zstd", "zstd", "br"),
        ("gzip, deflate, br", "br", "br"),
        ("GZIP", "gzip", "gzip"),
        ("*", "zstd", "br"),
        ("br;q=0, *", "zstd", "zstd"),
        ("gzip;q=0.5, br;q=0, zstd;q=0", "gzip", "gzip"),
        ("deflate", None, None),
        ("identity", None, None),
        ("gzip;q=0", None, None),
        ("", None, None),
        (";;,=,q", None, None),
    ],
)
def test_only_what_the_browser_accepts_is_used(accepted: str, for_one: str | None, for_many: str | None) -> None:
    assert accepted_encoding(accepted, FOR_ONE_ANSWER) == for_one
    assert accepted_encoding(accepted, FOR_MANY_ANSWERS) == for_many


def test_whoever_does_not_ask_for_it_gets_it_plain(pages: Flask) -> None:
    answer = pages.test_client().get("/long")
    assert "Content-Encoding" not in answer.headers
    assert answer.text == "thủy lợi nội đồng " * 100


@pytest.mark.parametrize("path", ["/short", "/form", "/bytes"])
def test_short_answers_tokens_and_files_are_left_as_they_are(pages: Flask, path: str) -> None:
    assert "Content-Encoding" not in pages.test_client().get(path, headers=ALL).headers


def test_pages_of_somebody_known_are_left_as_they_are(pages: Flask) -> None:
    client = pages.test_client()
    client.get("/begin")
    assert "Content-Encoding" not in client.get("/long", headers=ALL).headers


def test_styles_travel_compressed_and_can_be_asked_for_again(app: Flask) -> None:
    with app.test_request_context("/"):
        address = asset("look.css")
    client = app.test_client()
    with client.get(address, headers=ALL) as answer, client.get(address) as plain:
        assert answer.headers["Content-Encoding"] == "br"
        assert brotli.decompress(answer.data) == plain.data
        etag = answer.headers["ETag"]
    with client.get(address, headers={**ALL, "If-None-Match": etag}) as again:
        assert again.status_code == 304


def test_a_style_is_compressed_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.test_request_context("/"):
        address = asset("look.css")
    client = app.test_client()
    with client.get(address, headers=ALL) as first:
        monkeypatch.setattr(compression, "compress", lambda *_given, **_options: pytest.fail("compressed again"))
        with client.get(address, headers=ALL) as second:
            assert second.data == first.data
