"""Suggestions by keyboard, as the WAI-ARIA pattern of a combobox has it; without the script the box is a form."""

import re

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.pages import Site


def typed(page: Page, text: str) -> None:
    page.get_by_role("combobox").press_sequentially(text, delay=20)
    expect(page.get_by_role("listbox")).to_be_visible()
    expect(page.get_by_role("listbox")).to_have_attribute("data-query", text.strip())  # not those of its beginning


def test_suggestions_are_walked_through_by_keyboard(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.goto(site.at("/"))
    box = page.get_by_role("combobox")
    expect(box).to_have_attribute("aria-expanded", "false")
    typed(page, "dien tr")
    expect(box).to_have_attribute("aria-expanded", "true")
    options = page.get_by_role("option")
    first, count = options.first, options.count()
    expect(page.get_by_role("status")).to_have_text(re.compile(rf"^{count} "))
    page.keyboard.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", first.get_attribute("id") or "")
    expect(box).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.locator('[role=option][aria-selected="true"]')).to_have_count(0)
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(box).to_have_value("dien tr")


def test_enter_opens_the_suggestion_or_searches_for_the_text(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.goto(site.at("/"))
    typed(page, "dien trong nha")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/materials/[\w-]+$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Điện trong nhà")
    page.goto(site.at("/"))
    typed(page, "dien trong")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search\?q=dien\+trong$"))
    expect(page.locator(".hits mark").first).to_have_text(re.compile("Điện trong", re.IGNORECASE))


def test_a_suggestion_is_chosen_by_pointer(context: BrowserContext, site: Site) -> None:
    page = context.new_page()
    page.goto(site.at("/search"))
    typed(page, "bep nha")
    page.get_by_role("option").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Bếp nhà")


def test_without_the_script_the_box_and_the_filters_are_forms(browser, site: Site) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(site.at("/"))
        page.locator("form.ask input[type=search]").fill("an toan")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"q=an\+toan"))
        before = page.locator(".hits > li").count()
        if not page.locator(".facets button").is_visible():
            page.locator(".facets summary").first.click()
        page.locator(".facets input[type=checkbox]").first.check()
        page.locator(".facets button").click()
        expect(page.locator(".chips li").first).to_be_visible()
        assert 0 < page.locator(".hits > li").count() <= before
        page.locator(".chips a").first.click()
        expect(page.locator(".hits > li")).to_have_count(before)
