"""Every format is read in place, a page at a time, each with an address of its own."""

import json
import re
import unicodedata
from base64 import b64encode
from html import unescape
from itertools import count, takewhile

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.catalogue.queries.materials import find_material
from oer.core.installation import Installation
from oer.files.models import Rendition, RenditionPage, RenditionState
from tests.backends.extraction import document_factories as made
from tests.catalogue.factories import make_blob, make_collection, make_published, make_rendition
from tests.reading.factories import publish_files, sample, zip_of


def words_of(page: str) -> str:
    return re.sub(r"<[^>]+>", " ", page.partition("<main")[2].partition("</main>")[0])


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("ban-chuyen-tien-trong-nha.md", "tiền"),
        ("bon-muoi-cau-hoi.txt", "câu hỏi"),
        ("phieu-kiem-tra-an-toan.docx", "an toàn"),
        ("ghi-chuyen-khu-pho.odt", "khu phố"),
        ("so-thu-chi-gia-dinh.xlsx", "Thu"),
        ("an-toan-lao-dong-5-phut.pptx", "an toàn"),
        ("buoi-hoc-cho-nguoi-lon.odp", "học"),
        ("bep-nha-gon-gang.epub", "bếp"),
        ("to-dan-canh-dien-thoai.pdf", "điện thoại"),
        ("bo-phieu-tinh-toan.zip", ".docx"),
    ],
)
def test_each_format_is_read_in_place(
    client: FlaskClient, session: Session, installation: Installation, name: str, says: str
) -> None:
    material = publish_files(session, installation, sample(name))
    answer = client.get(f"/materials/{material.public_id}/files/1/read")
    assert answer.status_code == 200
    assert says.lower() in words_of(answer.text).lower()
    assert "<script" not in answer.text.replace('<script src="/static/', "")


