"""The pages behind a sign-in: whatever a role can reach answers, suits screen readers, and fits a small phone."""

import os
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from oer.core.installation import Installation
from tests.browser.pages import Site
from tests.browser.test_accessibility import RULES
from tests.browser.test_pictures import ALL_PICTURES, LOOKS, WIDTHS
from tests.browser.workplaces import IN_SUITE, MOST_PAGES, ROLES, add_work, signed_in, walked

FEWEST = {"learner": 8, "educator": 15, "reviewer": 10, "reporter": 8, "admin": 25}


@pytest.fixture(scope="module", autouse=True)
def work(installation: Installation) -> None:
    add_work(installation)


@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_a_role_answers_suits_screen_readers_and_fits(
    browser: Browser, site: Site, role: str, request: pytest.FixtureRequest
) -> None:
    """The first dozen that links lead to, and with --long all of them."""
    most = MOST_PAGES if request.config.getoption("--long") else IN_SUITE
    context = signed_in(browser, site.url, role, viewport={"width": 320, "height": 640})
    page, axe, found, paths = context.new_page(), Axe(), [], []
    for path in walked(page, site.url, most):
        paths.append(path)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            found.append(f"{path}: {over} px too wide")
        for violation in axe.run(page, options=RULES).response["violations"]:
            places = [node["html"][:160] for node in violation["nodes"][:3]]
            found.append(f"{path}: {violation['id']}: {violation['help']}: {places}")
    context.close()
    assert not found, "\n".join(found)
    assert len(paths) >= min(FEWEST[role], most), paths


def test_the_places_of_an_administrator_take_one_row_of_a_phone(browser: Browser, site: Site) -> None:
    context = signed_in(browser, site.url, "admin", viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(site.at("/admin/units"))
    bar = page.locator("nav.work")
    assert (bar.bounding_box() or {})["height"] < 60
    assert bar.locator("a:visible").all_inner_texts() == ["Tất cả công việc", "Đơn vị"]
    page.set_viewport_size({"width": 1280, "height": 800})
    assert bar.locator("a:visible").count() > 10
    context.close()


@pytest.mark.skipif("OER_TEST_PICTURES" not in os.environ, reason="pictures are made by ./scripts/look")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("role", ROLES)
def test_every_page_of_a_role_has_its_picture(browser: Browser, site: Site, look: str, role: str) -> None:
    folder = Path(os.environ["OER_TEST_PICTURES"])
    folder.mkdir(parents=True, exist_ok=True)
    scheme, cookie = LOOKS[look]
    context = signed_in(browser, site.url, role, color_scheme=scheme)
    if cookie:
        context.add_cookies([{"name": "oer_display", "value": cookie, "url": site.url}])
    page, shown = context.new_page(), context.new_page()
    for path in walked(page, site.url):
        name = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")
        for language in ("vi", "en"):
            shown.goto(site.at(path, language))
            for width in WIDTHS:
                shown.set_viewport_size({"width": width, "height": 800})
                shown.evaluate(ALL_PICTURES)
                shown.screenshot(path=folder / f"{role}-{name}.{language}.{look}.{width}.png", full_page=True)
    context.close()
