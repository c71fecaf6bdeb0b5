"""Pages of figures, of demand and of what one keeps, with figures on them, in a real browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from oer.accounts.models import Role
from oer.core.clock import now
from oer.core.installation import Installation
from oer.learning.services.searches import save_search
from oer.statistics.services.wanted import record_need
from oer.usage.services.nightly import count_due_days
from tests.accounts.factories import PASSWORD, make_account
from tests.browser.following import follow
from tests.browser.pages import Site
from tests.browser.test_accessibility import RULES
from tests.catalogue.factories import make_educator
from tests.usage.factories import a_note, city_noon, spooled

ADMIN = ("/admin/statistics", "/admin/statistics/demand", "/admin/statistics/people", "/admin/statistics/counter")
EDUCATOR = ("/my/wanted", "/my/statistics", "/my/searches", "/my/searches/new?q=an+toan", "/account/privacy")
WIDTHS = (320, 1280)


@pytest.fixture(scope="module")
def people(installation: Installation, site: Site) -> dict[str, str]:
    """Somebody who administers and somebody who teaches, after a few weeks of use."""
    item = site.material.rsplit("/", 1)[1]
    notes = []
    for day in range(1, 20):
        moment = city_noon(day)
        for number in range(6):
            who = {"visitor": f"v{number}", "moment": moment, "seconds": 60 * number}
            notes += [a_note("view", item, **who), a_note("read", item, **who)]
            notes.append(a_note("search", words="làm bánh", hits=0, **who))
    spooled(installation, notes)
    count_due_days(installation.database, now())
    with installation.database.transaction() as session:
        admin, educator = make_account(session, Role.ADMIN), make_educator(session)
        record_need(session, "làm bánh", "cho người mới")
        save_search(session, educator, {"q": ["an toàn"]}, "An toàn")
        return {"admin": admin.email, "educator": educator.email}


def sign_in(page: Page, site: Site, email: str) -> None:
    page.goto(site.at("/sign-in"))
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("main form button")


@pytest.mark.parametrize(("who", "paths"), [("admin", (*ADMIN, "/statistics")), ("educator", EDUCATOR)])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    browser: Browser, site: Site, people: dict[str, str], who: str, paths: tuple[str, ...]
) -> None:
    context = browser.new_context(viewport={"width": WIDTHS[0], "height": 780})
    page, axe, found = context.new_page(), Axe(), []
    sign_in(page, site, people[who])
    for path in paths:
        page.goto(site.at(path))
        for violation in axe.run(page, options=RULES).response["violations"]:
            found.append((path, violation["id"], [node["html"][:160] for node in violation["nodes"][:3]]))
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 780})
            over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if over > 0:
                found.append((path, width, over))
    context.close()
    assert found == []


def test_from_the_chart_by_keyboard_to_its_table_and_its_file(
    browser: Browser, site: Site, people: dict[str, str]
) -> None:
    context = browser.new_context(accept_downloads=True)
    page = context.new_page()
    sign_in(page, site, people["admin"])
    page.goto(site.at("/admin/statistics", "en"))
    page.get_by_role("link", name="As a table").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**#table-over-time")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Figures by day as CSV").press("Enter")
    assert waiting.value.suggested_filename.startswith("over-time-")
    context.close()


def test_what_is_not_found_is_said_to_be_needed_without_a_script(browser: Browser, site: Site) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.at("/search?q=khongcogicaqxyz", "en"))
    follow(page, page.get_by_role("link", name="Tell us that you need this"))
    assert page.input_value("#words") == "khongcogicaqxyz"
    page.fill("#words", "ghép cành")
    page.get_by_role("button", name="Send").click()
    page.get_by_role("heading", name="Thank you").wait_for()
    context.close()
