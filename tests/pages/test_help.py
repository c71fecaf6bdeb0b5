"""Help and privacy, in both languages."""

import re

import pytest
from flask.testing import FlaskClient

PATHS = ["/help", "/help/educators", "/privacy"]


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
