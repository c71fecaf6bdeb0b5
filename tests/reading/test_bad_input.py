"""What nobody should upload and somebody will: each gets a right status and kind words, and the reader goes on."""

import io
import random
import re
import zipfile
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from oer.core.installation import Installation
from tests.backends.extraction import document_factories as made
from tests.backends.extraction.pdf_factories import pdf_of
from tests.reading.factories import publish_files

METRE = 72 / 0.0254


def read_of(session: Session, installation: Installation, *files) -> str:
    return f"/materials/{publish_files(session, installation, *files).public_id}/files/1"


def test_a_pdf_of_3000_pages_is_turned_from_first_to_last(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    book = read_of(session, installation, ("day.pdf", pdf_of([f"trang {number}" for number in range(1, 3001)])))
    for number in (1, 2, 1500, 3000):
        answer = client.get(f"/en{book}/read?page={number}")
        assert answer.status_code == 200
        assert f"Page {number} of 3000" in answer.text.replace("3,000", "3000")
        assert f"trang {number}" in answer.text
        assert len(answer.data) < 40_000
    assert client.get(f"{book}/pages/3000.webp").mimetype == "image/webp"
    assert client.get(f"{book}/read?page=3001").status_code == 404
    assert client.get(f"{book}/pages/3001.webp").status_code == 404


@pytest.mark.parametrize("size", [(5 * METRE, 1 * METRE), (1 * METRE, 5 * METRE), (5 * METRE, 5 * METRE)])
def test_a_page_five_metres_wide_or_high_has_a_picture_no_larger_than_others(
    client: FlaskClient, session: Session, installation: Installation, size: tuple[float, float]
) -> None:
    sheet = read_of(session, installation, ("kho lon.pdf", pdf_of(["một tấm áp phích"], size=size)))
    assert "một tấm áp phích" in client.get(f"{sheet}/read").text
    answer = client.get(f"{sheet}/pages/1.webp?w=1600")
    assert answer.status_code == 200
    with Image.open(io.BytesIO(answer.data)) as image:
        assert image.width <= 1600
        assert image.width * image.height <= 16_000_000


def test_a_page_too_narrow_to_draw_has_words_and_no_picture(
    client: FlaskClient, session: Session, installation: Installation, run_jobs: Callable[[], int]
) -> None:
    thread = read_of(session, installation, ("soi chi.pdf", pdf_of(["chữ"], size=(0.001, 14_000))))
    assert client.get(f"{thread}/read").status_code == 200
    answer = client.get(f"/en{thread}/pages/1.webp")
    if answer.status_code == 503:  # it takes longer than a reader should wait, and the worker finds that there is none
        run_jobs()
        answer = client.get(f"/en{thread}/pages/1.webp")
    assert answer.status_code == 404
    assert "There is no picture of this page" in answer.text


def test_links_of_a_book_lead_inside_or_openly_elsewhere_and_never_upwards(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    body = (
        '<p><a href="c2.xhtml">sau</a> <a href="../../../../etc/passwd">lên</a> <a href="/admin">gốc</a>'
        '<a href="//evil.example/x">mạng</a> <a href="https://example.org/ngoai">ngoài</a>'
        '<a href="file:///etc/passwd">tệp</a><img src="../../../../etc/passwd" alt="hình"/></p>'
    )
    book = read_of(session, installation, ("sach.epub", made.epub([body, "<p>hai</p>"])))
    page = client.get(f"{book}/read").text
    assert f'href="{book}/read?page=2"' in page
    assert 'href="https://example.org/ngoai" rel="nofollow noopener noreferrer"' in page
    for bad in ("passwd", 'href="/admin"', "evil.example", "file:"):
        assert bad not in page
    for name in ("../../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "META-INF/container.xml"):
        assert client.get(f"{book}/pictures/{name}").status_code == 404


def test_captions_with_markup_are_words_alone(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    sound = made_sound()
    captions = "WEBVTT\n\n00:01.000 --> 00:02.000\n<b onclick=x>một</b> <script>alert(1)</script> &lt;img src=x&gt;\n"
    material = publish_files(session, installation, ("bai.wav", sound), ("bai.vtt", captions.encode(), "captions"))
    page = client.get(f"/materials/{material.public_id}/files/1/read").text
    assert "alert(1) &lt;img src=x&gt;" in page
    assert "<script>" not in page
    assert "onclick" not in page
    sent = client.get(f"/materials/{material.public_id}/files/2/captions.vtt").text
    assert "<" not in sent.replace("-->", "")


def made_sound() -> bytes:
    import wave

    target = io.BytesIO()
    with wave.open(target, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(b"\0\0" * 8000)
    return target.getvalue()


def test_of_a_sheet_of_a_million_rows_the_first_are_shown_and_the_rest_is_named(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    # Values that do not pack well: what packs too well is a bomb, and is refused when it is uploaded.
    values = random.Random(4)
    some = "".join(f"<row><c><v>{values.random()}</v></c></row>" for _ in range(20_000))
    sheet = read_of(session, installation, ("trieu dong.xlsx", made.xlsx(some * 50)))
    answer = client.get(f"/en{sheet}/read")
    assert answer.status_code == 200
    assert "Sheet 1 of 25" in answer.text
    assert "only its first part is shown here" in answer.text
    assert client.get(f"{sheet}/read?page=25").status_code == 200
    assert client.get(f"{sheet}/read?page=26").status_code == 404


def test_an_archive_of_10000_files_is_listed_in_pages_and_its_last_member_opens(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for number in range(1, 10_001):
            archive.writestr(f"bai-{number:05}.txt", f"bài {number}")
    listing = read_of(session, installation, ("muoi nghin.zip", target.getvalue()))
    page = client.get(f"/en{listing}/read?page=50")
    assert "Page 50 of 50" in page.text
    assert len(page.data) < 100_000
    last = re.findall(r'<td><a href="([^"]+)">bai-10000\.txt</a>', page.text)[0]
    assert "bài 10000" in client.get(last).text
    for asked in ("0", "-1", "51", "999999", "abc"):
        assert client.get(f"/en{listing}/read?page={asked}").status_code == 404
