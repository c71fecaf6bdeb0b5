"""OPDS: e-readers find their way, search, narrow and fetch, by Atom and by JSON."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import feedparser
import pytest
from flask.testing import FlaskClient
from lxml import etree
from sqlalchemy.orm import Session

from oer.catalogue.services.withdrawal import withdraw
from oer.core.installation import Installation
from oer.exchange.views import opds
from oer.jobs.queue import registered_jobs
from tests.catalogue.factories import make_collection, make_material, make_published, make_reviewer

NAMES = {"a": "http://www.w3.org/2005/Atom", "opds": "http://opds-spec.org/2010/catalog"}
OPEN = "http://opds-spec.org/acquisition/open-access"


@pytest.fixture
def catalogue(session: Session, installation: Installation, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Three public materials, one of them a link, in a collection; a draft and a withdrawn one."""
    monkeypatch.setattr(opds, "SIZE", 2)
    materials = [
        make_published(session, title={"vi": "Bài <một> & hay"}, audiences=["workers"], creators=[{"name": "Lê A"}]),
        make_published(session, title={"vi": "Bài hai"}, subjects=["dig.an-toan"]),
        make_published(session, title={"vi": "Liên kết"}, content=None, source_url="https://example.org/a?b=1&c"),
    ]
    make_material(session, title={"vi": "Bản nháp mật"})
    gone = make_published(session, title={"vi": "Đã rút mật"})
    withdraw(session, make_reviewer(session), gone, "outdated", "cũ")
    course = make_collection(session, materials[1], materials[0])
    session.commit()
    registered_jobs()["catalogue.index"].run(installation, "")
    return {"course": course.public_id, "first": materials[0].public_id, "link": materials[2].public_id}


def atom(client: FlaskClient, path: str):
    answer = client.get(path)
    assert answer.status_code == 200, path
    assert answer.headers["Content-Type"].startswith("application/atom+xml;profile=opds-catalog;kind=")
    feed = feedparser.parse(answer.data)
    assert not feed.bozo
    assert len({entry.id for entry in feed.entries}) == len(feed.entries)
    return feed


def json(client: FlaskClient, path: str):
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/opds+json"), path
    found = answer.json
    # What the schema of OPDS 2.0 asks for.
    assert found["metadata"]["title"]
    assert [link["rel"] for link in found["links"]].count("self") == 1
    assert ("navigation" in found) != ("publications" in found)
    for each in found.get("publications", ()):
        assert each["metadata"]["title"]
        assert any(link["rel"] == OPEN for link in each["links"])
        assert each["images"]
    return found


def path_of(address: str) -> str:
    parts = urlsplit(address)
    assert (parts.scheme, parts.netloc) == ("http", "localhost")
    return parts.path + (f"?{parts.query}" if parts.query else "")


def all_of_atom(client: FlaskClient, path: str, seen: set[str]) -> Iterator[object]:
    """Follow every way on from a list, as somebody who browses does."""
    if path in seen:
        return
    seen.add(path)
    for entry in (feed := atom(client, path)).entries:
        ways = [link.href for link in entry.links if link.rel == "subsection"]
        if not ways:
            yield entry
        for way in ways:
            yield from all_of_atom(client, path_of(way), seen)
    for link in feed.feed.links:
        if link.rel == "next":
            yield from all_of_atom(client, path_of(link.href), seen)


def all_of_json(client: FlaskClient, path: str, seen: set[str]) -> Iterator[dict]:
    if path in seen:
        return
    seen.add(path)
    found = json(client, path)
    yield from found.get("publications", ())
    ways = [*found.get("navigation", ()), *(link for link in found["links"] if link["rel"] == "next")]
    for way in ways:
        yield from all_of_json(client, path_of(way["href"]), seen)


def test_who_browses_from_the_root_finds_everything_public_and_nothing_else(
    client: FlaskClient, catalogue: dict[str, str]
) -> None:
    by_atom = {entry.title for entry in all_of_atom(client, "/opds", set())}  # type: ignore[attr-defined]
    by_json = {each["metadata"]["title"]["vi"] for each in all_of_json(client, "/opds2", set())}
    assert by_atom == by_json == {"Bài <một> & hay", "Bài hai", "Liên kết"}


