"""What robots are told."""

from flask.testing import FlaskClient
from lxml import etree
from sqlalchemy.orm import Session

from oer.catalogue.services.withdrawal import withdraw
from oer.exchange import queries
from tests.catalogue.factories import make_collection, make_material, make_published, make_reviewer

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


def test_a_large_catalogue_has_several_parts(session: Session, monkeypatch) -> None:
    for _ in range(5):
        make_published(session)
    monkeypatch.setattr(queries, "MOST_ADDRESSES", 2)
    assert queries.sitemap_file_count(session) == 4
    paths = [place.path for number in (2, 3, 4) for place in queries.sitemap_entries(session, number)]
    assert len(paths) == len(set(paths)) == 5
    assert queries.sitemap_entries(session, 5) == []


def test_robots_are_kept_out_of_page_images_and_searches(client: FlaskClient) -> None:
    text = client.get("/robots.txt").text
    assert "Disallow: /materials/*/files/*/pages/" in text
    assert "Disallow: /en/search" in text
    assert "Disallow: /lists/" in text  # the link of a shared list is a secret
    assert "Sitemap: http://localhost/sitemap.xml" in text
    assert "Disallow: /materials/\n" not in text
