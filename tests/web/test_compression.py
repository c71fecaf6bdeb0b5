"""What travels compressed, and what must not."""

import gzip

import pytest
from flask import Flask, Response, session

from oer.web.forms import _csrf_field
from oer.web.templates import asset

GZIP = {"Accept-Encoding": "gzip, br"}


@pytest.fixture
def pages(app: Flask) -> Flask:
    app.add_url_rule("/long", "long", lambda: "thủy lợi nội đồng " * 100)
    app.add_url_rule("/short", "short", lambda: "thủy lợi")
    app.add_url_rule("/form", "form", lambda: "x" * 2000 + _csrf_field())
    app.add_url_rule("/bytes", "bytes", lambda: Response(b"x" * 2000, mimetype="application/pdf"))
    app.add_url_rule("/begin", "begin", lambda: (session.update(known=1), "ok")[1])
    return app


def test_a_long_page_travels_compressed(pages: Flask) -> None:
    answer = pages.test_client().get("/long", headers=GZIP)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data).decode() == "thủy lợi nội đồng " * 100
    assert "Accept-Encoding" in answer.headers["Vary"]


def test_whoever_does_not_ask_for_it_gets_it_plain(pages: Flask) -> None:
    answer = pages.test_client().get("/long")
    assert "Content-Encoding" not in answer.headers
    assert answer.text == "thủy lợi nội đồng " * 100


@pytest.mark.parametrize("path", ["/short", "/form", "/bytes"])
def test_short_answers_tokens_and_files_are_left_as_they_are(pages: Flask, path: str) -> None:
    assert "Content-Encoding" not in pages.test_client().get(path, headers=GZIP).headers


def test_pages_of_somebody_known_are_left_as_they_are(pages: Flask) -> None:
    client = pages.test_client()
    client.get("/begin")
    assert "Content-Encoding" not in client.get("/long", headers=GZIP).headers


def test_styles_travel_compressed_and_can_be_asked_for_again(app: Flask) -> None:
    with app.test_request_context("/"):
        address = asset("look.css")
    client = app.test_client()
    with client.get(address, headers=GZIP) as answer, client.get(address) as plain:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(answer.data) == plain.data
        etag = answer.headers["ETag"]
    with client.get(address, headers={**GZIP, "If-None-Match": etag}) as again:
        assert again.status_code == 304
