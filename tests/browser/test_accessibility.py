"""What axe finds on every page: nothing, in both languages, light and dark and in high contrast."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.browser.pages import Site

LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "high contrast": {"color_scheme": "light", "cookie": "high.large"},
}
WIDTHS = (320, 640)
# What is pressed, but for links in running text and what is hidden; boxes to tick count with their label.
SMALL = """() => [...document.querySelectorAll(
        'button, .button, nav a, .chips a, .tiles a, input:not([type=hidden]), select')]
    .filter((each) => each.offsetParent && !each.closest('.skip, .trail, .visually-hidden'))
    .map((each) => [each.outerHTML.slice(0, 90), each.getBoundingClientRect().height, each.type])
    .filter(([, height, type]) => height < (['checkbox', 'radio'].includes(type) ? 20 : 43.5))"""
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],  # to describe what is well, too, would take as long again
}


@pytest.mark.parametrize(("look", "language"), [("light", "vi"), ("dark", "en"), ("high contrast", "vi")])
def test_axe_finds_nothing_on_any_page(browser: Browser, site: Site, look: str, language: str) -> None:
    chosen = dict(LOOKS[look])
    cookie = chosen.pop("cookie", None)
    context = browser.new_context(viewport={"width": 360, "height": 780}, **chosen)
    if cookie:
        context.add_cookies([{"name": "oer_display", "value": cookie, "url": site.url}])
    page, axe, found = context.new_page(), Axe(), []
    for path in site.paths:
        page.goto(site.at(path, language))
        for violation in axe.run(page, options=RULES).response["violations"]:
            places = [node["html"][:160] for node in violation["nodes"][:3]]
            found.append(f"{path}: {violation['id']}: {violation['help']}: {places}")
    context.close()
    assert found == []


def test_no_page_scrolls_sideways_even_with_large_type(browser: Browser, site: Site) -> None:
    context = browser.new_context(viewport={"width": WIDTHS[0], "height": 640})
    context.add_cookies([{"name": "oer_display", "value": "normal.large", "url": site.url}])
    page, wide = context.new_page(), []
    for path in site.paths:
        page.goto(site.at(path))
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 640})
            over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if over > 0:
                wide.append((path, width, over))
    context.close()
    assert wide == []


def test_what_is_pressed_is_large_enough_for_a_thumb(browser: Browser, site: Site) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 780})
    page, small = context.new_page(), []
    for path in site.paths:
        page.goto(site.at(path))
        small += [(path, *each) for each in page.evaluate(SMALL)]
    context.close()
    assert small == []


def test_on_a_phone_the_bars_of_a_reader_take_little_and_the_sheet_begins_at_once(browser: Browser, site: Site) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 640})
    page, wrong = context.new_page(), []
    for path in site.readers:
        page.goto(site.at(path))
        bars = [page.locator(each).bounding_box() for each in (".reader-bar", ".turning") if page.locator(each).count()]
        heights = sum(each["height"] for each in bars if each)
        sheet = page.locator(".sheet, .player, .shown-picture, .empty, main .table, main p").first.bounding_box()
        if heights > 112 or not sheet or sheet["y"] > 80:
            wrong.append((path, heights, sheet))
    context.close()
    assert wrong == []
