"""One material in other formats, at addresses of their own and by what is accepted; the links between them."""

import json
import re

import pytest
from flask.testing import FlaskClient
from lxml import etree
from sqlalchemy.orm import Session

from oer.catalogue.services.withdrawal import withdraw
from oer.exchange.bibliographic import bibtex, in_apa_style, in_vietnamese_style, ris
from oer.exchange.crosswalk import Encoding, MaterialFacts
from oer.exchange.formats import FORMATS, MOST_ITEMS, link_header, preferred
from tests.catalogue.factories import make_collection, make_material, make_published, make_reviewer, record

FACTS = MaterialFacts(
    "http://localhost/materials/8k3mt-w2xpa", publisher={"vi": "Thư viện", "en": "Library"}, published="2026-03-01"
)
LINK = re.compile(r'<([^>]+)>; rel="([^"]+)"(?:; type="([^"]+)")?')


@pytest.mark.parametrize(("ending", "form"), FORMATS.items())
def test_every_format_has_an_address_and_is_given_to_who_accepts_it(
    client: FlaskClient, session: Session, ending: str, form
) -> None:
    material = make_published(session, title={"vi": "Tên “A” & <b>", "en": "Name"})
    session.commit()
    page = f"/materials/{material.public_id}"
    at_address = client.get(f"{page}.{ending}")
    assert at_address.status_code == 200
    assert at_address.mimetype == (form.shown_as or form.media_type)
    assert at_address.headers["Link"] == f'<http://localhost{page}>; rel="describes"; type="text/html"'
    assert at_address.headers["Access-Control-Allow-Origin"] == "*"
    for _ in range(2):  # the second time the page may be cached
        accepted = client.get(page, headers={"Accept": f"{form.media_type}, text/html;q=0.8, */*;q=0.1"})
        assert (accepted.mimetype, accepted.data) == (form.media_type, at_address.data)
        assert accepted.headers["Content-Location"] == f"{page}.{ending}"
        assert "Accept" in accepted.vary
        html = client.get(page, headers={"Accept": f"text/html,application/xhtml+xml,{form.media_type};q=0.9"})
        assert html.mimetype == "text/html"
        assert "Accept" in html.vary
    again = client.get(f"{page}.{ending}", headers={"If-None-Match": at_address.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    head = client.head(f"{page}.{ending}")
    assert (head.data, head.headers["Content-Length"]) == (b"", str(len(at_address.data)))
    if ending.endswith(("json", "jsonld")):
        json.loads(at_address.data)
    if ending.endswith("xml"):
        etree.fromstring(at_address.data)


def test_a_description_is_in_the_language_of_its_address(client: FlaskClient, session: Session) -> None:
    material = make_published(session, title={"vi": "Tên", "en": "Name"})
    session.commit()
    assert client.get(f"/materials/{material.public_id}.jsonld").json["name"] == "Tên"
    assert client.get(f"/en/materials/{material.public_id}.jsonld").json["name"] == "Name"


def test_what_is_no_public_material_has_no_format_and_a_misread_id_leads_on(
    client: FlaskClient, session: Session
) -> None:
    draft, gone, public = make_material(session), make_published(session), make_published(session)
    withdraw(session, make_reviewer(session), gone, "outdated", "cũ")
    session.commit()
    for ending, form in FORMATS.items():
        assert client.get(f"/materials/{draft.public_id}.{ending}").status_code == 404
        assert client.get(f"/materials/{gone.public_id}.{ending}").status_code == 410
        for hidden, status in ((draft, 404), (gone, 410)):
            answer = client.get(f"/materials/{hidden.public_id}", headers={"Accept": form.media_type})
            assert answer.status_code == status
    assert client.get(f"/materials/{public.public_id}.exe").status_code == 404
    misread = client.get(f"/materials/{public.public_id.upper()}.bib")
    assert misread.status_code == 301
    assert misread.headers["Location"] == f"/materials/{public.public_id}.bib"


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "text/html",
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
        "application/ld+json;q=0",
        "application/ld+json;q=9",
        "application/ld+json;q=-1",
        "application/ld+json;q=nan",
        "application/ld+json;q=0.5, */*",
        "application/json",
        ",;,q=,",
    ],
)
def test_a_page_is_what_who_asks_for_no_format_gets(accept: str) -> None:
    assert preferred(accept) is None


def test_the_best_accepted_format_counts() -> None:
    found = preferred("application/x-bibtex;q=0.3, Application/LD+JSON; q=0.7 ,text/*;q=0.2")
    assert found is not None
    assert found.ending == "jsonld"


