"""Highlights and notes: kept for oneself, found again in the text as it is now, taken along, deleted."""

import re

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from flask.testing import FlaskClient
from markdown_it import MarkdownIt
from playwright.sync_api import expect
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from oer.accounts.models import Account, Purpose
from oer.accounts.services.consents import give_consent, withdraw_consent
from oer.core.installation import Installation
from oer.core.personal_data import erase_person, export_person
from oer.files.models import RenditionPage
from oer.learning.models import ReadingNote
from oer.learning.services import notes as services
from tests.accounts.browsing import Browser
from tests.accounts.factories import PASSWORD, make_account
from tests.accounts.serving import served
from tests.browser.following import follow
from tests.reading.factories import publish_files

TEXT = """<!doctype html><html lang="vi"><body><h2>Bếp gọn</h2><p>Má đứng <b>bếp &amp; vườn</b>. Lửa để xa.</p>
<ul><li>Dầu để xa.</li><li>Nước gần.</li></ul></body></html>"""
SELECT = """getSelection().setBaseAndExtent(document.querySelector(".text b").firstChild, 2,
  document.querySelector(".text li").firstChild, 3)"""
AS_IT_WAS = {"quote": "bếp & vườn. Lửa", "before": "Bếpgọn Má đứng", "after": " để xa.Dầu", "position": "12"}


@pytest.fixture
def page(session: Session, installation: Installation) -> str:
    return f"/materials/{publish_files(session, installation, ('bep.html', TEXT.encode())).public_id}"


def a_reader(client: FlaskClient, session: Session, *, agreed: bool = True) -> tuple[Account, Browser]:
    account = make_account(session)
    if agreed:
        give_consent(session, account, Purpose.HISTORY, "test")
    email = account.email
    session.commit()
    browser = Browser(client)
    browser.sign_in(email)
    return account, browser


def keep(browser: Browser, page: str, *, form: str = "/shelf/history", **fields: str) -> TestResponse:
    return browser.send(f"{page}/notes", page=form, **{"file": "1", "kind": "page", "at": "1", **fields})


def kept(session: Session) -> list[ReadingNote]:
    session.rollback()
    found = list(session.scalars(sa.select(ReadingNote).order_by(ReadingNote.id)))
    session.expunge_all()
    session.rollback()  # an open transaction would hold up the next form
    return found


def test_what_was_highlighted_is_marked_across_markup_without_scripts(client, session, page) -> None:
    _, client = a_reader(client, session)
    assert keep(client, page, **AS_IT_WAS).status_code == 303
    number = kept(session)[0].id
    shown = client.get(f"{page}/files/1/read").text
    assert (
        f'Má đứng <b><mark class="noted" id="note-{number}">bếp </mark><mark class="noted">&amp;</mark>'
        '<mark class="noted"> vườn</mark></b><mark class="noted">. Lửa</mark> để xa.'
    ) in shown
    assert f'<a href="#note-{number}">bếp &amp; vườn. Lửa</a>' in shown


def test_a_note_needs_an_account_and_its_consent_and_is_asked_for_where_it_helps(client, session, page) -> None:
    assert keep(Browser(client), page, form="/sign-in", words="a").status_code == 401
    _, client = a_reader(client, session, agreed=False)
    answer = keep(client, page, words="a", next=f"{page}/files/1/read")
    assert answer.headers["Location"].startswith("/shelf/history?next=")
    assert kept(session) == []
    assert 'id="note-form"' not in client.get(f"{page}/files/1/read").text


