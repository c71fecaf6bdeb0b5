"""Courses, diary and statements in a real browser: marks from the browser alone, moving by keyboard, screen readers."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from oer.accounts.models import Purpose
from oer.accounts.services.consents import give_consent
from oer.catalogue.jobs import index_due
from oer.catalogue.services.collections import add_note, add_part, add_prerequisite
from oer.learning.services.shelf import finish_material
from oer.learning.services.statements import give_statement
from tests.accounts.factories import make_account, make_unit
from tests.accounts.serving import served
from tests.browser.following import follow
from tests.catalogue.factories import make_collection, make_educator, make_published
from tests.learning.test_shelf_in_browser import sign_in

pytestmark = pytest.mark.browser
SMALL = {"viewport": {"width": 320, "height": 640}}


@pytest.fixture
def site(app):
    with served(app) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("parts", [3, 7])
def test_a_browser_marks_the_shelf_by_what_it_remembers_and_nobody_is_asked(session, site, chromium, parts):
    materials = [make_published(session, title={"vi": f"Bài {number}"}) for number in range(1, parts + 1)]
    ids = [each.public_id for each in materials]
    course = make_collection(session, *materials).public_id
    session.commit()
    page = chromium.new_context(**SMALL).new_page()
    for each in (ids[0], ids[2]):
        page.goto(f"{site}/materials/{each}")
        page.click("[data-keep=done]")
        expect(page.locator("[data-keep=done]")).to_have_text("Bỏ đánh dấu xong")
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.goto(f"{site}/collections/{course}")
    if parts == 3:
        expect(page.locator(".face.done")).to_have_count(2)
        expect(page.locator(".face.next")).to_have_count(1)
    else:
        expect(page.locator(".face.done")).to_have_count(1)
        expect(page.locator(".spines path.done")).to_have_count(1)
        expect(page.locator(".spines path.here")).to_have_count(1)
        assert page.locator(".spines path.here").get_attribute("data-of") == ids[1]
        assert page.locator(".spines path.done").bounding_box()["height"] > 2
    expect(page.locator("[data-next]:visible")).to_have_count(1)
    expect(page.locator(f"[data-step='{ids[1]}'] [data-next]")).to_be_visible()
    assert sent == []


def test_an_educator_orders_a_course_by_keyboard_alone(session, site, chromium):
    educator = make_educator(session, make_unit(session))
    materials = [make_published(session, title={"vi": f"Bài {number}"}) for number in (1, 2, 3)]
    course = make_collection(session, *materials, unit=educator.grants[0].unit)
    add_part(session, course, {"vi": "Phần hai"})
    public_id, last, email = course.public_id, materials[2].public_id, educator.email
    session.commit()
    page = chromium.new_context(java_script_enabled=False).new_page()
    sign_in(page, site, email)
    page.goto(f"{site}/my/collections/{public_id}")
    page.locator(f"form[action$='/{last}'] button[value=up]").focus()
    for _ in range(2):  # pressing again moves it on: the focus stays on the button
        with page.expect_navigation():
            page.keyboard.press("Enter")
    titles = page.locator("ol.files li > div > a")
    expect(titles).to_have_text(["Bài 3", "Bài 1", "Bài 2"])
    expect(page.locator(f"form[action$='/{last}'] button[value=down]")).to_be_focused()


def test_pages_of_courses_diary_and_statements_suit_screen_readers_and_the_smallest_phone(
    session, installation, site, chromium
):
    educator = make_educator(session, make_unit(session))
    give_consent(session, educator, Purpose.HISTORY, "test")
    material, other = make_published(session), make_published(session)
    course = make_collection(session, material, other, unit=educator.grants[0].unit, title={"vi": "Nhà yên"})
    part = add_part(session, course, {"vi": "Phần hai"})
    note = add_note(session, course, {"vi": "Nghỉ tay"}, {"vi": "Uống nước."}, part.id)
    add_prerequisite(session, course, make_collection(session, material))
    for each in (material, other):
        finish_material(session, educator.id, each.public_id)
    code = give_statement(session, installation.settings, educator, course, "Nguyễn Thị Ánh").code
    open_course = make_collection(session, other).public_id
    own, email = f"/my/collections/{course.public_id}", educator.email
    paths = [
        own, f"{own}/search?q=an", f"{own}/notes/{note.id}", f"{own}/notes/new",
        f"{own}/materials/{material.public_id}/part", f"/materials/{material.public_id}/courses",
        f"/collections/{course.public_id}", f"/materials/{material.public_id}", "/shelf", "/shelf/diary",
        "/shelf/statements", f"/shelf/statements/{code}", f"/collections/{open_course}/statement",
        f"/statements/{code}", "/statements", "/statements/0000-0000",
    ]  # fmt: skip
    session.commit()
    index_due(installation)
    page = chromium.new_context(**SMALL).new_page()
    sign_in(page, site, email)
    for path in paths:
        page.goto(site + path)
        page.evaluate("document.querySelectorAll('main details').forEach((fold) => { fold.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        faults = Axe().run(page).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"]) for each in faults] == [], path


def test_a_learner_on_a_phone_goes_from_the_last_tick_to_a_verified_statement(session, site, chromium):
    account = make_account(session)
    give_consent(session, account, Purpose.HISTORY, "test")
    material = make_published(session, title={"vi": "Bài một"})
    course, email = make_collection(session, material).public_id, account.email
    session.commit()
    page = chromium.new_context(**SMALL, java_script_enabled=False).new_page()
    sign_in(page, site, email)
    page.goto(f"{site}/collections/{course}")
    follow(page, page.get_by_role("button", name="Tôi đã học xong"))
    follow(page, page.get_by_role("link", name="Xin bản ghi nhận"))
    page.fill("#name", "Nguyễn Thị Ánh Tuyết")
    page.check("#agree")
    follow(page, page.get_by_role("button", name="Xin bản ghi nhận"))
    address = page.get_by_role("link", name="/statements/").get_attribute("href")
    stranger = chromium.new_context(**SMALL).new_page()
    stranger.goto(site + address[address.index("/statements/") :])
    expect(stranger.get_by_text("Nguyễn Thị Ánh Tuyết")).to_be_visible()
