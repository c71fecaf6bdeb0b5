"""PDF: every word, on its page."""

import base64
import io

import pytest
from PIL import Image

from oer.backends.extraction.extracting import NotRendered, render_page
from oer.backends.extraction.media_types import PDF
from oer.backends.extraction.protocol import Damaged, Encrypted, OutlineEntry, State
from tests.backends.extraction.pdf_factories import (
    FONT,
    encrypted_pdf,
    pdf_in_font,
    pdf_of,
    picture_of_text,
    scanned_pdf,
    sized_pdf,
    tagged_pdf,
)
from tests.backends.extraction.test_encodings import in_tcvn3

needs_font = pytest.mark.skipif(not FONT.exists(), reason="no font to embed")
ROMAN = "<< /Nums [0 << /S /r >> 2 << /S /D >>] >>"


def test_pages_are_read_in_order_with_their_labels(read_here):
    found = read_here(pdf_of(["Lời nói đầu", "Mục lục", "Bài 1:\nđường phố"], labels=ROMAN), PDF)
    assert found.texts == ["Lời nói đầu", "Mục lục", "Bài 1:\nđường phố"]
    assert found.labels == ["i", "ii", "1"]


def test_what_it_says_of_itself_is_noted(read_here):
    pages = ["một", "hai"]
    found = read_here(
        pdf_of(pages, title="Microsoft Word - Sổ tay", author="Kho", outline=[("Bài\0 1", 0), ("Bài 2", 1)]), PDF
    )
    facts = found.facts
    assert (facts.title, facts.creator, facts.pages, facts.width, facts.height) == ("Sổ tay", "Kho", 2, 595, 842)
    assert facts.outline == [OutlineEntry("Bài 1", 1, 1), OutlineEntry("Bài 2", 1, 2)]


def test_its_first_page_is_its_cover(read_here):
    with Image.open(io.BytesIO(base64.b64decode(read_here(pdf_of(["x"]), PDF).cover))) as cover:
        assert (cover.format, cover.size) == ("WEBP", (282, 400))


def test_pages_that_are_pictures_want_recognition(read_here):
    assert read_here(scanned_pdf([picture_of_text([])] * 2), PDF).needs_ocr == [1, 2]
    assert read_here(pdf_of(["x", b"0 0 9 9 re f"]), PDF).needs_ocr == []


def test_fonts_of_before_unicode_are_read(read_here):
    text = "Tài liệu học tập về kỹ năng số cho người cao tuổi ở thành phố và các xã"
    assert read_here(pdf_of([in_tcvn3(text).decode("latin-1")]), PDF).texts == [text]


OLD = "H\xadíng dÉn ng\xadêi d©n tiÕt kiÖm n\xadíc vµ ®iÖn".encode("latin-1")


def test_an_old_font_without_a_map_is_read(read_here):
    assert read_here(pdf_in_font(OLD, ".VnTime"), PDF).texts == ["Hướng dẫn người dân tiết kiệm nước và điện"]


@pytest.mark.parametrize(
    ("font", "embedded", "producer", "is_shown"),
    [
        (".VnTime", False, "Acrobat Distiller", False),
        pytest.param(".VnTime", True, "Acrobat Distiller", True, marks=needs_font),
        pytest.param("LiberationSerif", True, "LibreOffice 24.2", False, marks=needs_font),
        pytest.param(".VnTime", True, "LibreOffice 24.2", True, marks=needs_font),
    ],
)
def test_a_cover_that_shows_other_letters_than_the_page_has_is_none(read_here, font, embedded, producer, is_shown):
    found = read_here(pdf_in_font(OLD, font, embedded=embedded, producer=producer), PDF)
    assert (found.cover is not None) is is_shown


def test_a_page_that_would_show_other_letters_is_not_drawn(tmp_path):
    path = tmp_path / "old.pdf"
    path.write_bytes(pdf_in_font(OLD, ".VnTime"))
    with pytest.raises(NotRendered) as refused:
        render_page(path, 1, 400)
    assert refused.value.state is State.UNSUPPORTED


def test_letters_of_the_private_use_area_are_read_or_recognised(read_here):
    read = read_here(pdf_of(["V\uf03b\uf039n rau \uf047nh", "H\uf0a1\uf0a2ng d\uf0a3n s\uf0a4"]), PDF)
    assert read.texts == ["Vươn rau ảnh", ""]
    assert read.needs_ocr == [2]


@pytest.mark.parametrize(("content", "error"), [(encrypted_pdf(), Encrypted), (b"%PDF-1.7 x", Damaged), (b"", Damaged)])
def test_what_cannot_be_opened_says_why(read_here, content, error):
    with pytest.raises(error):
        read_here(content, PDF)


def test_headings_and_lists_of_a_tagged_file_are_shown_beside_its_pages(read_here):
    parts = [("H1", "Bai 1 < 2"), ("P", "Mot doan van"), ("LI", "- mot"), ("LI", "1. so mot"), ("H2", "Muc")]
    found = read_here(tagged_pdf(parts), PDF)
    assert found.html == ("<h1>Bai 1 &lt; 2</h1><p>Mot doan van</p><ul><li>mot</li></ul><p>1. so mot</p><h2>Muc</h2>")
    assert found.texts == ["Bai 1 < 2\nMot doan van\n- mot\n1. so mot\nMuc"]


def test_a_figure_after_a_heading_is_no_part_of_it(read_here):
    found = read_here(tagged_pdf([("H2", "Bai 1"), ("Figure", "chu trong hinh"), ("P", "Mot doan van")]), PDF)
    assert found.html == "<h2>Bai 1</h2><p>chu trong hinh</p><p>Mot doan van</p>"


def test_tags_that_leave_out_much_of_a_page_do_not_count(read_here):
    assert read_here(tagged_pdf([("H1", "Bai 1")], untagged=["mot doan van dai khong co the"]), PDF).html == ""


BODY = [(11, "Moi bai tap deu co loi giai o cuoi sach, ban doc nen thu tu lam truoc khi xem")] * 6


@pytest.mark.parametrize("by_matrix", [False, True])
def test_headings_of_a_file_without_tags_are_told_by_the_size_of_their_letters(read_here, by_matrix):
    first = [(24, "Ky nang so"), *BODY, (16, "Bai 1: Dien thoai"), (16, "va may tinh < 2"), *BODY, (11, "12")]
    second = [(16, "Bai 2"), *BODY]
    found = read_here(sized_pdf([first, second], by_matrix=by_matrix), PDF)
    text = " ".join(line for _, line in BODY)
    assert [page.html for page in found.pages] == [
        f"<h1>Ky nang so</h1><p>{text}</p><h2>Bai 1: Dien thoai va may tinh &lt; 2</h2><p>{text} 12</p>",
        f"<h2>Bai 2</h2><p>{text}</p>",
    ]


@pytest.mark.parametrize(
    "page",
    [
        BODY,
        [(30, "Coi chung lua dao"), (20, "Khong doc ma cho ai"), (11, "113")],
        [*BODY, *[(14, "Mot doan dai duoc in to hon de de doc hon cho nguoi cao tuoi trong ca trang sach nay")] * 5],
        [*BODY, (20, "1234")],
        [*BODY, (16, "Bai 1 . . . . . . . 5"), (16, "Bai 2 ............. 9")],
    ],
    ids=["one size", "a poster", "a long passage in larger letters", "a number", "a table of contents"],
)
def test_sizes_that_are_not_plain_tell_nothing(read_here, page):
    assert read_here(sized_pdf([page]), PDF).html == ""
