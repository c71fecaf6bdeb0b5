import re

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from oer.web.context import language, set_language
from oer.web.languages import address_in


@pytest.fixture
def speaking(app: Flask) -> FlaskClient:
    app.add_url_rule("/here", "here", lambda: f"{url_for('here')} {address_in('vi')} {address_in('en')}")
    return app.test_client()


def test_an_address_keeps_its_language(speaking: FlaskClient) -> None:
    assert speaking.get("/here?a=b").text == "/here /here?a=b /en/here?a=b"
    assert speaking.get("/en/here").text == "/en/here /here /en/here"


@pytest.mark.parametrize("path", ["/\\evil.example", "//evil.example", "/\\/evil.example", "/\t/evil", '/"><b>'])
def test_a_link_to_the_other_language_stays_on_this_site(app: Flask, client: FlaskClient, path: str) -> None:
    page = client.get("/", environ_overrides={"PATH_INFO": f"/en{path}"})
    assert page.status_code == 404
    links = re.findall(r'href="([^"]*)"', page.text)
    assert any("evil" in link or "%3Cb%3E" in link for link in links)
    assert not [link for link in links if link.startswith("//") or "\\" in link or "\t" in link or "<" in link]


def test_an_address_with_foreign_letters_is_written_in_quotes(speaking: FlaskClient) -> None:
    assert "/en/here?q=%22th%E1%BB%A7y%22" in speaking.get('/here?q="thủy"').text


def test_a_language_is_over_with_its_request(speaking: FlaskClient) -> None:
    speaking.get("/en/here")
    assert language() == "vi"


def test_a_language_alone_leads_to_its_home(client: FlaskClient) -> None:
    answer = client.get("/en")
    assert (answer.status_code, answer.location) == (308, "/en/")


@pytest.mark.parametrize("address", ["/vi/here", "/english/here"])
def test_nothing_else_is_a_language(speaking: FlaskClient, address: str) -> None:
    assert speaking.get(address).status_code in {308, 404}


@pytest.mark.parametrize(
    ("code", "written"),
    [("vi", ["1.204", "71,28", "2 MB", "999 B"]), ("en", ["1,204", "71.28", "2 MB", "999 B"])],
)
def test_numbers_and_sizes_are_written_as_the_language_wants(app: Flask, code: str, written: list[str]) -> None:
    number, size = app.jinja_env.filters["number"], app.jinja_env.filters["size"]
    with app.test_request_context():
        set_language(code)
        assert [number(1204), number(71.28, 2), size(2_140_000), size(999)] == written
