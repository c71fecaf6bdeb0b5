"""Reading without a connection: what is kept and how large it is, the worker that answers, and its switch."""

import json
import re
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask.testing import FlaskClient
from playwright.sync_api import expect
from sqlalchemy.orm import Session

from oer.app import build_app
from oer.catalogue.services.withdrawal import withdraw
from oer.core.installation import Installation
from tests.accounts.factories import PASSWORD, make_account
from tests.accounts.serving import served
from tests.browser.following import follow
from tests.catalogue.factories import make_collection, make_material, make_reviewer, replace_published
from tests.reading.factories import publish_files, sample
from tests.reading.test_downloads import noted


@pytest.fixture
def book(session: Session, installation: Installation):
    material = publish_files(session, installation, sample("bep-nha-gon-gang.epub"), title={"vi": "Bếp nhà"})
    session.commit()
    return material


def test_the_size_that_is_told_is_what_is_fetched_and_nothing_of_it_needs_an_account(
    client: FlaskClient, session: Session, installation: Installation, book
) -> None:
    told = client.get(f"/materials/{book.public_id}/offline.json").json
    assert (told["title"], told["pages"], told["left_out"]) == (
        "Bếp nhà",
        [f"/materials/{book.public_id}/files/1/whole"],
        [],
    )
    assert len(told["fetch"]) > 3
    answers = [client.get(address) for address in told["fetch"]]
    assert {each.status_code for each in answers} == {200}
    # The page was made at another address when it was weighed, and says its own.
    assert abs(sum(len(each.data) for each in answers) - told["bytes"]) < 200
    page = answers[0].text
    assert page.count('<section id="p-') == 9
    assert {f'id="{each}"' in page for each in re.findall(r'href="#(p-\d+)"', page)} == {True}
    assert set(re.findall(r'<img [^>]*?src="([^"]+)"', page)) == set(told["fetch"][1:])
    assert [event["k"] for event in noted(installation)] == ["download"]