def test_an_entry_says_how_to_get_it_and_what_it_looks_like(client: FlaskClient, catalogue: dict[str, str]) -> None:
    here = f"http://localhost/materials/{catalogue['first']}"
    entry = next(each for each in atom(client, f"/opds/collections/{catalogue['course']}").entries if each.id == here)
    links = {link.rel: (link.href, link.type) for link in entry.links}
    assert links[OPEN] == (f"{here}/files/1/download", "application/pdf")
    assert links["http://opds-spec.org/image"] == (f"{here}/cover.png", "image/png")
    assert links["alternate"] == (here, "text/html")
    assert entry.author == "Lê A"
    found = json(client, f"/opds2/collections/{catalogue['course']}")
    assert [each["metadata"]["title"]["vi"] for each in found["publications"]] == ["Bài hai", "Bài <một> & hay"]
    publication = found["publications"][1]
    assert {"rel": OPEN, "href": f"{here}/files/1/download", "type": "application/pdf"} in publication["links"]
    assert publication["images"] == [{"href": f"{here}/cover.png", "type": "image/png"}]
    assert publication["metadata"]["author"] == [{"name": "Lê A"}]
    linked = next(each for each in json(client, "/opds2/search?q=lien+ket")["publications"])
    assert {"rel": OPEN, "href": "https://example.org/a?b=1&c", "type": "text/html"} in linked["links"]


def test_lists_come_in_pages(client: FlaskClient, catalogue: dict[str, str]) -> None:
    first = atom(client, "/opds/new")
    assert len(first.entries) == 2
    assert {link.rel for link in first.feed.links} >= {"self", "start", "search", "first", "next", "last"}
    assert len(atom(client, "/opds/new?page=2").entries) == 1
    second = json(client, "/opds2/new?page=2")
    assert second["metadata"]["numberOfItems"] == 3
    assert second["metadata"]["currentPage"] == 2
    assert {link["rel"] for link in second["links"]} >= {"previous", "first"}
    assert json(client, "/opds2/new?page=x")["metadata"]["currentPage"] == 1
    assert json(client, "/opds2/new?page=9999999999")["metadata"]["currentPage"] == 2


def test_a_search_is_narrowed_by_facets_and_widened_again(client: FlaskClient, catalogue: dict[str, str]) -> None:
    said = etree.fromstring(client.get("/opds/search?q=b%C3%A0i").data)
    facets = said.xpath("//a:link[@rel='http://opds-spec.org/facet']", namespaces=NAMES)
    workers = next(each for each in facets if each.get("title") == "Công nhân, người lao động")
    assert workers.get(f"{{{NAMES['opds']}}}facetGroup")
    narrowed = etree.fromstring(client.get(path_of(workers.get("href"))).data)
    assert narrowed.xpath("//a:entry/a:title/text()", namespaces=NAMES) == ["Bài <một> & hay"]
    [active] = narrowed.xpath("//a:link[@opds:activeFacet='true']", namespaces=NAMES)
    assert path_of(active.get("href")) == "/opds/search?q=b%C3%A0i"
    found = json(client, "/opds2/search?q=b%C3%A0i&audience=workers")
    assert found["metadata"]["numberOfItems"] == 1
    chosen = [link for facet in found["facets"] for link in facet["links"] if link.get("rel") == "self"]
    assert [path_of(link["href"]) for link in chosen] == ["/opds2/search?q=b%C3%A0i"]


@pytest.mark.parametrize("face", ["opds", "opds2"])
def test_what_cannot_be_is_no_error_of_ours(client: FlaskClient, catalogue: dict[str, str], face: str) -> None:
    for path in ("/subjects/nothing", "/levels/bas.song", "/collections/8k3mt-w2xpa", "/nothing"):
        assert client.get(f"/{face}{path}").status_code == 404
    assert client.get(f"/{face}/search?q={'x' * 5000}").status_code == 400
    answer = client.get(f"/{face}/new")
    assert client.get(f"/{face}/new", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    search = client.get(f"/{face}/search?q=b%C3%A0i")
    again = client.get(f"/{face}/search?q=b%C3%A0i", headers={"If-None-Match": search.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
