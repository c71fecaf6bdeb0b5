"""A course as one download for reading offline, and its picture for chats."""

import io
import re
import zipfile
from urllib.parse import unquote

import pytest
from lxml import html
from PIL import Image

from oer.catalogue.services.collections import add_note, add_part, place_in_part
from oer.files.models import Blob, Condition, Rendition, RenditionPage
from oer.reading import course_archive
from tests.catalogue.factories import make_collection, make_published
from tests.reading.factories import publish_files, sample
from tests.reading.test_downloads import noted


@pytest.fixture
def course(session, installation):
    """(public id of a course of a text, a recording and a link, public ids of these)."""
    text = publish_files(session, installation, sample("dien-trong-nha.html"), title={"vi": "Điện <trong> nhà"})
    said = (*sample("cuoc-goi-la.vi.vtt"), "captions")
    call = publish_files(session, installation, sample("cuoc-goi-la.mp3"), said, title={"vi": "Cuộc gọi lạ"})
    link = make_published(session, content=None, source_url="https://example.org/bai", title={"vi": "Bài ở nơi khác"})
    made = make_collection(session, text, call, link, title={"vi": "Nhà yên: xóm lành?", "en": "A safe home"})
    part = add_part(session, made, {"vi": "Phần hai"})
    place_in_part(session, made, made.items[2], part.id)
    add_note(session, made, {"vi": "Nghỉ tay"}, {"vi": "Uống nước & nghỉ."}, part.id)
    found = made.public_id, [each.public_id for each in (text, call, link)]
    session.commit()
    return found


def downloaded(client, public_id, language=""):
    answer = client.get(f"{language}/collections/{public_id}/download")
    assert answer.status_code == 200
    return answer, zipfile.ZipFile(io.BytesIO(answer.data))


def test_the_archive_has_its_length_told_and_a_page_that_leads_to_every_file(client, course):
    answer, archive = downloaded(client, course[0])
    assert answer.mimetype == "application/zip"
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert 'filename="Nha yen_ xom lanh_.zip"' in answer.headers["Content-Disposition"]
    assert archive.testzip() is None
    names = archive.namelist()
    assert names[0] == "index.html"
    assert "01 Điện _trong_ nhà/dien-trong-nha.html" in names
    page = archive.read("index.html").decode()
    tree = html.fromstring(page.encode())
    linked = {unquote(each) for each in tree.xpath("//a/@href | //audio/@src") if "://" not in each}
    assert linked <= set(names)
    kept = {name for name in names if not name.endswith("GIAY-PHEP-LICENCE.txt")} - {"index.html"}
    assert kept == linked
    order = [
        page.index(words)
        for words in ("Điện &lt;trong&gt; nhà", "Cuộc gọi lạ", "Phần hai", "Bài ở nơi khác", "Nghỉ tay")
    ]
    assert order == sorted(order)
    assert "Uống nước &amp; nghỉ." in page
    assert "https://example.org/bai" in page
    assert "<script" not in page


def test_texts_are_readable_in_it_and_link_back(client, course):
    _, archive = downloaded(client, course[0])
    [name] = [each for each in archive.namelist() if each.startswith("01 ") and "/text/" in each]
    page = archive.read(name).decode()
    assert "cầu dao" in page
    assert 'href="../../index.html"' in page
    assert "<h1>Điện &lt;trong&gt; nhà</h1>" in page
    assert "src=" not in page, "what is not in the archive is not asked for"


def test_in_english_the_words_around_are_english(client, course):
    _, archive = downloaded(client, course[0], "/en")
    page = archive.read("index.html").decode()
    assert "<title>A safe home</title>" in page
    assert "Read the text: Điện &lt;trong&gt; nhà" in page
    assert '<h3 lang="vi">1. Điện' in page