def test_a_short_text_is_one_page_whose_contents_lead_to_its_headings(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    words = "# Khi cháy\n\n## Ra\n\nRa ngoài.\n\n## Gọi\n\n114"
    material = publish_files(session, installation, ("ke-hoach.md", words.encode()))
    shown = client.get(f"/en/materials/{material.public_id}/files/1/read").text
    assert 'rel="next"' not in shown
    assert re.findall(r'href="[^"]*/read#(heading-\d)"', shown) == ["heading-1", "heading-2", "heading-3"]
    assert '<h3 id="heading-3">Gọi</h3>' in shown


@pytest.fixture
def book(session: Session, installation: Installation) -> str:
    material = publish_files(session, installation, sample("bep-nha-gon-gang.epub"))
    return f"/materials/{material.public_id}/files/1/read"


def test_pages_are_turned_by_links_that_say_so(client: FlaskClient, book: str) -> None:
    first, second = client.get(f"/en{book}").text, client.get(f"/en{book}?page=2").text
    total = int(re.search(r"Part 1 of (\d+)", first)[1])
    assert total > 2
    assert f'rel="next" href="/en{book}?page=2"' in first
    assert 'rel="prev"' not in first
    assert f'rel="prev" href="/en{book}?page=1"' in second, "its number says that it is turned to"
    assert "Part 2 of" in second
    assert 'rel="next"' not in client.get(f"/en{book}?page={total}").text


@pytest.mark.parametrize("page", ["0", "-1", "999999", "abc", "1" * 40, "", "1.5", "٢"])
def test_a_page_that_is_not_there_is_404_with_kind_words(client: FlaskClient, book: str, page: str) -> None:
    answer = client.get(f"/en{book}?page={page}")
    assert answer.status_code == 404
    assert "page" in words_of(answer.text)
    assert f'href="/en{book}">Open its first page</a>' in answer.text


def test_the_table_of_contents_leads_to_pages(client: FlaskClient, book: str) -> None:
    page = client.get(book).text
    contents = page.partition('class="pop contents"')[2].partition("</details>")[0]
    links = re.findall(r'href="([^"]+)"', contents)
    assert len(links) > 2
    assert client.get(links[-1].replace("&amp;", "&")).status_code == 200


def test_the_table_of_contents_leads_to_places_within_a_page(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    nav = '<a href="text/c1.xhtml#c1">Một</a><a href="text/c1.xhtml#c2">Hai</a>'
    book = made.epub(['<p id="c1">1</p><p id="c2">2</p>'], nav=nav)
    material = publish_files(session, installation, ("sach.epub", book))
    shown = client.get(f"/materials/{material.public_id}/files/1/read").text
    assert re.findall(r'href="[^"]*/read#([^"]+)">(?:Một|Hai)<', shown) == ["in-c1", "in-c2"]
    assert '<p id="in-c1">' in shown


def test_pictures_of_a_book_from_a_mac_are_sent(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    stored = unicodedata.normalize("NFD", "OEBPS/ảnh bìa.png")
    book = made.epub(['<img src="../ảnh bìa.png"/>'], parts={stored: made.png()})
    material = publish_files(session, installation, ("sach.epub", book))
    shown = client.get(f"/materials/{material.public_id}/files/1/read").text
    address = re.findall(r'<img loading="lazy" src="([^"]+)"', shown)[0]
    assert client.get(unescape(address)).data == made.png()


def test_a_book_of_which_only_a_part_is_kept_says_which(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    nav = '<a href="text/c1.xhtml">Chương một</a><a href="text/c2.xhtml">Chương hai</a>'
    book = made.epub(["<p>1</p>", "<p>2</p>"], nav=nav)
    material = publish_files(session, installation, ("sach.epub", book))
    rendition = session.scalars(sa.select(Rendition)).one()
    session.execute(sa.delete(RenditionPage).where(RenditionPage.number == 2))
    rendition.state = RenditionState.LIMIT
    session.commit()
    words = " ".join(words_of(client.get(f"/en/materials/{material.public_id}/files/1/read").text).split())
    assert "1 of its 2 parts are shown here" in words
    assert "Chương hai (only in the download)" in words


def test_searched_words_are_marked_and_stay_with_the_links(client: FlaskClient, book: str) -> None:
    page = client.get(f"{book}?q=bep").text
    assert '<mark id="hit">bếp</mark>' in page.replace("Bếp", "bếp")
    assert page.count('id="hit"') == 1, "search leads to the first"
    assert f'rel="next" href="{book}?page=2&amp;q=bep"' in page
    assert '<meta name="robots" content="noindex">' in page


def test_size_spacing_and_ground_are_chosen_in_the_reader_and_kept(client: FlaskClient, book: str) -> None:
    page = client.get(f"{book}?page=2").text
    assert "size-m" in page
    assert f'<input type="hidden" name="next" value="{book}?page=2">' in page
    chosen = {"next": f"{book}?page=2", "text": "l", "spacing": "wide", "ground": "white"}
    assert client.get("/display", query_string=chosen).headers["Location"] == f"{book}?page=2"
    for address in (f"{book}?page=2", f"{book}?page=3", f"/en{book}"):
        shown = client.get(address).text
        assert "size-l spaced" in shown
        assert 'data-scheme="light" data-ground="white"' in shown.partition("<head>")[0]
    assert "data-" not in client.get("/").text.partition("<head>")[0], "the ground is of readers alone"
    client.get("/display?ground=dark&scheme=light")
    assert 'data-scheme="dark"' in client.get(book).text.partition("<head>")[0]
    assert "size-m" in client.get("/display?text=enormous&next=" + book, follow_redirects=True).text


def test_at_its_end_a_reader_says_what_comes_next(client: FlaskClient, session: Session, book: str) -> None:
    material, after = find_material(session, book.split("/")[2]), make_published(session)
    make_collection(session, material, after)
    session.commit()
    total = int(re.search(r"Part 1 of (\d+)", client.get(f"/en{book}").text)[1])
    last = client.get(f"/en{book}?page={total}").text
    following = last.partition('id="next-in-course"')[2]
    assert f'href="/en/materials/{after.public_id}"' in following
    assert "part 2 of 2" in following
    assert "next-in-course" not in client.get(f"{book}?page=2").text


def test_pictures_of_a_document_come_out_of_it(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    material = publish_files(session, installation, sample("an-toan-lao-dong-5-phut.pptx"))
    read = f"/materials/{material.public_id}/files/1/read"
    total = int(re.search(r"Slide 1 of (\d+)", client.get(f"/en{read}").text)[1])
    pages = [client.get(f"{read}?page={number}").text for number in range(1, total + 1)]
    addresses = [each for page in pages for each in re.findall(r'<img [^>]*src="([^"]+/pictures/[^"]+)"', page)]
    assert addresses
    answer = client.get(addresses[0])
    assert answer.status_code == 200
    assert answer.mimetype.startswith("image/")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["phan-tram-quanh-ta.html", "giao-tiep-voi-nguoi-diec.html", "dien-trong-nha.html"])
def test_pictures_written_into_a_web_page_are_shown(
    client: FlaskClient, session: Session, installation: Installation, name: str
) -> None:
    material = publish_files(session, installation, sample(name))
    read = f"/materials/{material.public_id}/files/1"
    pages = (client.get(f"{read}/read?page={number}") for number in count(1))
    text = "".join(page.text for page in takewhile(lambda page: page.status_code == 200, pages))
    addresses = re.findall(rf'<img [^>]*src="({read}/pictures/[^"]+)"', text)
    assert len(addresses) == sample(name)[1].count(b"data:image/png")
    answer = client.get(addresses[0])
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert client.get(f"{read}/pictures/data-0-99.png").status_code == 404


def test_only_pictures_come_out_of_a_document(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    material = publish_files(session, installation, sample("phieu-kiem-tra-an-toan.docx"))
    inside = f"/materials/{material.public_id}/files/1/pictures/"
    for name in ("word/document.xml", "../secret.png", "no-such.png"):
        assert client.get(inside + name).status_code == 404


def test_hostile_html_runs_nothing_and_fetches_nothing(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    html = """<!doctype html><title>x</title><h1>Bài học</h1><script>alert(1)</script>
    <p onclick="alert(1)" style="background:url(https://evil.example)">Nội dung</p><img src="https://evil.example/x.png">
    <form action="https://evil.example"><input name="password"></form><a href="javascript:alert(1)">bấm</a>
    <iframe src="https://evil.example"></iframe><svg onload="alert(1)"></svg>"""
    material = publish_files(session, installation, ("bai.html", html.encode()))
    page = client.get(f"/materials/{material.public_id}/files/1/read").text
    assert "Nội dung" in page
    assert "evil.example" not in page
    assert "alert(1)" not in page
    download = client.get(f"/materials/{material.public_id}/files/1/download")
    assert download.mimetype == "application/octet-stream"
    assert download.headers["Content-Disposition"].startswith("attachment")


def test_a_hostile_drawing_is_shown_where_it_can_do_nothing(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    drawing = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><script>alert(1)</script></svg>"
    material = publish_files(session, installation, ("hinh.svg", drawing))
    page = client.get(f"/materials/{material.public_id}/files/1/read").text
    assert f'<img src="/materials/{material.public_id}/files/1/show"' in page
    shown = client.get(f"/materials/{material.public_id}/files/1/show")
    assert shown.mimetype == "image/svg+xml"
    assert shown.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "sandbox" in shown.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (None, "still being prepared"),
        ("encrypted", "protected by a password"),
        ("damaged", "is damaged"),
        ("limit", "too large or too complex"),
        ("unsupported", "cannot be shown here"),
    ],
)
def test_what_cannot_be_shown_says_why_and_offers_the_download(
    client: FlaskClient, session: Session, state: str | None, words: str
) -> None:
    if state:
        make_rendition(session, make_blob(session, b"closed"), state=state)
    material = make_published(session, content=b"closed")
    session.commit()
    answer = client.get(f"/en/materials/{material.public_id}/files/1/read")
    assert answer.status_code == 200
    assert words in answer.text
    assert f'href="/en/materials/{material.public_id}/files/1/download"' in answer.text


def test_a_short_address_of_a_file_leads_to_its_reader(client: FlaskClient, book: str) -> None:
    answer = client.get(book.removesuffix("/read") + "?q=bep")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{book}?q=bep"


@pytest.mark.parametrize("path", ["files/9/read", "files/0/read", "files/x/read", "files/-1/read", "files/9/download"])
def test_a_file_that_is_not_there_is_404(client: FlaskClient, book: str, path: str) -> None:
    assert client.get(book.replace("files/1/read", path)).status_code == 404


ARCHIVE = {
    "Bài 1/đọc.md": "# Tiêu đề\n\n<script>alert(1)</script>\n\n**đậm**".encode(),
    "ghi chú.txt": "một < hai".encode(),
    "trang.html": b"<p onclick=alert(1)>xin ch&agrave;o</p><script>alert(2)</script>",
    "hinh.png": bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
    ),
    "chay.exe": b"MZ" + b"\0" * 100,
}


@pytest.fixture
def archive(session: Session, installation: Installation) -> str:
    material = publish_files(session, installation, ("tap.zip", zip_of(ARCHIVE)))
    return f"/materials/{material.public_id}/files/1"


def member_links(client: FlaskClient, archive: str) -> dict[str, str]:
    page = client.get(f"{archive}/read").text
    return {name: address for address, name in re.findall(r'<td><a href="([^"]+)">([^<]+)</a>', page)}


def test_members_of_an_archive_open_by_themselves(client: FlaskClient, archive: str) -> None:
    links = member_links(client, archive)
    assert set(links) == set(ARCHIVE)
    page = client.get(links["Bài 1/đọc.md"]).text
    assert "<strong>đậm</strong>" in page
    assert "alert(" not in page + client.get(links["trang.html"]).text
    assert "xin chào" in client.get(links["trang.html"]).text
    assert "<pre>một &lt; hai</pre>" in client.get(links["ghi chú.txt"]).text
    picture = client.get(links["hinh.png"])
    assert (picture.mimetype, picture.data) == ("image/png", ARCHIVE["hinh.png"])
    program = client.get(links["chay.exe"])
    assert program.mimetype == "application/octet-stream"
    assert program.headers["Content-Disposition"].startswith("attachment")
    assert program.data == ARCHIVE["chay.exe"]


@pytest.mark.parametrize("number", ["99", "-1", "x", "1" * 30])
def test_a_member_that_is_not_there_is_404(client: FlaskClient, archive: str, number: str) -> None:
    assert client.get(f"{archive}/members/{number}").status_code == 404


def test_a_long_archive_is_listed_in_pages(client: FlaskClient, session: Session, installation: Installation) -> None:
    content = zip_of({f"tep-{number:05}.txt": b"x" for number in range(450)})
    material = publish_files(session, installation, ("nhieu.zip", content))
    read = f"/en/materials/{material.public_id}/files/1/read"
    page = client.get(f"{read}?page=3").text
    assert "Page 3 of 3" in page
    assert page.count("<tr><td>") == 50
    assert client.get(f"{read}?page=4").status_code == 404


def test_a_drawing_of_a_notebook_is_sent_out_of_it(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    cell = {"cell_type": "code", "source": "ve()", "outputs": [{"data": {"image/png": b64encode(made.png()).decode()}}]}
    content = json.dumps({"cells": [cell], "nbformat": 4}).encode()
    material = publish_files(session, installation, ("bai.ipynb", content))
    read = f"/materials/{material.public_id}/files/1"
    shown = client.get(f"{read}/read").text
    assert "<code>ve()</code>" in shown
    (address,) = re.findall(rf'<img [^>]*src="({read}/pictures/[^"]+)"', shown)
    answer = client.get(unescape(address))
    assert (answer.mimetype, answer.data) == ("image/png", made.png())
