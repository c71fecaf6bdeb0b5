"""Templates are compiled for each language."""

import pytest
from flask import Flask, render_template
from jinja2 import ChoiceLoader, DictLoader

from oer.web.context import set_language

PAGES = {
    "macros.html": '{% macro words() %}{{ _("Search") }}{% endmacro %}',
    "base.html.test": '{% block main %}{% endblock %} {{ _("Help") }}',
    "page.html": '{% extends "base.html.test" %}{% from "macros.html" import words %}'
    '{% block main %}{{ words() }} {{ language() }} {{ _("about %(time)s", time="<i>") }}{% endblock %}',
    "contexts.html": '{{ pgettext("file format", "Table") }} {{ pgettext(format, "Table") }} {{ _("Table") }}',
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
