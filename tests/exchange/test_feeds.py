"""Feeds, read by a real feed reader."""

import feedparser
from flask.testing import FlaskClient
from lxml import etree
from sqlalchemy.orm import Session

from oer.catalogue.models import FileRole
from oer.catalogue.services.files import add_file
from oer.catalogue.services.review import publish, submit_for_review
from oer.catalogue.services.withdrawal import withdraw
from oer.core.installation import Installation
from oer.jobs.queue import registered_jobs
from tests.accounts.factories import make_unit
from tests.catalogue.factories import (
    make_blob,
    make_collection,
    make_educator,
    make_material,
    make_published,
    make_reviewer,
    replace_published,
)


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


def test_everything_that_grows_has_a_feed_of_both_kinds(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    unit = make_unit(session)
    material = make_published(
        session, make_educator(session, unit), title={"vi": "Bài <1> & hay"}, audiences=["workers"], levels=["thcs"]
    )
    course = make_collection(session, material, title={"vi": "Khóa & học"})
    make_material(session, title={"vi": "Bản nháp"})
    session.commit()
    registered_jobs()["catalogue.index"].run(installation, "")
    places = ["/feed", "/changes", "/search", "/subjects/bas.song", "/audiences/workers", "/levels/thcs"]
    for place in (*places, f"/units/{unit.code}", f"/collections/{course.public_id}"):
        for ending, kind in (("atom", "application/atom+xml"), ("rss", "application/rss+xml")):
            path = "/feed.xml" if (place, ending) == ("/feed", "atom") else f"{place}.{ending}"
            answer = client.get(path)
            assert (answer.status_code, answer.mimetype) == (200, kind), path
            feed = feedparser.parse(answer.data)
            assert not feed.bozo, path
            assert [entry.title for entry in feed.entries] == ["Bài <1> & hay"], path
            assert feed.entries[0].link == f"http://localhost/materials/{material.public_id}"
            [own] = [link.href for link in feed.feed.links if link.rel == "self"]
            assert own == f"http://localhost{path}"
            again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
            assert (again.status_code, again.data) == (304, b""), path
    for gone in ("/subjects/nothing.atom", "/units/nothing.rss", "/collections/8k3mt-w2xpa.rss"):
        assert client.get(gone).status_code == 404


def test_the_feed_of_changes_tells_a_new_version_as_news(client: FlaskClient, session: Session) -> None:
    old, new = make_published(session, title={"vi": "Cũ"}), make_published(session, title={"vi": "Mới"})
    replace_published(session, old, title={"vi": "Cũ mà mới"})
    session.commit()
    feed = read(client, "/changes.atom")
    assert [entry.title for entry in feed.entries] == ["Cũ mà mới (phiên bản 2)", "Mới"]
    assert feed.entries[0].id == f"http://localhost/materials/{old.public_id}?version=2"
    assert feed.entries[1].id == f"http://localhost/materials/{new.public_id}"
    rss = feedparser.parse(client.get("/en/changes.rss").data)
    assert [entry.title for entry in rss.entries] == ["Cũ mà mới (version 2)", "Mới"]


def test_recordings_of_a_course_are_a_podcast_with_what_is_said(client: FlaskClient, session: Session) -> None:
    episodes = []
    for number in (1, 2):
        owner = make_educator(session)
        material = make_material(session, owner, content=None, title={"vi": f"Bài nghe {number}"})
        add_file(session, material, make_blob(session, b"a" * number, "audio/mpeg").sha256, "bai.mp3")
        text = make_blob(session, b"WEBVTT" + bytes([64 + number]), "text/vtt").sha256
        add_file(session, material, text, "bai.vtt", role=FileRole.CAPTIONS, language="vi")
        submit_for_review(session, owner, material)
        publish(session, make_reviewer(session), material)
        episodes.append(material)
    course = make_collection(session, episodes[1], episodes[0], make_published(session))
    session.commit()
    feed = feedparser.parse(client.get(f"/collections/{course.public_id}.rss").data)
    assert not feed.bozo
    assert feed.feed.itunes_type == "serial"
    assert [entry.title for entry in feed.entries] == ["Bài nghe 2", "Bài nghe 1"]
    assert [entry.itunes_episode for entry in feed.entries] == ["1", "2"]
    [enclosure] = feed.entries[0].enclosures
    here = f"http://localhost/materials/{episodes[1].public_id}/files"
    assert (enclosure.href, enclosure.type, enclosure.length) == (f"{here}/1/download", "audio/mpeg", "2")
    document = etree.fromstring(client.get(f"/collections/{course.public_id}.rss").data)
    told = document.find(".//{https://podcastindex.org/namespace/1.0}transcript")
    assert dict(told.attrib) == {"url": f"{here}/2/captions.vtt", "type": "text/vtt", "language": "vi"}


def test_control_characters_of_an_old_row_break_no_feed(client: FlaskClient, session: Session) -> None:
    material = make_published(session)
    material.current_version.record = {**material.current_version.record, "title": {"vi": "a\x0bb\x1f\ufffe"}}
    session.commit()
    assert read(client, "/feed.xml").entries[0].title == "ab"
    assert etree.fromstring(client.get("/feed.rss").data).findtext(".//item/title") == "ab"


def test_browsers_learn_how_to_search_here(client: FlaskClient) -> None:
    said = etree.fromstring(client.get("/en/opensearch.xml").data)
    names = {"o": "http://a9.com/-/spec/opensearch/1.1/"}
    templates = said.xpath("//o:Url/@template", namespaces=names)
    assert templates[0] == "http://localhost/en/search?q={searchTerms}&page={startPage?}"
    assert len(said.findtext("o:ShortName", namespaces=names)) <= 16
    assert '<link rel="search"' in client.get("/").text
