"""What robots are told."""

from flask.testing import FlaskClient
from lxml import etree
from sqlalchemy.orm import Session

from oer.catalogue.services.files import add_file
from oer.catalogue.services.review import publish, submit_for_review
from oer.catalogue.services.withdrawal import withdraw
from oer.exchange.queries import listing
from tests.catalogue.factories import (
    make_blob,
    make_collection,
    make_educator,
    make_material,
    make_published,
    make_rendition,
    make_reviewer,
)

NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def addresses(client: FlaskClient, path: str) -> list[str]:
    answer = client.get(path)
    assert answer.status_code == 200
    return etree.fromstring(answer.data).xpath("//s:loc/text()", namespaces=NAMES)


def test_the_map_names_everything_public_in_both_languages(client: FlaskClient, session: Session) -> None:
    material, draft = make_published(session), make_material(session)
    course = make_collection(session, material)
    hidden = make_collection(session, material, public=False)
    session.commit()
    parts = addresses(client, "/sitemap.xml")
    assert parts == ["http://localhost/sitemap-1.xml", "http://localhost/sitemap-2.xml"]
    found = [each for part in parts for each in addresses(client, part.removeprefix("http://localhost"))]
    assert f"http://localhost/materials/{material.public_id}" in found
    assert f"http://localhost/en/materials/{material.public_id}" in found
    assert f"http://localhost/collections/{course.public_id}" in found
    assert "http://localhost/subjects/bas.song" in found
    assert not any(draft.public_id in each or hidden.public_id in each for each in found)
    assert len(found) == len(set(found))


def test_every_address_of_the_map_leads_somewhere(client: FlaskClient, session: Session) -> None:
    make_published(session)
    session.commit()
    paths = [each.removeprefix("http://localhost") for each in addresses(client, "/sitemap-1.xml")]
    asked = [path for path in paths if "/subjects/" not in path or path.count(".") == 0]
    assert all(client.get(path).status_code == 200 for path in asked[:40])


def test_what_was_withdrawn_leaves_the_map(client: FlaskClient, session: Session) -> None:
    material = make_published(session)
    withdraw(session, make_reviewer(session), material, "outdated", "cũ")
    session.commit()
    assert addresses(client, "/sitemap.xml") == ["http://localhost/sitemap-1.xml"]
    assert client.get("/sitemap-2.xml").status_code == 404
    assert client.get("/sitemap-0.xml").status_code == 404


def test_a_large_catalogue_has_several_parts_that_stay_as_they_are(
    client: FlaskClient, session: Session, monkeypatch
) -> None:
    monkeypatch.setattr(listing, "PART", 2)
    materials = [make_published(session) for _ in range(5)]
    session.commit()
    names = {**NAMES, "i": "http://www.google.com/schemas/sitemap-image/1.1"}
    index = etree.fromstring(client.get("/sitemap.xml").data)
    assert index.xpath("//s:loc/text()", namespaces=names) == [
        f"http://localhost/sitemap-{number}.xml" for number in (1, 2, 3, 4)
    ]
    assert len(index.xpath("//s:lastmod", namespaces=names)) == 3
    found = [each for number in (2, 3, 4) for each in addresses(client, f"/sitemap-{number}.xml")]
    assert len(found) == len(set(found)) == 10
    tags = {number: client.get(f"/sitemap-{number}.xml").headers["ETag"] for number in (1, 2, 3, 4)}
    withdraw(session, make_reviewer(session), materials[0], "outdated", "cũ")
    session.commit()
    for number, tag in tags.items():
        answer = client.get(f"/sitemap-{number}.xml", headers={"If-None-Match": tag})
        assert answer.status_code == (200 if number == 2 else 304), number
        assert (answer.data == b"") == (number != 2)
    for nothing in ("5", "0", "2147483647", "99999999999"):
        assert client.get(f"/sitemap-{nothing}.xml").status_code == 404


def test_a_material_with_a_cover_names_its_picture(client: FlaskClient, session: Session) -> None:
    plain = make_published(session)
    drawn = make_material(session, owner := make_educator(session), content=None)
    slides = make_blob(session, b"slides", "application/vnd.oasis.opendocument.presentation")
    make_rendition(session, slides, "a", cover_sha256=make_blob(session, b"cover", "image/webp").sha256)
    add_file(session, drawn, slides.sha256, "a.odp")
    submit_for_review(session, owner, drawn)
    publish(session, make_reviewer(session), drawn)
    session.commit()
    names = {**NAMES, "i": "http://www.google.com/schemas/sitemap-image/1.1"}
    document = etree.fromstring(client.get("/sitemap-2.xml").data)
    pictures = document.xpath("//i:loc/text()", namespaces=names)
    assert set(pictures) == {f"http://localhost/materials/{drawn.public_id}/cover.webp"}
    assert not any(plain.public_id in each for each in pictures)


def test_robots_are_kept_out_of_page_images_and_searches(client: FlaskClient) -> None:
    text = client.get("/robots.txt").text
    assert "Disallow: /materials/*/files/*/pages/" in text
    assert "Disallow: /en/search" in text
    assert "Disallow: /lists/" in text  # the link of a shared list is a secret
    assert "Sitemap: http://localhost/sitemap.xml" in text
    assert "Disallow: /materials/\n" not in text
