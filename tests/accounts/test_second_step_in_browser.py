"""The second step in a real browser: passkeys of a virtual authenticator, an app without scripts, keyboard, phone."""

from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe

from oer.accounts.models import Role
from oer.app import build_app
from tests.accounts.factories import PASSWORD, make_account
from tests.accounts.serving import served
from tests.browser.following import follow
from tests.serving import free_port

pytestmark = pytest.mark.browser


@pytest.fixture
def site(installation):
    """A site whose staff need a second step, at a name that browsers make passkeys for."""
    port = free_port()
    settings = replace(
        installation.settings, base_url=f"http://localhost:{port}", staff_second_factor="required", trusted_hosts="*"
    )
    with served(build_app(replace(installation, settings=settings)), port):
        yield settings.base_url


@pytest.fixture
def email(installation):
    with installation.database.transaction() as session:
        return make_account(session, Role.REVIEWER, name="Nguyễn Thị Lan").email


def with_device(page):
    """Give the browser a device that keeps passkeys and verifies who holds it."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    device = devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {**options, "isUserVerified": True, "automaticPresenceSimulation": True}},
    )["authenticatorId"]
    return devtools, device


def give_password(page, site, email, then):
    page.goto(f"{site}/sign-in?next=/review")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"{site}{then}")


def faults_of(page):
    """What a screen reader, a phone or a finger would stumble over."""
    violations = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    found = [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in violations]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append("scrolls sideways")
    return found + page.eval_on_selector_all(
        "main button, main a.button, main input:not([type=hidden])",
        "all => all.filter(each => 0 < each.getBoundingClientRect().height && each.getBoundingClientRect().height < 44)"
        ".map(each => each.outerHTML)",
    )


def test_staff_set_up_a_passkey_and_sign_in_by_it_as_second_step_and_alone(site, chromium, email):
    page = chromium.new_context().new_page()
    refused = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    devtools, device = with_device(page)
    give_password(page, site, email, "/account/second-step")
    follow(page, "main a[href$='/passkeys/new']")
    page.fill("#name", "Điện thoại của Lan")
    page.press("#name", "Enter")
    page.wait_for_selector(".codes")
    assert page.locator(".codes li").count() == 10
    page.click("main .actions a")
    page.wait_for_url(f"{site}/review")  # what was wanted at first
    page.goto(f"{site}/account")
    follow(page, "main form[action$='/sign-out'] button")
    page.wait_for_url(f"{site}/")
    give_password(page, site, email, "/sign-in/second-step")
    page.click("[data-passkey-there] button")
    page.wait_for_url(f"{site}/review")
    page.goto(f"{site}/account")
    follow(page, "main form[action$='/sign-out'] button")
    page.wait_for_url(f"{site}/")
    page.goto(f"{site}/sign-in?next=/account/second-step")
    page.click("[data-passkey-there] button")
    page.wait_for_url(f"{site}/account/second-step")
    assert "Điện thoại của Lan" in page.inner_text("main")
    assert len(devtools.send("WebAuthn.getCredentials", {"authenticatorId": device})["credentials"]) == 1
    assert not refused


def test_who_cancels_is_told_so_and_a_signature_that_is_not_right_signs_nobody_in(site, chromium, email):
    page = chromium.new_context().new_page()
    devtools, device = with_device(page)
    give_password(page, site, email, "/account/second-step")
    page.goto(f"{site}/en/account/second-step/passkeys/new")
    page.click("[data-passkey-there] button")
    page.wait_for_selector(".codes")
    page.goto(f"{site}/en/account")
    follow(page, "main form[action$='/sign-out'] button")
    give_password(page, site, email, "/sign-in/second-step")
    # Nobody can press "Cancel" in a dialog that a virtual device does not show.
    page.evaluate(
        "() => { navigator.credentials.get = async () => { throw new DOMException('', 'NotAllowedError'); } }"
    )
    page.click("[data-passkey-there] button")
    page.wait_for_selector("[data-passkey-error]", state="visible")
    assert page.locator("[data-passkey-there] button").is_enabled()
    page.reload()
    devtools.send("WebAuthn.setResponseOverrideBits", {"authenticatorId": device, "isBogusSignature": True})
    page.click("[data-passkey-there] button")
    page.wait_for_selector("#code-error")
    page.goto(f"{site}/account")
    page.wait_for_url(f"{site}/sign-in?next=*")


def test_an_app_is_set_up_and_used_by_keyboard_alone_and_without_scripts(site, chromium, email, phone):
    page = chromium.new_context(java_script_enabled=False).new_page()
    give_password(page, site, email, "/account/second-step")
    page.focus("main a[href$='/second-step/app']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/account/second-step/app")
    phone.secret = page.inner_text(".secret").replace(" ", "").replace("\n", "")
    page.focus("#code")
    page.keyboard.type(phone.code())
    page.keyboard.press("Enter")
    page.wait_for_selector(".codes")
    page.goto(f"{site}/account/second-step/passkeys/new")
    assert page.locator("[data-passkey-missing]").is_visible()
    assert not page.locator("[data-passkey-there]").is_visible()
    page.goto(f"{site}/account")
    follow(page, "main form[action$='/sign-out'] button")
    phone.wait()
    give_password(page, site, email, "/sign-in/second-step")
    page.focus("#code")
    page.keyboard.type(phone.code())
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/review")


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_every_page_of_it_suits_screen_readers_and_the_smallest_phone(site, chromium, email, phone, prefix):
    page = chromium.new_context(viewport={"width": 320, "height": 640}).new_page()
    faults = {}

    def look(name):
        faults[name] = faults_of(page)

    page.goto(f"{site}{prefix}/sign-in")
    look("sign in")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"{site}{prefix}/account/second-step")
    look("required")
    page.goto(f"{site}{prefix}/account/second-step/passkeys/new")
    look("new passkey")
    page.goto(f"{site}{prefix}/account/second-step/app")
    look("app")
    phone.secret = page.inner_text(".secret").replace(" ", "").replace("\n", "")
    page.fill("#code", "1")
    page.press("#code", "Enter")
    page.wait_for_selector("#code-error")
    look("wrong code")
    page.fill("#code", phone.code())
    page.press("#code", "Enter")
    page.wait_for_selector(".codes")
    look("recovery codes")
    for path in ("/account/second-step", "/account/second-step/confirm", "/account"):
        page.goto(f"{site}{prefix}{path}")
        look(path)
    page.goto(f"{site}{prefix}/sign-in")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"{site}{prefix}/sign-in/second-step")
    look("second step")
    assert {name: found for name, found in faults.items() if found} == {}
