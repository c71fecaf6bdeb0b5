"""Less data for whoever asks for it, sizes before what is fetched, and what a page of a long book weighs."""

import gzip
import io
import re
import zipfile
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.core.installation import Installation
from oer.operations.front.kept import KeptAnswers
from oer.web.templates import STATIC
from tests.reading.factories import publish_files, sample

SAVING = {"Save-Data": "on"}


@pytest.fixture
def slides(session: Session, installation: Installation) -> str:
    """A list with the cover of a PDF, which is also the one whose page is read."""
    name, content = sample("phan-tram-quanh-ta.pdf")
    return publish_files(session, installation, (name, content)).public_id


def test_lists_draw_covers_by_rule_and_readers_show_the_smaller_picture_alone(client: FlaskClient, slides: str) -> None:
    listed, read = "/subjects/bas.song", f"/materials/{slides}/files/1/read"
    for _ in range(2):  # the second time from the kept pages, which are kept in either form
        assert 'class="cover"' in client.get(listed).text
        assert 'class="cover"' not in client.get(listed, headers=SAVING).text
        assert "srcset" in client.get(read).text
        saving = client.get(read, headers=SAVING)
        assert "srcset" not in saving.text
        assert re.search(r'<img src="[^"]*w=800[^"]*" loading="lazy"', saving.text)
        assert {"Save-Data", "Cookie"} <= set(saving.vary)
    assert 'class="cover"' in client.get(listed, headers={"Save-Data": "off"}).text


def test_the_front_keeps_pages_in_either_form_and_none_that_was_asked_for_in_another() -> None:
    kept = KeptAnswers.__new__(KeptAnswers)  # a key depends on the request alone

    def key(**headers: str) -> tuple[str, ...] | None:
        return kept.key_of(SimpleNamespace(method="GET", path="/", query_string="", headers=headers))

    assert key() == key()
    assert None not in {key(), key(**{"save-data": "on"})}
    assert key() != key(**{"save-data": "on"})
    assert key(**{"save-data": "maybe"}) is None


def test_the_size_stands_before_what_is_downloaded_or_played(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    material = publish_files(session, installation, sample("cuoc-goi-la.mp3"), sample("bo-phieu-tinh-toan.zip"))
    for number in (1, 2):
        page = client.get(f"/materials/{material.public_id}/files/{number}/read").text
        links = re.findall(rf'files/{number}/download"[^>]*>(.*?)</a>', page, re.DOTALL)
        assert len(links) == 2
        assert all(re.search(r"Tải về, [\d,]+ (KB|MB)", each) for each in links)
    assert re.search(r"Dung lượng: [\d,]+ MB", client.get(f"/materials/{material.public_id}/files/1/read").text)


def book_of(chapters: int) -> bytes:
    """A book of so many chapters with a table of contents."""
    target, words = io.BytesIO(), "Bếp gọn thì việc nhà nhẹ, và ai cũng có phần việc của mình. " * 60
    names = [f"c{number}.xhtml" for number in range(chapters)]
    manifest = "".join(
        f'<item id="c{place}" href="{name}" media-type="application/xhtml+xml"/>' for place, name in enumerate(names)
    )
    titles = [f"Chương {place + 1}. Việc nhà trong tuần thứ {place + 1}" for place in range(chapters)]
    entries = "".join(f'<li><a href="{name}">{title}</a></li>' for name, title in zip(names, titles, strict=True))
    spine = "".join(f'<itemref idref="c{place}"/>' for place in range(chapters))
    with zipfile.ZipFile(target, "w") as book:
        book.writestr("mimetype", "application/epub+zip")
        container = '<rootfiles><rootfile full-path="b.opf" media-type="application/oebps-package+xml"/></rootfiles>'
        book.writestr(
            "META-INF/container.xml",
            f'<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">{container}</container>',
        )
        book.writestr(
            "b.opf",
            '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata/>'
            f'<manifest><item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
            f"{manifest}</manifest><spine>{spine}</spine></package>",
        )
        book.writestr(
            "nav.xhtml",
            '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><body>'
            f'<nav epub:type="toc"><ol>{entries}</ol></nav></body></html>',
        )
        for name, title in zip(names, titles, strict=True):
            text = f"<h1>{title}</h1><p>{words}</p>"
            book.writestr(name, f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{text}</body></html>')
    return target.getvalue()


def test_a_page_of_a_book_of_300_weighs_less_than_60_kb_with_all_that_it_needs(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    public_id = publish_files(session, installation, ("sach.epub", book_of(300))).public_id
    with client.get(f"/materials/{public_id}/files/1/read?page=150", headers={"Accept-Encoding": "gzip"}) as answer:
        body = answer.data
    page = gzip.decompress(body).decode()
    assert "Phần 150/300" in page
    assert page.count('class="level-') == 300
    needed = set(re.findall(r'(?:href|src)="/static/([\w.-]+)[?"]', page)) - {"icon.svg"}
    assert {"look.css", "reader.css", "aloud.js", "alegreya-800-vi.woff2"} <= needed
    weights = {
        each: len(content) if each.endswith("woff2") else len(gzip.compress(content, 6))
        for each in needed
        for content in [(STATIC / each).read_bytes()]
    }
    assert len(body) + sum(weights.values()) < 60_000, {"page": len(body), **weights}
