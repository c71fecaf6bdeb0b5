"""All faces at once: what nobody may see yet is in none of them, whatever is asked; pages say what they are."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from sqlalchemy.orm import Session

from oer.catalogue.services.drafts import new_version, set_metadata
from oer.core.installation import Installation
from oer.exchange.formats import FORMATS
from oer.jobs.queue import registered_jobs
from tests.accounts.factories import make_unit
from tests.catalogue.factories import (
    make_collection,
    make_educator,
    make_material,
    make_published,
    make_submitted,
    record,
)

SECRET = "Zyx bí mật"
LANGUAGES = ("", "/en")
OF_THE_API = {"catalogue_api.material", "catalogue_api.versions", "search_api.materials"}


def addresses(app: Flask, ids: list[str], collections: list[str], unit: str) -> Iterator[str]:
    """Every address of every face, with each id at each place."""
    values: dict[str, list[Any]] = {
        "public_id": [*ids, *collections],
        "ending": ["atom", "rss", *FORMATS],
        "face": ["opds", "opds2"],
        "kind": ["subjects", "audiences", "levels"],
        "code": ["bas.song", "bas", "all", unit],
        "number": [1, 2, 3],
    }
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("exchange.") and rule.endpoint not in OF_THE_API:
            continue
        found: list[dict[str, Any]] = [{}]
        for name in sorted(rule.arguments - set(rule.defaults or {})):
            found = [{**each, name: value} for each in found for value in values[name]]
        for each in found:
            try:
                yield adapter.build(rule.endpoint, {**(rule.defaults or {}), **each})
            except Exception:
                continue
    for prefix in ("oai_dc", "oai_lom", "lrmi"):
        yield f"/oai?verb=ListRecords&metadataPrefix={prefix}"
        yield from (f"/oai?verb=GetRecord&metadataPrefix={prefix}&identifier=oai:localhost:{each}" for each in ids)
    yield from (f"/oai?verb=ListIdentifiers&metadataPrefix=oai_dc&set={each}" for each in ("subject", "collection"))
    yield "/oai?verb=ListSets"
    for face in ("/search.atom", "/search.rss", "/opds/search", "/opds2/search", "/api/v1/materials"):
        yield f"{face}?q=zyx"


@pytest.fixture
def hidden(session: Session, installation: Installation) -> tuple[list[str], list[str], str]:
    """Drafts of every kind, one of them of a material that is public; collections that are hidden."""
    unit = make_unit(session)
    owner = make_educator(session, unit)
    title = {"vi": SECRET}
    public = make_published(session, owner, title={"vi": "Công khai"})
    drafts = [make_material(session, owner, title=title), make_submitted(session, owner, title=title)]
    new_version(session, owner, public)
    set_metadata(session, owner, public, record(title=title))
    seen = make_collection(session, public)
    unseen = make_collection(session, public, public=False, title=title)
    session.commit()
    registered_jobs()["catalogue.index"].run(installation, "")
    return [public.public_id, *(each.public_id for each in drafts)], [seen.public_id, unseen.public_id], unit.code


def test_a_draft_is_in_none_of_the_faces(app: Flask, client: FlaskClient, hidden) -> None:
    ids, collections, unit = hidden
    asked = sorted(set(addresses(app, ids, collections, unit)))
    faces = {each.partition("?")[0] for each in asked}
    assert {"/feed.xml", "/oai", "/opds2/new", "/sitemap-2.xml", f"/materials/{ids[1]}.bib"} <= faces
    told = 0
    for path in (f"{language}{each}" for each in asked for language in LANGUAGES):
        answer = client.get(path)
        assert answer.status_code in {200, 400, 404, 410}, path
        text = answer.get_data().decode()
        assert SECRET not in text, path
        assert SECRET.encode("unicode_escape").decode() not in text, path
        if answer.status_code == 200:
            told += 1
            # The address that was asked for may stand in the answer; the ids of drafts nowhere else.
            said = text.replace(path.rpartition("/")[2].replace("&", "&amp;"), "")
            assert not any(each in said.replace(f'identifier="oai:localhost:{each}"', "") for each in ids[1:]), path
            assert collections[1] not in said, path
    assert told > 100


def described(client: FlaskClient, path: str) -> list[dict]:
    page = etree.HTML(client.get(path).text)
    return [json.loads(each) for each in page.xpath("//script[@type='application/ld+json']/text()")]


def test_home_says_how_the_site_is_searched(client: FlaskClient, session: Session) -> None:
    [site] = described(client, "/en/")
    assert site["@type"] == "WebSite"
    action = site["potentialAction"]
    assert action["target"]["urlTemplate"] == "http://localhost/en/search?q={search_term_string}"


def test_a_course_and_the_way_to_it_are_described(client: FlaskClient, session: Session) -> None:
    first, second = make_published(session, time_required="PT30M"), make_published(session, time_required="PT1H")
    course = make_collection(session, first, second, title={"vi": 'Khóa </script> "A" & B'})
    session.commit()
    found = {
        each["@type"] if isinstance(each["@type"], str) else each["@type"][0]: each
        for each in described(client, f"/collections/{course.public_id}")
    }
    said = found["Course"]
    assert said["name"] == 'Khóa </script> "A" & B'
    assert said["timeRequired"] == "PT90M"
    assert [each["@id"] for each in said["hasPart"]] == [
        f"http://localhost/materials/{each.public_id}" for each in (first, second)
    ]
    steps = found["BreadcrumbList"]["itemListElement"]
    assert [(each["position"], each["item"]) for each in steps] == [
        (1, "http://localhost/"),
        (2, "http://localhost/collections"),
    ]
    assert steps[0]["name"] == "Trang chủ"


def test_the_way_to_a_page_is_whole_in_every_language(client: FlaskClient, session: Session) -> None:
    [way] = described(client, "/en/subjects/bas.song")
    assert [each["item"] for each in way["itemListElement"]] == [
        "http://localhost/en/",
        "http://localhost/en/subjects",
        "http://localhost/en/subjects/bas",
    ]
