"""Help and privacy, in both languages."""

import re

import pytest
from flask.testing import FlaskClient

from oer.core.i18n import catalogue_of

PATHS = ["/help", "/help/educators", "/privacy", "/about"]
NOT_LABELS = {"CC BY"}


@pytest.mark.parametrize("path", PATHS)
def test_each_text_is_there_in_both_languages(client: FlaskClient, path: str) -> None:
    vietnamese, english = client.get(path).text, client.get(f"/en{path}").text
    assert re.search("[ạếợữ]", vietnamese.partition("<main")[2])
    assert len(re.findall("<h2", vietnamese)) == len(re.findall("<h2", english)) > 2
    assert not re.search("[ạếợữ]", re.sub(r"“[^”]*”", "", english.partition("<main")[2].partition("</main>")[0]))


@pytest.mark.parametrize("path", PATHS)
def test_each_place_on_the_page_that_is_linked_is_there(client: FlaskClient, path: str) -> None:
    for page in (client.get(path).text, client.get(f"/en{path}").text):
        for name in re.findall(r'href="#([^"]+)"', page):
            assert f'id="{name}"' in page


@pytest.mark.parametrize("path", ["/help", "/help/educators", "/about"])
def test_what_is_to_be_pressed_is_called_as_it_is(client: FlaskClient, path: str) -> None:
    """What stands out and begins with a capital, but is no sentence, is the label of something on a page."""
    translated = catalogue_of("vi")
    shown = {"": set(translated.values()), "/en": {each.rpartition("\4")[2] for each in translated}}
    for prefix, texts in shown.items():
        labels = texts | {each.partition(", %")[0] for each in texts}  # with a size behind it
        text = client.get(f"{prefix}{path}").text.partition("<main")[2].partition("</main>")[0]
        named = {each for each in re.findall(r"<b>([^<]+)</b>", text) if each[0].isupper() and each[-1] not in ".?"}
        assert named - NOT_LABELS <= labels, named - NOT_LABELS - labels