def test_a_download_that_broke_off_goes_on_where_it_was(client, course):
    whole, _ = downloaded(client, course[0])
    address, tag = f"/collections/{course[0]}/download", whole.headers["ETag"]
    for start in (1, 700, len(whole.data) // 2, len(whole.data) - 10):
        rest = client.get(address, headers={"Range": f"bytes={start}-", "If-Range": tag})
        assert rest.status_code == 206
        assert rest.data == whole.data[start:]
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
    assert client.head(address).headers["Content-Length"] == str(len(whole.data))


def test_each_material_that_has_files_is_a_use(client, installation, course):
    downloaded(client, course[0])
    events = noted(installation)
    assert [(event["k"], event["i"], event["f"]) for event in events] == [
        ("download", public_id, "zip") for public_id in course[1][:2]
    ]
    client.get(f"/collections/{course[0]}/download", headers={"Range": "bytes=500-"})
    client.head(f"/collections/{course[0]}/download")
    assert len(noted(installation)) == len(events)


def test_a_damaged_file_is_left_out_and_said(client, session, course):
    blob = session.query(Blob).filter(Blob.media_type == "audio/mpeg").one()
    blob.condition = Condition.DAMAGED
    session.commit()
    _, archive = downloaded(client, course[0])
    assert not [name for name in archive.namelist() if name.endswith(".mp3")]
    assert "Có một tệp" in archive.read("index.html").decode()


def test_what_changes_its_text_in_the_midst_breaks_off_once_and_is_right_the_next_time(client, session, course):
    downloaded(client, course[0])
    rendition = session.query(Rendition).join(Rendition.blob).filter(Blob.media_type == "text/html").one()
    session.query(RenditionPage).filter_by(rendition_id=rendition.id, number=1).update({"html": "", "text": "Ngắn."})
    session.commit()
    with pytest.raises(ValueError, match="another length"):
        client.get(f"/collections/{course[0]}/download").get_data()
    _, archive = downloaded(client, course[0])
    [name] = [each for each in archive.namelist() if each.startswith("01 ") and "/text/" in each]
    assert "Ngắn." in archive.read(name).decode()


def test_long_texts_are_in_their_files_alone(client, course, monkeypatch):
    monkeypatch.setattr(course_archive, "MOST_PAGES_OF_ALL", 0)
    _, archive = downloaded(client, course[0])
    assert not [name for name in archive.namelist() if "/text/" in name]


def test_the_page_says_how_large_it_is_and_a_course_of_links_has_no_download(client, session, course):
    page = client.get(f"/collections/{course[0]}").text
    assert re.search(
        rf'href="/collections/{course[0]}/download">.*Tải về cả khóa học, khoảng [\d,]+\xa0(KB|MB)', page, re.DOTALL
    )
    link = make_published(session, content=None, source_url="https://example.org/bai")
    of_links = make_collection(session, link).public_id
    hidden = make_collection(session, link, public=False).public_id
    session.commit()
    assert "/download" not in client.get(f"/collections/{of_links}").text
    assert client.get(f"/collections/{of_links}/download").status_code == 200
    assert client.get(f"/collections/{hidden}/download").status_code == 404


@pytest.mark.parametrize("parts", [1, 20])
def test_a_course_has_a_picture_for_chats(client, session, parts):
    materials = [make_published(session, subjects=["dig"]) for _ in range(parts)]
    public_id = make_collection(session, *materials, title={"vi": "Nhà yên, xóm lành"}).public_id
    session.commit()
    address = re.search(
        r'property="og:image" content="http://localhost([^"]+)"', client.get(f"/collections/{public_id}").text
    )[1]
    answer = client.get(address)
    assert answer.mimetype == "image/png"
    assert "immutable" in answer.headers["Cache-Control"], "the page and the picture agree on its key"
    picture = Image.open(io.BytesIO(answer.data)).convert("L")
    assert picture.size == (1200, 630)
    shelf = picture.crop((30, 60, 440, 555)).point(lambda value: 255 if value < 150 else 0)
    assert shelf.getbbox() is not None
    assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.get("/collections/00000-00000/cover.png").status_code == 404
