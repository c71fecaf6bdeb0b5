"""Practising on the narrowest phone, by an engine that finds barriers."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe

from oer.accounts.models import Purpose
from oer.accounts.services.consents import give_consent
from oer.catalogue.queries.materials import find_material
from oer.core.clock import now
from oer.learning.models import PractisedQuestion
from oer.learning.self_checks import EXAMPLE, parse
from oer.learning.services.practice import keep_practised
from tests.accounts.factories import make_account
from tests.accounts.serving import served
from tests.browser.following import follow
from tests.learning.test_shelf_in_browser import sign_in
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


def test_practice_of_today_fits_320_px_has_no_barriers_and_goes_by_keyboard_alone(session, app, chromium):
    account = make_account(session)
    give_consent(session, account, Purpose.HISTORY, "test")
    version = find_material(session, published_with(session, EXAMPLE["vi"])).current_version
    for question in parse(version.self_check)[:2]:
        keep_practised(session, account.id, version, question, right=True)
    session.execute(sa.update(PractisedQuestion).values(due_at=now() - timedelta(hours=1)))
    email = account.email
    session.commit()
    with served(app) as port:
        page = chromium.new_page(viewport={"width": 320, "height": 640})
        sign_in(page, f"http://127.0.0.1:{port}", email)
        page.goto(f"http://127.0.0.1:{port}/practice")
        _check(page)
        assert page.locator(".turning").bounding_box()["y"] > 500  # what comes next lies under the thumb
        page.focus("#a0")
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        page.wait_for_selector("#verdict")
        _check(page)
        page.focus("button.on")
        page.keyboard.press("Enter")
        page.wait_for_selector("#a2")
        follow(page, page.locator("button[name=skip]"))
        _check(page)
        follow(page, page.locator("button.on"))
        assert page.locator("h1").inner_text() == "Xong 2 câu"
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