def test_what_an_author_typed_breaks_out_of_no_format() -> None:
    hostile = record(title={"vi": "a} \\input{x}\nER  - \r\nTY  - BOOK %$&#_^~"}, creators=[{"name": "B} and {C"}])
    entry = bibtex(hostile, FACTS, "vi")
    assert r"author = {{B\} and \{C}}" in entry
    assert (
        r"title = {a\} \textbackslash{}input\{x\} ER - TY - BOOK \%\$\&\#\_\textasciicircum{}\textasciitilde{}}"
        in entry
    )
    lines = ris(hostile, FACTS, "vi").splitlines()
    assert [line[:2] for line in lines].count("TY") == [line[:2] for line in lines].count("ER") == 1


def test_a_citation_in_words_follows_the_style_of_its_language() -> None:
    given = record(title={"vi": "Bài A"}, creators=[{"name": "Lê B"}, {"name": "Võ C"}, {"name": "Hồ D"}])
    assert in_apa_style(given, FACTS, "en") == (
        "Lê B, Võ C, & Hồ D (2026). Bài A. Library. http://localhost/materials/8k3mt-w2xpa"
    )
    assert in_vietnamese_style(given, FACTS, "vi") == (
        "Lê B, Võ C, Hồ D (2026), Bài A, Thư viện, http://localhost/materials/8k3mt-w2xpa."
    )
    nameless = record(title={"vi": "Bài A"}, creators=[])
    assert in_apa_style(nameless, FACTS, "vi").startswith("Bài A. (2026). Thư viện.")
    assert in_vietnamese_style(nameless, FACTS, "vi").startswith("Bài A (2026), Thư viện,")
    two = record(title={"vi": "Bài A"}, creators=[{"name": "Lê B"}, {"name": "Võ C"}])
    assert in_apa_style(two, FACTS, "vi").startswith("Lê B & Võ C (2026).")


def test_the_page_is_signposted_and_so_is_what_it_points_to(client: FlaskClient, session: Session) -> None:
    material = make_published(session, creators=[{"name": "A", "orcid": "0000-0002-1825-0097"}])
    course = make_collection(session, material)
    session.commit()
    here = f"http://localhost/materials/{material.public_id}"
    first, cached = (client.get(f"/materials/{material.public_id}").headers["Link"] for _ in range(2))
    assert first == cached
    links = LINK.findall(first)
    assert ", ".join(f'<{a}>; rel="{b}"' + (f'; type="{c}"' if c else "") for a, b, c in links) == first
    by_relation: dict[str, list[str]] = {}
    for target, relation, _ in links:
        by_relation.setdefault(relation, []).append(target)
    assert by_relation["cite-as"] == [here]
    assert by_relation["author"] == ["https://orcid.org/0000-0002-1825-0097"]
    assert by_relation["license"] == ["https://creativecommons.org/licenses/by/4.0/"]
    assert by_relation["type"] == ["https://schema.org/AboutPage", "https://schema.org/LearningResource"]
    assert by_relation["item"] == [f"{here}/files/1/download"]
    assert by_relation["collection"] == [f"http://localhost/collections/{course.public_id}"]
    for target, relation, kind in links:
        if relation in {"describedby", "linkset"}:
            assert client.get(target.removeprefix("http://localhost")).mimetype == kind
    linkset = client.get(by_relation["linkset"][0].removeprefix("http://localhost")).json["linkset"]
    own = linkset[0]
    assert own.pop("anchor") == here
    told = [(link["href"], relation, link.get("type", "")) for relation, found in own.items() for link in found]
    assert sorted(told) == sorted(link for link in links if link[1] != "linkset")
    back = {each["anchor"]: each for each in linkset[1:]}
    assert back[f"{here}/files/1/download"]["collection"] == [{"href": here, "type": "text/html"}]
    assert back[f"{here}.jsonld"]["describes"] == [{"href": here, "type": "text/html"}]


def test_a_material_of_many_files_names_them_in_its_linkset_alone() -> None:
    files = [Encoding(f"http://localhost/f/{number}", "text/plain", 1, "a") for number in range(MOST_ITEMS + 1)]
    header = link_header(record(), MaterialFacts("http://localhost/materials/a", encodings=files))
    assert 'rel="item"' not in header
    assert 'rel="linkset"' in header


def test_the_page_of_a_material_has_the_tags_that_scholars_search_by(client: FlaskClient, session: Session) -> None:
    material = make_published(
        session, title={"vi": 'Tên "A"'}, creators=[{"name": "Lê B"}, {"name": "Võ C"}], published_on="2025-04-03"
    )
    session.commit()
    page = etree.HTML(client.get(f"/materials/{material.public_id}").text)

    def said(name: str) -> list[str]:
        return page.xpath(f"//meta[@name='citation_{name}']/@content")

    assert said("title") == ['Tên "A"']
    assert said("author") == ["Lê B", "Võ C"]
    assert said("publication_date") == ["2025/04/03"]
    assert said("pdf_url") == [f"http://localhost/materials/{material.public_id}/files/1/download"]
