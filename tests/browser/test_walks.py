"""Walks through the site: by keyboard alone, without scripts, and what each page weighs."""

import gzip
import io
import re
import zipfile

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response

from tests.browser.following import follow
from tests.browser.pages import Site

OUTLINE = """() => {
    const shown = [getComputedStyle(document.activeElement), getComputedStyle(document.activeElement, '::after')];
    return Math.max(...shown.map((each) => each.outlineStyle === 'none' ? 0 : parseFloat(each.outlineWidth)));
}"""
MOST_PAGE_BYTES, MOST_HOME_BYTES, MOST_SCRIPT_BYTES = 100_000, 60_000, 30_000


def tab_to(page: Page, selector: str, most: int = 80) -> None:
    """Press Tab until what `selector` names has the focus, and see that the focus shows."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            width = page.evaluate(OUTLINE)
            assert width >= 2
            return
    raise AssertionError(f"the keyboard does not reach {selector}")


def test_search_read_and_download_by_keyboard_alone(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.goto(site.url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.wait_for_url("**#*")
    tab_to(page, "input[type=search]")
    page.keyboard.type("ky nang so")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?*")
    tab_to(page, ".hits .name a", most=120)
    page.keyboard.press("Enter")
    page.wait_for_url("**/materials/**")
    tab_to(page, ".opening-acts a.button")
    page.keyboard.press("Enter")
    page.wait_for_url("**/read*")
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**page=2*")
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile(r"/read(?!.*page=2)"))
    tab_to(page, ".about-this a[href*=download]", most=120)
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    assert waiting.value.suggested_filename


def test_search_read_and_download_without_scripts(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 780})
    page = context.new_page()
    page.goto(site.url)
    page.fill("main input[type=search]", "ky nang so")
    follow(page, "main form[role=search] button")
    follow(page, ".hits .name a")
    address = page.url
    follow(page, ".opening-acts a.button")
    follow(page, ".turning a[rel=next]:visible")
    assert "page=2" in page.url
    page.click("summary:has-text('Chữ và nền')")
    page.click("label:has-text('Rất lớn')")
    follow(page, "button:has-text('Dùng cách hiển thị này')")
    assert "page=2" in page.url
    assert page.locator(".size-xl").count() == 1
    page.goto(f"{address}")
    answer = context.request.get(f"{address.partition('?')[0]}/download")
    assert zipfile.ZipFile(io.BytesIO(answer.body())).testzip() is None
    follow(page, "footer >> text=Chữ lớn")
    assert page.get_attribute("html", "data-size") == "large"
    context.close()


def test_what_one_can_do_after_a_material_stays_ticked_in_this_browser(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    for path in site.materials:
        page.goto(site.at(path))
        if page.locator("[data-ticks]").count():
            break
    words = page.locator("[data-ticks] li").all_inner_texts()
    page.get_by_label(words[-1].strip()).check()
    page.reload()
    boxes = page.locator("[data-ticks] input")
    assert [each.is_checked() for each in boxes.all()] == [False] * (len(words) - 1) + [True]
    boxes.last.uncheck()
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('ticks-'))") == []


def test_large_type_and_contrast_stay_chosen(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.goto(site.at("/subjects"))
    follow(page, "footer >> text=Tương phản cao")
    assert page.url.endswith("/subjects")
    assert page.get_attribute("html", "data-contrast") == "high"
    page.goto(site.at("/help", "en"))
    assert page.get_attribute("html", "data-contrast") == "high"
    follow(page, "footer >> text=Normal contrast")
    assert page.get_attribute("html", "data-contrast") is None


def _complains(said: ConsoleMessage) -> bool:
    # A slide whose picture is still to be drawn answers 503, and the page's script asks again.
    drawn_later = "503" in said.text and "/pages/" in said.location["url"]
    return said.type == "error" and "404" not in said.text and not drawn_later


def test_no_page_asks_another_host_or_complains(context: BrowserContext, site: Site) -> None:
    page, elsewhere, complaints = context.new_page(), [], []
    page.on("request", lambda request: elsewhere.append(request.url) if not request.url.startswith(site.url) else None)
    page.on("console", lambda said: complaints.append((page.url, said.text)) if _complains(said) else None)
    for path in site.paths:
        page.goto(site.at(path), wait_until="load")
    assert [url for url in elsewhere if not url.startswith("data:")] == []
    assert complaints == []


def test_every_first_visit_is_light(context: BrowserContext, site: Site) -> None:
    heavy = []
    for path in site.paths:
        page, answers = first_visit(context, site.at(path))
        weights = {answer.url: weight_of(answer) for answer in answers if answer.request.resource_type != "image"}
        weights = {url: size for url, size in weights.items() if not url.endswith("/play")}
        assert any(".css" in url for url in weights), (path, "came from the cache")
        scripts = sum(size for url, size in weights.items() if ".js" in url)
        if sum(weights.values()) > MOST_PAGE_BYTES or scripts > MOST_SCRIPT_BYTES:
            heavy.append((path, weights))
        page.close()
    assert heavy == []


def test_a_search_page_is_light_with_all_its_pictures(context: BrowserContext, site: Site) -> None:
    page, answers = first_visit(context, site.at("/search?q=hoc"))
    for cover in page.locator("img.cover").all():
        cover.scroll_into_view_if_needed()
        cover.evaluate("(shown) => shown.decode()")
    assert sum("cover.webp" in answer.url for answer in answers) > 5
    assert sum(weight_of(answer) for answer in answers) < MOST_PAGE_BYTES


def test_home_is_light_with_everything_and_shows_the_day_within_two_screens_of_a_phone(
    browser: Browser, site: Site
) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 640})
    page, answers = first_visit(context, site.at("/"))
    for picture in page.locator("main img:visible").all():
        picture.scroll_into_view_if_needed()
        picture.evaluate("(shown) => shown.decode()")
    assert sum(weight_of(answer) for answer in answers) < MOST_HOME_BYTES, {a.url: weight_of(a) for a in answers}
    places = {part: page.locator(part).bounding_box() for part in (".ask", ".time", "#week", ".minutes h2")}
    assert {part: box for part, box in places.items() if box is None or box["y"] + box["height"] > 2 * 640} == {}
    context.close()


def first_visit(context: BrowserContext, url: str) -> tuple[Page, list[Response]]:
    """Open a page as somebody who was never here; return it with the answers that it gets, now and later."""
    page, answers = context.new_page(), []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 (Playwright marks its handlers)
    context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.goto(url, wait_until="load")
    return page, answers


def weight_of(answer: Response) -> int:
    """Return how many bytes an answer has in transit. We get it decompressed; gzip is the weakest way to send it."""
    body = answer.body() if answer.ok else b""
    return len(gzip.compress(body, 6)) if answer.headers.get("content-encoding") else len(body)


def test_a_phone_shows_a_material_at_a_glance_without_scrolling(browser: Browser, site: Site) -> None:
    """On the smallest screens that are still about: what it is, how to open it, download with its size, how long."""
    context = browser.new_context(viewport={"width": 360, "height": 640})
    page, below = context.new_page(), []
    for path in site.materials:
        page.goto(site.at(path))
        for part in (".opening-cover", ".kicker", "h1", ".actions", ".tools", ".brief dd"):
            box = page.locator(part).first.bounding_box()
            if box is None or box["y"] + box["height"] > 640:
                below.append((path, part, box))
    context.close()
    assert below == []
