"""The picture of a collection: given by those who may change it, and light enough for home."""

import io
import re

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from oer.files.models import Blob
from oer.files.queries import unreferenced
from tests.accounts.browsing import Browser
from tests.accounts.factories import make_unit
from tests.catalogue.factories import make_collection, make_educator, make_published

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><path d="M0 0h2v1H0z"/></svg>'


@pytest.fixture
def course(session: Session) -> str:
    """The public id of a course of a unit whose educator is co-giao@example.org."""
    unit = make_unit(session)
    make_educator(session, unit, email="co-giao@example.org")
    public_id = make_collection(session, make_published(session), unit=unit).public_id
    session.commit()
    return public_id


@pytest.fixture
def educator(client: FlaskClient, course: str) -> Browser:
    browser = Browser(client)
    browser.sign_in("co-giao@example.org")
    return browser


def send(educator: Browser, course: str, content: bytes = b"", name: str = "", **fields: str) -> str:
    """Send the form; return what the page says then."""
    page = f"/my/collections/{course}"
    file = {"picture": (io.BytesIO(content), name)} if name else {}
    data = {"csrf_token": educator.token(page), **fields, **file}
    answer = educator.client.post(f"{page}/picture", data=data, content_type="multipart/form-data")
    assert answer.status_code == 303
    return educator.get(page).text


def png(width: int) -> bytes:
    target = io.BytesIO()
    Image.effect_noise((width, width // 2), 100).save(target, "PNG")
    return target.getvalue()


def test_an_educator_gives_a_course_its_picture_and_takes_it_away(client: FlaskClient, educator, course) -> None:
    reader = client.application.test_client()
    assert "week-shelf" in reader.get("/").text
    send(educator, course, SVG, "hinh.svg")
    answer = reader.get(f"/collections/{course}/picture")
    assert (answer.data, answer.content_type) == (SVG, "image/svg+xml")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert f"/collections/{course}/picture?v=" in reader.get("/").text
    send(educator, course, png(40), "hinh.png")
    assert reader.get(f"/collections/{course}/picture").content_type == "image/png"
    send(educator, course, action="remove")
    assert reader.get(f"/collections/{course}/picture").status_code == 404
    assert "week-shelf" in reader.get("/").text


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "", "Hãy chọn một hình"),
        (b"# Ch\xc3\xa0o", "chao.md", "SVG, PNG"),
        (png(400), "nang.png", "nặng nhất 40 KB"),
        (b"", "rong.png", "rỗng"),
    ],
)
def test_what_is_no_light_picture_is_refused_in_words(educator, course, content: bytes, name: str, said: str) -> None:
    shown = re.search(r'<p class="notice error".*?</p>', send(educator, course, content, name))
    assert shown
    assert said in shown[0]
    assert educator.get(f"/collections/{course}/picture").status_code == 404


def test_a_picture_in_use_is_not_thrown_away(educator, course, session: Session) -> None:
    send(educator, course, SVG, "hinh.svg")
    unused = sa.select(sa.func.count()).select_from(Blob).where(unreferenced(), Blob.media_type == "image/svg+xml")
    assert session.scalar(unused) == 0
    session.rollback()
    send(educator, course, action="remove")
    assert session.scalar(unused) == 1
