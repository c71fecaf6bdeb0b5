"""Feeds, read by a real feed reader."""

import feedparser
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.catalogue.services.withdrawal import withdraw
from oer.core.installation import Installation
from oer.jobs.queue import registered_jobs
from tests.catalogue.factories import make_material, make_published, make_reviewer


def read(client: FlaskClient, path: str):
    answer = client.get(path)
    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    feed = feedparser.parse(answer.data)
    assert not feed.bozo
    return feed


def test_the_newest_come_first(client: FlaskClient, session: Session) -> None:
    make_published(session, title={"vi": "Bài cũ"})
    newest = make_published(session, title={"vi": "Bài <b>mới</b> & hay"}, summary={"vi": "Tóm tắt"})
    make_material(session, title={"vi": "Bản nháp"})
    session.commit()
    feed = read(client, "/feed.xml")
    assert [entry.title for entry in feed.entries] == ["Bài <b>mới</b> & hay", "Bài cũ"]
    assert feed.entries[0].link == f"http://localhost/materials/{newest.public_id}"
    assert feed.entries[0].rights == "https://creativecommons.org/licenses/by/4.0/"
    assert feed.entries[0].author == "Kho học liệu mở Thành phố Hồ Chí Minh"
    assert feed.feed.title == "Học liệu mới nhất"


def test_in_english_it_leads_to_english_pages(client: FlaskClient, session: Session) -> None:
    material = make_published(session)
    session.commit()
    feed = read(client, "/en/feed.xml")
    assert feed.feed.title == "Newest materials"
    assert feed.entries[0].link == f"http://localhost/en/materials/{material.public_id}"
    assert feed.entries[0].id == f"http://localhost/materials/{material.public_id}"


def test_an_empty_feed_and_one_without_what_was_withdrawn_are_whole(client: FlaskClient, session: Session) -> None:
    assert read(client, "/feed.xml").entries == []
    material = make_published(session)
    withdraw(session, make_reviewer(session), material, "outdated", "cũ")
    session.commit()
    assert read(client, "/feed.xml").entries == []


def test_a_search_can_be_followed(client: FlaskClient, session: Session, installation: Installation) -> None:
    material = make_published(session, title={"vi": "Thủy lợi nội đồng"})
    make_published(session, title={"vi": "May áo dài"})
    session.commit()
    registered_jobs()["catalogue.index"].run(installation, "")
    feed = read(client, "/search.atom?q=thuy+loi")
    assert [entry.title for entry in feed.entries] == ["Thủy lợi nội đồng"]
    assert feed.feed.title == "Tìm: thuy loi"
    withdraw(session, make_reviewer(session), material, "outdated", "cũ")
    session.commit()
    assert read(client, "/search.atom?q=thuy+loi").entries == []
    assert client.get("/search.atom?q=" + "x" * 5000).status_code == 400


def test_a_followed_search_has_one_address_and_says_what_it_is_for(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    for number in range(12):
        make_published(session, title={"vi": f"Thủy lợi {number}"}, levels=["thcs"])
    session.commit()
    registered_jobs()["catalogue.index"].run(installation, "")
    for typed in ('q="thuy+loi"&level=thcs', "utm_source=x&level=thcs&page=1&sort=title&q=%22thuy%20loi%22"):
        feed = read(client, f"/search.atom?{typed}")
        assert feed.feed.id == "http://localhost/search.atom?q=%22thuy+loi%22&level=thcs"
        assert feed.feed.link == "http://localhost/search?q=%22thuy+loi%22&level=thcs"
        assert feed.feed.title == 'Tìm: "thuy loi", Trung học cơ sở'
        assert len(feed.entries) == 12
    assert len(read(client, "/search.atom?q=thuy+loi&size=5").entries) == 5
    everything = read(client, "/search.atom")
    assert (everything.feed.id, everything.feed.title) == ("http://localhost/search.atom", "Học liệu mới nhất")


def test_a_followed_search_says_what_mistyped_words_were_read_as(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    make_published(session, title={"vi": "Thủy lợi nội đồng"})
    session.commit()
    registered_jobs()["catalogue.index"].run(installation, "")
    assert read(client, "/search.atom?q=thuyr+lợi").feed.title == "Tìm: thủy lợi"