def test_nobody_else_sees_changes_or_deletes_a_note(client, session, app, page) -> None:
    _, client = a_reader(client, session)
    keep(client, page, words="Chuyện riêng")
    number = kept(session)[0].id
    _, other = a_reader(app.test_client(), session)
    assert "Chuyện riêng" not in other.get(f"{page}/files/1/read").text + other.get("/shelf/notes").text
    assert other.send(f"/shelf/notes/{number}", page="/shelf/history", delete="yes").status_code == 404
    assert "Chuyện riêng" not in app.test_client().get(f"{page}/files/1/read").text
    assert client.send(f"/shelf/notes/{number}", page="/shelf/notes", words="Chuyện mới").status_code == 303
    assert [each.words for each in kept(session)] == ["Chuyện mới"]
    client.send(f"/shelf/notes/{number}", page="/shelf/notes", delete="yes")
    assert kept(session) == []


def read_anew(session: Session, *changes: tuple[str, str]) -> None:
    """Change the texts of all pages, as a newer extraction may."""
    session.rollback()
    for each in session.scalars(sa.select(RenditionPage)):
        for old, new in changes:
            each.html, each.text = each.html.replace(old, new), each.text.replace(old, new)
    session.commit()


def test_a_note_follows_its_words_when_a_file_is_read_anew_and_is_never_lost(client, session, page) -> None:
    _, client = a_reader(client, session)
    keep(client, page, **AS_IT_WAS)
    keep(client, page, quote="Nước gần", words="Nhớ điều này", before="Dầuđểxa.", after=".", position="40")
    lost = kept(session)[1].id
    # The same words stand there before, too; lines are broken anew; the other quote is gone.
    read_anew(session, ("Má đứng ", "bếp &amp; vườn. Lửa cháy. Má\n  đứng\n"), ("Nước gần.", "Hết."))
    shown = client.get(f"{page}/files/1/read").text
    assert re.search(r"Má\s+đứng\s+<b><mark class=\"noted\"", shown)
    assert "(những chữ này không còn ở trang này)" in shown
    listed = client.get(f"/shelf/notes?material={page.rpartition('/')[2]}").text
    assert listed.count("Không tìm thấy chỗ này") == 1
    assert listed.index("Nhớ điều này") < listed.index("Không tìm thấy chỗ này")
    assert f'id="note-{lost}"' in listed


def test_a_note_goes_along_to_another_page(client, session, installation) -> None:
    words = "\n\n".join(f"# Phần {n}\n\nCâu đầu của phần {n} ở đây. " + "Một câu dài. " * 400 for n in (1, 2, 3))
    public_id = publish_files(session, installation, ("ba.md", words.encode())).public_id
    _, client = a_reader(client, session)
    after = "ởđây.Mộtcâudài.Mộtcâudài."
    keep(client, f"/materials/{public_id}", quote="Câu đầu của phần 2", before="Phần2", after=after)
    listed = client.get(f"/shelf/notes?material={public_id}").text
    assert "Đến trang 2" in listed
    assert 'class="noted"' not in client.get(f"/materials/{public_id}/files/1/read").text
    assert 'class="noted"' in client.get(f"/materials/{public_id}/files/1/read?page=2").text


def test_markup_in_a_note_or_quote_is_only_text_and_stays_so_in_markdown(client, session, page) -> None:
    _, client = a_reader(client, session)
    evil = "<script>alert(1)</script>\n# Đầu đề\n- mục\n1. một [x](javascript:alert(1))"
    keep(client, page, quote="<img src=x onerror=alert(1)>", words=evil)
    for path in (f"{page}/files/1/read", "/shelf/notes", f"/shelf/notes?material={page.rpartition('/')[2]}"):
        assert not re.search(r"<script>alert|<img src=x", client.get(path).text)
    answer = client.get("/shelf/notes.md")
    assert answer.mimetype == "text/markdown"
    assert "attachment" in answer.headers["Content-Disposition"]
    shown = MarkdownIt("commonmark").render(answer.text)
    assert not re.search(r"<script|<img|<li>|<h1>Đầu đề|<a href=.javascript", shown)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown


def test_notes_have_limits_and_the_same_one_sent_twice_is_one(client, session, page, monkeypatch) -> None:
    _, client = a_reader(client, session)
    assert [keep(client, page, words="a").status_code for _ in range(2)] == [303, 303]
    assert len(kept(session)) == 1
    assert keep(client, page).status_code == 400
    assert keep(client, page, words="a" * 4001).status_code == 400
    assert keep(client, page, quote="a" * 601).status_code == 400
    assert keep(client, page, words="a", at="-1").status_code == 400
    assert keep(client, page, words="b", before="a" * 9000, after="b" * 9000, position="9" * 50).status_code == 303
    assert [len(each.before) for each in kept(session)] == [0, 80]
    monkeypatch.setattr(services, "MOST_IN_MATERIAL", 2)
    assert keep(client, page, words="c").status_code == 400
    assert keep(client, "/materials/aaaaa-aaaaa", words="c").status_code == 404


def test_notes_are_among_ones_data_and_go_with_the_consent_or_the_account(client, session, page) -> None:
    _, client = a_reader(client, session)
    keep(client, page, **AS_IT_WAS, words="Của tôi")
    number = kept(session)[0].account_id
    assert [each["note"] for each in export_person(session, number)["notes"]] == ["Của tôi"]
    assert "Chỗ tô sáng và ghi chú" in client.get("/account/data").text
    session.rollback()
    withdraw_consent(session, session.get(Account, number), Purpose.HISTORY)
    session.commit()
    assert kept(session) == []
    give_consent(session, session.get(Account, number), Purpose.HISTORY, "test")
    session.commit()
    keep(client, page, words="Lại một lần")
    session.rollback()
    erase_person(session, number)
    session.commit()
    assert kept(session) == []


@pytest.mark.browser
def test_selected_words_are_highlighted_or_written_about_and_without_scripts_a_form_does(
    app, session, page, chromium
) -> None:
    account = make_account(session)
    give_consent(session, account, Purpose.HISTORY, "test")
    email = account.email
    session.commit()
    with served(app) as port:
        site = f"http://127.0.0.1:{port}"
        states = []
        for scripts in (True, False):
            reader = chromium.new_context(
                viewport={"width": 360, "height": 740}, java_script_enabled=scripts
            ).new_page()
            reader.goto(f"{site}/sign-in")
            reader.fill("#email", email)
            reader.fill("#password", PASSWORD)
            follow(reader, "form:has(#password) button")
            reader.goto(f"{site}{page}/files/1/read")
            states.append(reader)
        with_scripts, without = states
        with_scripts.evaluate(SELECT)
        follow(with_scripts, "[data-note=mark]")
        expect(with_scripts.locator(".noted")).to_have_text(["p ", "&", " vườn", ". Lửa để xa.", "Dầu"])
        assert Axe().run(with_scripts).response["violations"] == []
        with_scripts.evaluate("getSelection().selectAllChildren(document.querySelector('.text h2'))")
        with_scripts.click("[data-note=write]")
        expect(with_scripts.locator("#note-words")).to_be_focused()
        with_scripts.keyboard.type("Việc cần làm")
        follow(with_scripts, "#note-form button")
        without.click(".my-notes summary")
        without.fill("#note-words", "Không cần script")
        follow(without, "#note-form button")
        expect(without.locator(".my-notes li")).to_have_count(3)
        without.goto(f"{site}/shelf/notes")
        assert "Việc cần làm" in without.inner_text("main")
        without.goto(f"{site}/shelf/notes")
        with_scripts.goto(f"{site}/shelf/notes?material={page.rpartition('/')[2]}")
        assert Axe().run(with_scripts).response["violations"] == []
    found = kept(session)
    assert [(each.quote, each.words) for each in found] == [
        ("p & vườn. Lửa để xa. Dầu", ""),
        ("Bếp gọn", "Việc cần làm"),
        ("", "Không cần script"),
    ]
    assert (found[0].before, found[0].after) == ("BếpgọnMáđứngbế", "đểxa.Nướcgần.")
