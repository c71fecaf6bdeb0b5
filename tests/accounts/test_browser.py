"""The pages of accounts in a real browser: by keyboard alone, without scripts, by screen reader, on a small phone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from oer.accounts.models import Role
from oer.accounts.services.administration import request_educator_role
from tests.accounts.factories import PASSWORD, make_account, make_unit
from tests.accounts.serving import served
from tests.browser.following import follow

PAGES = [
    "/sign-in", "/register", "/reset", "/account", "/account/profile", "/account/email", "/account/password",
    "/account/privacy", "/account/delete", "/account/educator", "/admin/accounts", "/admin/accounts/1", "/admin/units",
    "/admin/units/new", "/admin/role-requests",
]  # fmt: skip

pytestmark = pytest.mark.browser


@pytest.fixture
def site(app):
    with served(app) as port:
        yield f"http://127.0.0.1:{port}"


def sign_in(page, site, email):
    page.goto(f"{site}/sign-in")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"{site}/account")


def test_one_registers_confirms_and_signs_in_by_keyboard_alone_and_without_scripts(site, chromium, posted):
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(f"{site}/register")
    page.focus("#name")
    for typed in ("Nguyễn Thị Lan", "lan@example.com", PASSWORD):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.keyboard.press("Space")  # 16 or older
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # past the link to the privacy page
    page.keyboard.press("Space")  # agreed
    page.keyboard.press("Enter")
    page.wait_for_selector("text=lan@example.com")
    [mail] = posted()
    page.goto(site + mail[2]["path"])
    page.focus("main button")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/sign-in")
    assert page.locator("[role=status]").inner_text()
    sign_in(page, site, "lan@example.com")
    assert "Nguyễn Thị Lan" in page.inner_text("main")


def test_every_page_suits_screen_readers_and_the_smallest_phone(site, chromium, installation):
    with installation.database.transaction() as session:
        unit = make_unit(session)
        admin = make_account(session, Role.ADMIN, Role.EDUCATOR, unit=unit)
        request_educator_role(session, make_account(session), unit, "Tôi dạy ở đây.")
        email = admin.email
    page = chromium.new_page(viewport={"width": 320, "height": 640})
    faults = {}
    for path in PAGES:
        if path == "/account":
            sign_in(page, site, email)
        page.goto(site + path)
        violations = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
        found = [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in violations]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append("scrolls sideways")
        small = page.eval_on_selector_all(
            "main button, main a.button, main input:not([type=hidden], [type=checkbox], [type=radio]), main select",
            "all => all.filter(each => each.getBoundingClientRect().height < 44).map(each => each.outerHTML)",
        )
        faults[path] = found + small
    assert {path: found for path, found in faults.items() if found} == {}


def test_an_error_is_announced_with_links_to_its_fields(site, chromium):
    page = chromium.new_page()
    page.goto(f"{site}/en/register")
    follow(page, "main form button")
    assert page.title().startswith("Error")
    page.click("text=Enter an e-mail address like name@example.com. >> nth=0")
    expect(page.locator("#email")).to_be_focused()
    described = page.get_attribute("#email", "aria-describedby")
    assert "email-error" in described
    assert page.inner_text("#email-error").startswith("Enter an e-mail address")