def test_recordings_are_kept_with_their_bytes_and_archives_are_left_to_the_download(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    material = publish_files(session, installation, sample("cuoc-goi-la.mp3"), sample("bo-phieu-tinh-toan.zip"))
    told = client.get(f"/materials/{material.public_id}/offline.json").json
    path = f"/materials/{material.public_id}/files/1"
    assert told["fetch"] == [f"{path}/read", f"{path}/play"]
    assert told["bytes"] > len(sample("cuoc-goi-la.mp3")[1])
    assert told["left_out"] == ["bo-phieu-tinh-toan.zip"]
    course = make_collection(session, material)
    session.commit()
    assert client.get(f"/collections/{course.public_id}/offline.json").json["materials"] == [material.public_id]


def test_what_is_not_public_is_not_kept_and_another_version_is_another_state(
    client: FlaskClient, session: Session, installation: Installation, book
) -> None:
    path = f"/materials/{book.public_id}/offline.json"
    before = client.get(path).json["version"]
    assert client.get(path).json["version"] == before
    draft = make_material(session).public_id
    replace_published(session, book, title={"vi": "Bếp nhà, bản mới"})
    session.commit()
    assert client.get(path).json["version"] != before
    assert client.get(f"{path}?version=1").status_code == 404
    assert client.get(f"/materials/{draft}/offline.json").status_code == 404
    withdraw(session, make_reviewer(session), book, "outdated", "Sai")
    session.commit()
    assert client.get(path).status_code == 410


def test_the_switch_ends_the_worker_and_hides_all_of_it(client: FlaskClient, installation: Installation, book) -> None:
    page = f"/materials/{book.public_id}"
    on = client.get("/worker.js")
    assert (on.mimetype, on.headers["Cache-Control"]) == ("text/javascript", "no-cache")
    assert json.loads(re.match(r"const told = (.*);\n", on.text)[1])["off"] is False
    assert "data-keep-offline" in client.get(page).text
    without = build_app(replace(installation, settings=replace(installation.settings, offline=False))).test_client()
    assert json.loads(re.match(r"const told = (.*);\n", without.get("/worker.js").text)[1])["off"] is True
    assert "data-keep-offline" not in without.get(page).text
    for path in ("/offline", f"{page}/offline.json", f"{page}/files/1/whole"):
        assert without.get(path).status_code == 404


def test_the_site_can_stand_among_the_apps_of_a_phone_in_both_languages(client: FlaskClient) -> None:
    for root, short in (("", "Học liệu mở"), ("/en", "Open learning")):
        page = client.get(f"{root}/").text
        told = client.get(re.search(r'rel="manifest" href="([^"]+)"', page)[1]).json
        assert (told["short_name"], told["start_url"], told["scope"]) == (short, f"{root}/", "/")
        for each in told["icons"]:
            with client.get(each["src"]) as icon:
                assert icon.status_code == 200


def shown_offline(page, address: str):
    page.goto(address)
    page.wait_for_load_state("load")
    return page


@pytest.mark.browser
def test_a_kept_material_is_read_without_a_connection_follows_new_versions_and_goes_with_the_switch(
    app, session: Session, installation: Installation, chromium, book
) -> None:
    email = make_account(session).email
    session.commit()
    with served(app) as port:
        site, material = f"http://127.0.0.1:{port}", f"/materials/{book.public_id}"
        context = chromium.new_context(viewport={"width": 360, "height": 740})
        page = context.new_page()
        page.goto(f"{site}/sign-in")
        page.fill("#email", email)
        page.fill("#password", PASSWORD)
        follow(page, "form:has(#password) button")
        page.goto(site + material)
        page.click("[data-ask]")
        expect(page.locator("[data-keep-offline] [role=status]")).to_contain_text(re.compile(r"Khoảng \d"))
        page.click("[data-yes]")
        expect(page.locator("[data-keep-offline] [role=status]")).to_contain_text("đọc được khi không có mạng")
        page.goto(f"{site}/offline")
        expect(page.locator("[data-rows] li")).to_have_count(1)
        assert Axe().run(page).response["violations"] == []
        everything = page.evaluate(
            """async () => { const found = []; for (const name of await caches.keys()) {
            const kept = await caches.open(name);
            for (const key of await kept.keys()) found.push(await (await kept.match(key)).text()); }
            return found.join(''); }"""
        )
        assert "Bếp nhà" in everything
        assert "/account" not in everything
        assert email not in everything

        context.set_offline(True)
        shown_offline(page, f"{site}{material}/files/1/read?page=3")
        assert page.url.endswith(f"{material}/files/1/whole#p-3")
        expect(page.locator("#p-3")).to_be_visible()
        loads = "(shown) => fetch(shown.src).then((answer) => answer.ok)"
        assert [each.evaluate(loads) for each in page.locator(".text img").all()] == [True] * 3
        assert page.evaluate("getComputedStyle(document.querySelector('.reader-bar')).position") == "sticky"
        shown_offline(page, f"{site}/en/search?q=a")
        expect(page.get_by_text("the page you asked for is not kept on this device")).to_be_visible()
        shown_offline(page, f"{site}/account")
        expect(page.get_by_text("trang bạn mở chưa được giữ trên máy này")).to_be_visible()
        expect(page.locator("[data-rows] a")).to_have_text("Bếp nhà")
        context.set_offline(False)

        replace_published(session, book, title={"vi": "Bếp nhà, bản mới"})
        session.commit()
        page.goto(f"{site}/offline")
        expect(page.locator("[data-rows] li")).to_contain_text("Bếp nhà, bản mới")
        expect(page.locator("[data-rows] li")).to_contain_text("đã có bản mới")
        app.extensions["oer"] = replace(installation, settings=replace(installation.settings, offline=False))
        page.goto(site)
        page.evaluate("navigator.serviceWorker.getRegistration('/').then((found) => found.update())")
        page.wait_for_function("caches.keys().then((names) => names.length === 0)")
        page.wait_for_function("navigator.serviceWorker.getRegistration('/').then((found) => !found)")
        context.close()
