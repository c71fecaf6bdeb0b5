"""Templates are compiled for each language."""

import pytest
from flask import Flask, render_template, url_for
from jinja2 import ChoiceLoader, DictLoader

from oer.web.context import set_language
from oer.web.templates import address_of

PAGES = {
    "macros.html": '{% macro words() %}{{ _("Search") }}{% endmacro %}',
    "base.html.test": '{% block main %}{% endblock %} {{ _("Help") }}',
    "page.html": '{% extends "base.html.test" %}{% from "macros.html" import words %}'
    '{% block main %}{{ words() }} {{ language() }} {{ _("about %(time)s", time="<i>") }}{% endblock %}',
    "contexts.html": '{{ pgettext("file format", "Table") }} {{ pgettext(format, "Table") }} {{ _("Table") }}',
    "rows.html": "{% macro row(each) %}{{ ask(each.name) }} {{ each.name }} {{ language() }}{% endmacro %}",
    "kept.html": '{% from "rows.html" import row %}{{ kept(row, each) }}',
    "hostile.html": '{{ _("<b>100%%</b>") }} {{ _(given) }} {{ _("Search") | upper }}',
}


@pytest.fixture
def templates(app: Flask) -> Flask:
    app.jinja_env.loader = ChoiceLoader([DictLoader(PAGES), app.jinja_env.loader])  # type: ignore[list-item]
    return app


@pytest.mark.parametrize(
    ("code", "shown"),
    [("vi", "Tìm vi khoảng &lt;i&gt; Trợ giúp"), ("en", "Search en about &lt;i&gt; Help")],
)
def test_a_page_its_macros_and_its_frame_speak_one_language(templates: Flask, code: str, shown: str) -> None:
    for _ in range(2):
        with templates.test_request_context():
            set_language(code)
            assert render_template("page.html") == shown


def test_two_languages_do_not_get_in_each_others_way(templates: Flask) -> None:
    with templates.test_request_context():
        pages = []
        for code in ("vi", "en", "vi", "en"):
            set_language(code)
            pages.append(render_template("page.html"))
    assert pages[0] == pages[2] != pages[1] == pages[3]


def test_fixed_words_are_what_words_with_values_are(templates: Flask) -> None:
    with templates.test_request_context():
        set_language("en")
        assert render_template("hostile.html", given="<u>100%%</u>") == "<b>100%</b> <u>100%</u> SEARCH"


def test_a_word_with_a_context_is_the_one_of_that_context(templates: Flask) -> None:
    with templates.test_request_context():
        set_language("vi")
        assert render_template("contexts.html", format="file format") == "Bảng tính Bảng tính Bảng"
        set_language("en")
        assert render_template("contexts.html", format="file format") == "Table Table Table"


def test_a_part_of_a_page_is_rendered_once_for_as_long_as_it_shows_the_same(templates: Flask) -> None:
    asked: list[str] = []
    templates.jinja_env.globals["ask"] = asked.append

    def shown(name: str, code: str = "vi", root: str = "") -> str:
        with templates.test_request_context(environ_overrides={"SCRIPT_NAME": root}):
            set_language(code)
            return render_template("kept.html", each={"name": name})

    assert shown("<b>") == "None &lt;b&gt; vi" == shown("<b>")
    assert asked == ["<b>"]
    assert shown("<i>") == "None &lt;i&gt; vi"
    assert shown("<b>", "en", "/en") == "None &lt;b&gt; en"
    assert shown("<b>", root="/library") == "None &lt;b&gt; vi"  # its addresses begin with something else
    assert asked == ["<b>", "<i>", "<b>", "<b>"]


@pytest.mark.parametrize("values", [{"version": None}, {"version": 2}, {}])
def test_an_address_is_the_one_that_flask_builds(app: Flask, values: dict[str, int | None]) -> None:
    for root in ("", "/en", ""):
        with app.test_request_context(environ_overrides={"SCRIPT_NAME": root}):
            built = [address_of("reading.read", public_id="ab", number=1, **values) for _ in range(2)]
            assert built == [url_for("reading.read", public_id="ab", number=1, **values)] * 2


def test_an_address_with_its_host_is_that_of_this_request(app: Flask) -> None:
    hosts = ("http://localhost", "http://127.0.0.1")
    found = []
    for host in hosts:
        with app.test_request_context(base_url=host):
            found.append(address_of("pages.home", _external=True))
    assert found == [f"{host}/" for host in hosts]
