"""Searches that somebody keeps: by a name, in a list, with a feed, until they delete them."""

import re

import pytest
import sqlalchemy as sa

from oer.catalogue.jobs import index_due
from oer.core import personal_data
from oer.core.errors import Invalid, NotFound
from oer.learning.models import SavedSearch
from oer.learning.queries import saved_searches
from oer.learning.services.searches import MOST_SEARCHES, delete_search, save_search
from tests.accounts.browsing import Browser
from tests.accounts.factories import make_account
from tests.catalogue.factories import make_published

ASKED = {"q": ["thủy lợi"], "level": ["thcs", "thpt"]}


@pytest.fixture
def browser(session, client):
    email = make_account(session).email
    session.commit()
    browser = Browser(client)
    browser.sign_in(email)
    return browser


def kept(session):
    session.rollback()
    return list(session.scalars(sa.select(SavedSearch).order_by(SavedSearch.id)))


def test_a_search_is_kept_from_its_results_listed_with_its_feed_and_deleted(session, installation, browser):
    made = make_published(session, title={"vi": "Thủy lợi nội đồng"}, levels=["thcs"]).public_id
    session.commit()
    index_due(installation)
    results = browser.get("/search?q=thuy+loi&level=thcs&sort=title&page=1").text
    (address,) = re.findall(r'href="(/my/searches/new[^"]*)"', results)
    address = address.replace("&amp;", "&")
    assert address == "/my/searches/new?q=thuy+loi&level=thcs&sort=title"
    assert 'value="thuy loi, Trung học cơ sở"' in browser.get(address).text
    assert browser.send(address, name="  Thủy   lợi cho lớp em ").status_code == 303
    page = browser.get("/my/searches").text
    assert "Thủy lợi cho lớp em" in page
    search, feed = re.findall(r'href="(/search[^"]*q=[^"]*)"', page)
    assert made in browser.get(search.replace("&amp;", "&")).text
    feed = browser.get(feed.replace("&amp;", "&"))
    assert feed.content_type.startswith("application/atom+xml")
    assert made in feed.text
    [number] = [each.id for each in kept(session)]
    session.rollback()
    assert browser.send(f"/my/searches/{number}/delete", page="/my/searches").status_code == 303
    assert "chưa lưu tìm kiếm nào" in browser.get("/my/searches").text


def test_who_is_not_signed_in_is_led_there_and_back(client):
    answer = client.get("/my/searches/new?q=thuy+loi")
    assert answer.status_code == 302
    assert "/sign-in" in answer.headers["Location"]
    assert "thuy" in answer.headers["Location"]
    assert client.get("/my/searches").status_code == 302


@pytest.mark.parametrize("name", ["", "   ", "x" * 201])
def test_a_name_that_will_not_do_is_refused_and_kept_in_the_box(session, browser, name):
    answer = browser.send("/my/searches/new?q=thuy+loi", name=name)
    assert answer.status_code == 422
    assert kept(session) == []
    assert f'value="{name}"' in answer.text


def test_a_search_that_cannot_be_made_cannot_be_kept(browser):
    assert browser.get("/my/searches/new?level=nothing").status_code == 400
    assert browser.get("/my/searches/new?q=" + "x" * 300).status_code == 400
    assert "chưa có gì để lưu" in browser.send("/my/searches/new", name="Tất cả").text.lower()


def test_the_same_search_is_kept_once_under_its_newest_name(session):
    person = make_account(session)
    first = save_search(session, person, ASKED, "Một")
    assert save_search(session, person, {"level": ["thcs", "thpt"], "q": ["thủy lợi"]}, "Hai") is first
    assert [each.name for each in saved_searches(session, person.id)] == ["Hai"]


def test_each_sees_and_deletes_their_own_alone(session):
    one, other = make_account(session), make_account(session)
    mine = save_search(session, one, ASKED, "Của tôi")
    save_search(session, other, ASKED, "Của người khác")
    assert [each.name for each in saved_searches(session, one.id)] == ["Của tôi"]
    with pytest.raises(NotFound):
        delete_search(session, other, mine.id)
    with pytest.raises(NotFound):
        delete_search(session, other, 10**6)


def test_there_is_an_end_to_keeping(session):
    person = make_account(session)
    for number in range(MOST_SEARCHES):
        save_search(session, person, {"q": [f"{number}"]}, "x")
    with pytest.raises(Invalid, match="100"):
        save_search(session, person, {"q": ["noch"]}, "x")
    save_search(session, person, {"q": ["1"]}, "a new name for what is kept already")


def test_a_person_gets_their_searches_and_leaves_without_a_trace(session):
    person = make_account(session)
    save_search(session, person, ASKED, "Thủy lợi")
    [told] = personal_data.export_person(session, person.id)["searches"]
    assert (told["name"], told["search"]) == ("Thủy lợi", ASKED)
    personal_data.erase_person(session, person.id)
    assert kept(session) == []
