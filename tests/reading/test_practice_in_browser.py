"""Practising on the narrowest phone, by an engine that finds barriers."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from oer.learning.self_checks import EXAMPLE
from tests.accounts.serving import served
from tests.browser.following import follow
from tests.reading.test_practice import published_with

pytestmark = pytest.mark.browser
ANSWERS = ["#a2", "#a0", "2,7", "Sài Gòn", None, None]


def test_a_round_fits_320_px_has_no_barriers_and_targets_for_a_thumb(session, app, chromium):
    public_id = published_with(session, EXAMPLE["vi"])
    with served(app) as port:
        page = chromium.new_page(viewport={"width": 320, "height": 640})
        page.goto(f"http://127.0.0.1:{port}/materials/{public_id}/practice")
        for answer in ANSWERS:
            _check(page)
            if answer is None:
                follow(page, page.locator("button[name=skip]"))
            else:
                page.check(answer) if answer.startswith("#") else page.fill("#a", answer)
                follow(page, page.locator("button[name=answer]"))
            _check(page)
            follow(page, page.locator("button.on"))
        assert page.locator("h1").inner_text() == "Xong 6 câu"
        _check(page)
        page.close()


def _check(page):
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    found = Axe().run(page)
    assert not found.response["violations"], found.generate_report()
    targets = page.locator("#main :is(button, select, .pick, .turn, input[type=text])")
    heights = [target.bounding_box()["height"] for target in targets.all()]
    assert heights
    assert min(heights) >= 44
