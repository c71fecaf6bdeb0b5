"""Materials in pages of others: what may be framed, and what oEmbed says of it."""

import re

import pytest
from flask.testing import FlaskClient
from lxml import etree
from sqlalchemy.orm import Session

from oer.catalogue.models import FileRole, Material
from oer.catalogue.services.files import add_file
from oer.catalogue.services.review import publish, submit_for_review
from oer.catalogue.services.withdrawal import withdraw
from tests.catalogue.factories import (
    make_blob,
    make_educator,
    make_material,
    make_published,
    make_reviewer,
)


def make_video(session: Session) -> Material:
    owner = make_educator(session)
    material = make_material(session, owner, content=None, title={"vi": 'Phim <b>"hay"</b>'})
    add_file(session, material, make_blob(session, b"film", "video/mp4").sha256, "phim.mp4")
    captions = make_blob(session, b"WEBVTT", "text/vtt").sha256
    add_file(session, material, captions, "phim.vtt", role=FileRole.CAPTIONS, language="vi")
    submit_for_review(session, owner, material)
    publish(session, make_reviewer(session), material)
    return material


def test_only_the_page_for_frames_may_be_framed(client: FlaskClient, session: Session) -> None:
    video, text = make_video(session), make_published(session, summary={"vi": "Tóm tắt"})
    session.commit()
    for material in (video, text):
        page = client.get(f"/materials/{material.public_id}/embed")
        policy = page.headers["Content-Security-Policy"]
        assert "frame-ancestors *" in policy
        assert "form-action 'none'" in policy
        assert "default-src 'none'" in policy
        assert "<form" not in page.text
        assert "Set-Cookie" not in page.headers
        assert all("_blank" in each for each in re.findall(r"<a [^>]*>", page.text))
        other = client.get(f"/materials/{material.public_id}")
        assert "frame-ancestors 'none'" in other.headers["Content-Security-Policy"]
    player = etree.HTML(client.get(f"/en/materials/{video.public_id}/embed").text)
    assert player.xpath("//source/@src") == [f"/en/materials/{video.public_id}/files/1/play"]
    assert player.xpath("//track/@src") == [f"http://localhost/materials/{video.public_id}/files/2/captions.vtt"]
    assert not etree.HTML(client.get(f"/materials/{text.public_id}/embed").text).xpath("//video | //audio")


def test_oembed_tells_how_to_frame_a_material(client: FlaskClient, session: Session) -> None:
    video, text = make_video(session), make_published(session, creators=[{"name": "Lê A"}])
    session.commit()
    here = f"http://localhost/en/materials/{video.public_id}"
    for address in (here, f"{here}/files/1/read", f"{here}?a=1#b", f"{here}.bib"):
        said = client.get("/oembed", query_string={"url": address}).json
        assert said["type"] == "video"
        assert said["title"] == 'Phim <b>"hay"</b>'
        frame = etree.HTML(said["html"]).xpath("//iframe")[0]
        assert frame.get("src") == f"{here}/embed"
        assert frame.get("title") == 'Phim <b>"hay"</b>'
        assert client.get(frame.get("src").removeprefix("http://localhost")).status_code == 200
    plain = client.get("/oembed", query_string={"url": f"http://localhost/materials/{text.public_id}"})
    assert plain.mimetype == "application/json"
    assert plain.headers["Access-Control-Allow-Origin"] == "*"
    assert (plain.json["type"], plain.json["author_name"]) == ("rich", "Lê A")
    small = client.get("/oembed", query_string={"url": here, "maxwidth": "300", "maxheight": "1"}).json
    assert (small["width"], small["height"]) == (300, 200)
    xml = etree.fromstring(client.get("/oembed", query_string={"url": here, "format": "xml"}).data)
    assert xml.findtext("title") == 'Phim <b>"hay"</b>'
    page = etree.HTML(client.get(f"/materials/{text.public_id}").text)
    [found] = page.xpath("//link[@type='application/json+oembed']/@href")
    assert client.get(found.removeprefix("http://localhost")).json["title"] == plain.json["title"]


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("", 400),
        ("http://evil.example/materials/x", 400),
        ("http://localhost.evil.example/materials/x", 400),
        ("http://localhost@evil.example/materials/x", 400),
        ("http://localhost/", 404),
        ("http://localhost/materials/8k3mt-w2xpa", 404),
        ("http://localhost/materials/../admin", 404),
        ("http://localhost/fr/materials/x", 404),
        ("http://localhost/\u200b", 404),
        ("http://localhost//[", 404),
    ],
)
def test_oembed_knows_materials_of_this_site_alone(client: FlaskClient, url: str, status: int) -> None:
    assert client.get("/oembed", query_string={"url": url}).status_code == status


def test_oembed_tells_nothing_of_what_is_not_public(client: FlaskClient, session: Session) -> None:
    draft, gone = make_material(session), make_published(session)
    withdraw(session, make_reviewer(session), gone, "outdated", "cũ")
    session.commit()
    for material in (draft, gone):
        address = f"http://localhost/materials/{material.public_id}"
        assert client.get("/oembed", query_string={"url": address}).status_code == 404
    assert client.get(f"/materials/{draft.public_id}/embed").status_code == 404
    assert client.get(f"/materials/{gone.public_id}/embed").status_code == 410
    public = make_published(session)
    session.commit()
    address = f"http://localhost/materials/{public.public_id}"
    for wrong, status in (({"format": "yaml"}, 501), ({"maxwidth": "-1"}, 400), ({"maxheight": "9" * 30}, 400)):
        assert client.get("/oembed", query_string={"url": address, **wrong}).status_code == status
