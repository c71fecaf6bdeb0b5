"""The shelf in a real browser: remembered there alone, taken over by an account, on two devices, without scripts."""

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from oer.accounts.models import Purpose
from oer.accounts.services.consents import give_consent
from oer.learning.models import FinishedMaterial, ReadingPosition, ShelfItem
from oer.learning.services.lists import add_to_list, create_list, share_list
from tests.accounts.factories import PASSWORD, make_account
from tests.accounts.serving import served
from tests.browser.following import follow
from tests.catalogue.factories import make_collection, make_published
from tests.reading.factories import publish_files, sample

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 360, "height": 740}}


@pytest.fixture
def site(app):
    with served(app) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def book(session, installation):
    title = {"vi": "Bếp <b>nhà</b> gọn gàng"}
    public_id = publish_files(session, installation, sample("bep-nha-gon-gang.epub"), title=title).public_id
    session.commit()
    return f"/materials/{public_id}"


def sign_in(page, site, email):
    page.goto(f"{site}/sign-in")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(f"{site}/account")


def a_learner(session, *, agreed=True):
    account = make_account(session)
    if agreed:
        give_consent(session, account, Purpose.HISTORY, "test")
    email = account.email
    session.commit()
    return email


def rows(session, table):
    session.rollback()
    found = session.scalars(sa.select(table)).all()
    session.expunge_all()
    session.rollback()
    return found


def test_a_browser_remembers_by_itself_sends_nothing_and_an_account_takes_it_over(session, site, chromium, book):
    email = a_learner(session, agreed=False)
    page = chromium.new_context(**PHONE).new_page()
    page.goto(site)
    expect(page.locator("[data-here=read]")).to_be_hidden()
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.goto(f"{site}{book}/files/1/read?page=3")
    page.goto(f"{site}{book}/files/1/read")
    expect(page.locator("[data-again-at] a")).to_have_text("Phần 3/9")
    page.goto(site + book)
    page.click("[data-keep=saved]")
    expect(page.locator("[data-keep=saved]")).to_have_text("Bỏ khỏi kệ")
    page.goto(site)
    slot = page.locator("[data-here=read]")
    expect(slot).to_contain_text("Bếp <b>nhà</b> gọn gàng")
    expect(slot.get_by_text("Về lại: Phần 3/9")).to_be_visible()
    assert sent == []
    assert rows(session, ReadingPosition) == []
    sign_in(page, site, email)
    page.goto(f"{site}/shelf")
    page.check("#with-history")
    follow(page, "[data-take-over] button:not([type])")
    expect(page.locator("[data-take-over]")).to_be_hidden()
    assert page.evaluate("JSON.parse(localStorage['oer.shelf']).read.length") == 0
    assert [each.place for each in rows(session, ReadingPosition)] == [1]
    assert len(rows(session, ShelfItem)) == 1


def test_a_browser_that_is_to_remember_nothing_remembers_nothing(site, chromium, book):
    page = chromium.new_context(**PHONE).new_page()
    page.goto(f"{site}{book}/files/1/read?page=3")
    page.goto(f"{site}/shelf")
    page.check("#here-off")
    page.goto(f"{site}{book}/files/1/read?page=2")
    page.goto(f"{site}/shelf")
    expect(page.locator("[data-here=read]")).to_be_hidden()
    expect(page.locator("#here-off")).to_be_checked()


def test_a_phone_goes_on_where_the_desk_stopped_and_the_last_page_is_the_end(session, site, chromium, book):
    email = a_learner(session)
    desk, phone = (chromium.new_context(**size).new_page() for size in ({}, PHONE))
    for page in (desk, phone):
        sign_in(page, site, email)
    desk.goto(f"{site}{book}/files/1/read?page=4")
    desk.wait_for_load_state("networkidle")
    phone.goto(site)
    expect(phone.locator("main")).to_contain_text("Phần 4/9")
    follow(phone, phone.get_by_role("link", name="Đọc tiếp"))
    assert phone.url == f"{site}{book}/files/1/read?page=4"
    phone.goto(f"{site}{book}/files/1/read?page=9")
    phone.wait_for_load_state("networkidle")
    assert len(rows(session, FinishedMaterial)) == 1


def test_a_player_goes_on_at_its_second(session, installation, site, chromium):
    public_id = publish_files(session, installation, sample("chao-ban-diec.mp4")).public_id
    email = a_learner(session)
    page = chromium.new_page()
    sign_in(page, site, email)
    page.goto(f"{site}/materials/{public_id}/files/1/read")
    page.evaluate("""() => { const player = document.getElementById("player");
        Object.defineProperty(player, "currentTime", { value: 12.7 }); player.dispatchEvent(new Event("pause")); }""")
    page.wait_for_load_state("networkidle")
    page.goto(f"{site}/materials/{public_id}/continue")
    assert page.url.endswith("/read?t=12#player")
    assert [(each.kind, each.place) for each in rows(session, ReadingPosition)] == [("second", 12)]


def test_without_scripts_a_button_remembers_the_place(session, site, chromium, book):
    email = a_learner(session)
    page = chromium.new_context(java_script_enabled=False).new_page()
    sign_in(page, site, email)
    page.goto(f"{site}{book}/files/1/read?page=5")
    follow(page, page.get_by_role("button", name="Ghi nhớ chỗ này"))
    assert page.url == f"{site}{book}/files/1/read?page=5"
    assert [each.place for each in rows(session, ReadingPosition)] == [5]


def test_every_page_of_the_shelf_suits_screen_readers_and_the_smallest_phone(session, site, chromium, book):
    account = make_account(session)
    give_consent(session, account, Purpose.HISTORY, "test")
    material = make_published(session)
    course = make_collection(session, material).public_id
    found = create_list(session, account, "Học với má")
    add_to_list(session, found, material)
    share_list(session, found, shared=True)
    paths = [
        "/shelf", "/shelf/following", "/shelf/history", "/shelf/lists/new", f"/shelf/lists/{found.id}",
        f"/lists/{found.share_token}", f"/materials/{material.public_id}/lists",
        f"/materials/{material.public_id}/save", f"/collections/{course}", "/account/data",
        "/unsubscribe/a", "/shelf/finished", f"{book}/files/1/read?page=2", "/",
    ]  # fmt: skip
    email = account.email
    session.commit()
    page = chromium.new_context(viewport={"width": 320, "height": 640}).new_page()
    sign_in(page, site, email)
    for path in paths:
        page.goto(site + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        faults = Axe().run(page).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in faults] == [], path
