"""Pictures in the size that a screen needs, what they show in words, and where their text is."""

import io
import re

from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy.orm import Session

from oer.catalogue.models import Material
from oer.catalogue.services.files import set_file
from oer.catalogue.services.review import publish, submit_for_review
from oer.core.installation import Installation
from tests.catalogue.factories import make_educator, make_material, make_reviewer
from tests.reading.factories import add_real_files


def photograph(width: int, height: int, kind: str = "JPEG") -> bytes:
    """A picture without any even place, which no format makes small."""
    target = io.BytesIO()
    Image.effect_noise((width, height), 90).convert("RGB").save(target, kind)
    return target.getvalue()


def published(session: Session, installation: Installation, *files) -> Material:
    owner = make_educator(session)
    made = make_material(session, owner, content=None)
    add_real_files(session, installation, made, *files)
    role = made.newest_version.files[0].role
    words = {"vi": "Lối thoát ở cuối hành lang.", "en": "The exit is at the end of the corridor."}
    set_file(session, made, 1, role=role, language=None, title={"vi": "Sơ đồ"}, description=words)
    submit_for_review(session, owner, made)
    publish(session, make_reviewer(session), made)
    session.commit()
    return made


def test_a_photograph_is_offered_in_the_sizes_that_screens_need(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    content = photograph(2000, 400)
    made = published(session, installation, ("so-do.jpg", content))
    address = f"/materials/{made.public_id}/files/1"
    page = client.get(f"{address}/read").text
    [shown] = re.findall(r'<img src="([^"]+)" srcset="([^"]+)"', page)
    assert [each.rpartition(" ")[2] for each in shown[1].split(", ")] == ["800w", "1600w"]
    assert shown[0] == shown[1].split(" ")[0]
    assert f'<a href="{address}/show">' in page
    answer = client.get(shown[0].replace("&amp;", "&"), follow_redirects=True)
    if answer.mimetype == "image/webp":  # a machine that is busy sends the file itself, and makes the smaller one later
        assert Image.open(io.BytesIO(answer.data)).size == (800, 160)
        assert len(answer.data) < len(content) / 2
    else:
        assert answer.data == content


def test_a_picture_that_is_small_enough_is_sent_as_it_is(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    made = published(session, installation, ("nho.jpg", photograph(300, 200)))
    address = f"/materials/{made.public_id}/files/1"
    page = client.get(f"{address}/read").text
    assert f'<img src="{address}/show"' in page
    assert "srcset" not in page


def test_of_a_picture_that_cannot_be_made_smaller_the_reader_gets_the_picture(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    target = io.BytesIO()
    frames = [Image.effect_noise((900, 100), 90).convert("RGB") for _ in range(2)]
    frames[0].save(target, "PNG", save_all=True, append_images=frames[1:])
    made = published(session, installation, ("dong.png", target.getvalue()))
    address = f"/materials/{made.public_id}/files/1"
    assert "800w" in client.get(f"{address}/read").text
    answer = client.get(f"{address}/pages/1.webp?w=800")
    assert (answer.status_code, answer.location) == (302, f"{address}/show")
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get(f"{address}/pages/2.webp?w=800").status_code == 404
    assert client.get(f"{address}/pages/1.webp?w=801").status_code == 404


def test_the_description_is_the_alternative_text_and_the_text_version_is_linked(
    client: FlaskClient, session: Session, installation: Installation
) -> None:
    files = [("so-do.png", photograph(40, 40, "PNG")), ("so-do.md", "Từ cửa, rẽ trái.".encode(), "transcript")]
    made = published(session, installation, *files)
    for root, words, link in (
        ("", "Lối thoát ở cuối hành lang.", "Bản chữ của hình"),
        ("/en", "The exit is at the end of the corridor.", "Text version"),
    ):
        page = client.get(f"{root}/materials/{made.public_id}/files/1/read").text
        assert f'alt="{words}"' in page
        assert f'href="{root}/materials/{made.public_id}/files/2/read">{link}</a>' in page
        assert "so-do" not in page
