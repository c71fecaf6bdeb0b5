"""Light or dark, large type and high contrast: a choice without an account or a script."""

import re

import pytest
from flask.testing import FlaskClient

from oer.web.templates import STATIC


def test_pages_take_the_chosen_look_and_keep_it(client: FlaskClient) -> None:
    assert "data-contrast" not in client.get("/").text
    answer = client.get("/display?contrast=high&size=large&next=/subjects")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/subjects"
    page = client.get("/").text
    assert 'data-contrast="high"' in page
    assert 'data-size="large"' in page


def test_one_choice_leaves_the_other(client: FlaskClient) -> None:
    client.get("/display?contrast=high")
    client.get("/display?size=large")
    page = client.get("/display").text
    assert 'data-contrast="high"' in page
    assert 'data-size="large"' in page
    client.get("/display?contrast=normal")
    assert "data-contrast" not in client.get("/display").text


@pytest.mark.parametrize(("scheme", "ground"), [("dark", "#11211d"), ("light", "#fbf5e6")])
def test_light_or_dark_is_kept_whatever_the_device_says(client: FlaskClient, scheme: str, ground: str) -> None:
    client.get(f"/display?scheme={scheme}")
    for address in ("/", "/en/help", "/nothing"):
        head = client.get(address).text.partition("<body")[0]
        assert f'data-scheme="{scheme}"' in head
        assert f'<meta name="theme-color" content="{ground}">' in head
        assert "prefers-color-scheme" not in head
    client.get("/display?scheme=device")
    assert "data-scheme" not in client.get("/").text


def test_a_cookie_of_before_still_counts(client: FlaskClient) -> None:
    client.set_cookie("oer_display", "high.large")
    client.get("/display?scheme=dark")
    root = client.get("/").text.partition("<head>")[0]
    assert all(each in root for each in ('data-contrast="high"', 'data-size="large"', 'data-scheme="dark"'))


def test_both_dark_sets_of_the_style_sheet_are_equal() -> None:
    style = (STATIC / "look.css").read_text()
    found = re.findall(r"@media screen[^{]*\{ :root([^{]*(?:data-scheme)[^{]*)\{\s*(--paper[^}]*)\}", style)
    assert len(found) == 4
    for contrast in (False, True):
        first, second = (" ".join(colours.split()) for roots, colours in found if ("contrast" in roots) == contrast)
        assert first == second


def test_the_choice_begins_no_session(client: FlaskClient) -> None:
    answer = client.get("/display?size=large")
    assert [cookie.split("=")[0] for cookie in answer.headers.getlist("Set-Cookie")] == ["oer_display"]


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_it_leads_nowhere_else(client: FlaskClient, target: str) -> None:
    answer = client.get("/display", query_string={"size": "large", "next": target})
    assert answer.headers["Location"] == "/display"
    assert 'name="next"' not in client.get("/display", query_string={"next": target}).text


@pytest.mark.parametrize("value", ["enormous", "", "high.large; Path=/", "<script>"])
def test_an_unknown_look_is_the_normal_one(client: FlaskClient, value: str) -> None:
    client.get("/display", query_string={"contrast": value, "size": value})
    assert "data-" not in client.get("/display").text.partition("<head>")[0]


def test_the_form_remembers_where_one_came_from_in_each_language(client: FlaskClient) -> None:
    page = client.get("/en/display?next=/en/subjects").text
    assert '<input type="hidden" name="next" value="/en/subjects">' in page
    assert 'action="/en/display"' in page
    assert 'href="/en/display?size=large&amp;next=/en/help"' in client.get("/en/help").text
