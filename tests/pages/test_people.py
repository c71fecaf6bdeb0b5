"""People who made materials: told apart by how their names are spelled, and listed by letter."""

import re
from urllib.parse import quote, unquote

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.catalogue.queries.people import PEOPLE_ON_A_PAGE
from oer.catalogue.services.withdrawal import withdraw
from tests.catalogue.factories import make_educator, make_material, make_published, make_reviewer


@pytest.fixture
def made(session: Session):
    """Publishes a material by people of these names."""
    educator = make_educator(session)

    def publish(title: str, *names: str):
        creators = [{"name": name, "role": "author"} for name in names]
        material = make_published(session, educator, title={"vi": title}, creators=creators)
        session.commit()
        return material

    return publish


def names_on(page: str) -> list[str]:
    return re.findall(r'<a href="(?:/en)?/people/[^"?]+">([^<]+)<small>', page)


def test_three_people_whose_names_differ_in_a_tone_have_their_own_materials(client: FlaskClient, made) -> None:
    made("Trồng rau", "Nguyễn Thị Hoa")
    made("Kế toán", "Nguyễn Thị Hòa")
    made("Máy tính", "Nguyễn Thị Hoà")
    made("Thí nghiệm", "Nguyễn Thị Hóa")
    shown = {
        name: re.findall("Trồng rau|Kế toán|Máy tính|Thí nghiệm", client.get(f"/people/{name}").text)
        for name in ("nguyễn thị hoa", "nguyễn thị hòa", "nguyễn thị hóa")
    }
    assert {name: set(titles) for name, titles in shown.items()} == {
        "nguyễn thị hoa": {"Trồng rau"},
        "nguyễn thị hòa": {"Kế toán", "Máy tính"},
        "nguyễn thị hóa": {"Thí nghiệm"},
    }


def test_a_hyphen_and_endings_tell_people_apart(client: FlaskClient, made) -> None:
    made("Bài một", "Anne-Marie")
    made("Bài hai", "Ann Mari")
    assert "Bài hai" not in client.get("/people/anne-marie").text
    assert "Bài một" not in client.get("/people/ann mari").text


@pytest.mark.parametrize("name", ["Nguyễn Thị Hoà", "NGUYỄN THỊ HÒA", "nguyễn thị hoà", "Nguyễn  Thị Hòa."])
def test_every_way_of_writing_the_same_leads_to_the_one_address(client: FlaskClient, made, name: str) -> None:
    made("Kế toán", "Nguyễn Thị Hòa")
    answer = client.get(f"/en/people/{name}")
    assert answer.status_code == 301
    assert unquote(answer.headers["Location"]).endswith("/en/people/nguyễn thị hòa")


def test_an_address_without_marks_leads_to_the_one_person_that_it_can_mean(client: FlaskClient, made) -> None:
    made("Kế toán", "Nguyễn Thị Hòa")
    made("Bài một", "Anne-Marie")
    for old, meant in (("nguyen thi hoa", "nguyễn thị hòa"), ("ann mari", "anne-marie")):
        answer = client.get(f"/people/{old}")
        # Not for good: another person of such a name may come.
        assert (answer.status_code, unquote(answer.headers["Location"])) == (302, f"/people/{meant}")


def test_an_address_without_marks_that_can_mean_several_lets_the_reader_choose(client: FlaskClient, made) -> None:
    made("Kế toán", "Nguyễn Thị Hòa")
    made("Thí nghiệm", "Nguyễn Thị Hóa")
    answer = client.get("/en/people/nguyen thi hoa")
    assert answer.status_code == 200
    assert names_on(answer.text) == ["Nguyễn Thị Hòa", "Nguyễn Thị Hóa"]
    assert 'content="noindex"' in answer.text


def test_a_page_names_others_who_are_written_alike(client: FlaskClient, made) -> None:
    made("Kế toán", "Nguyễn Thị Hòa")
    made("Thí nghiệm", "Nguyễn Thị Hóa")
    made("Trồng rau", "Nguyễn Thị Lan")
    page = client.get("/people/nguyễn thị hòa").text
    assert f'href="/people/{quote("nguyễn thị hóa")}"' in page
    assert quote("nguyễn thị lan") not in page


@pytest.mark.parametrize("name", ["..", ".", "—", "/", "?"])
def test_a_name_of_signs_alone_has_no_link(client: FlaskClient, made, name: str) -> None:
    material = made("Bài một", name, "Trần Văn A")
    page = client.get(f"/materials/{material.public_id}").text
    people = page[page.index("<dt>Biên soạn</dt>") :]
    people = people[: people.index("</dd>")]
    assert people.count("<a ") == 1
    assert name in people
    assert names_on(client.get("/people").text) == ["Trần Văn A"]


@pytest.mark.parametrize("name", ["Nhóm C++ & C#", "a/b", "Tổ 50%", "Lê; Hà", "x?y=z", "Đỗ \\ Lý"])
def test_every_link_to_a_person_leads_to_them(client: FlaskClient, made, name: str) -> None:
    material = made("Bài một", name)
    page = client.get(f"/materials/{material.public_id}").text
    [link] = re.findall(r'href="(/people/[^"]+)"', page)
    answer = client.get(link.replace("&amp;", "&").replace("&#39;", "'"))
    assert answer.status_code == 200
    assert "Bài một" in answer.text


def test_the_index_lists_people_by_letter_in_the_order_of_the_alphabet(client: FlaskClient, made) -> None:
    made("Bài một", "Đỗ Lan", "Dương An", "Ăng-ghen", "Anh Thư", "Ánh Dương", "3 cây bút", "王小明")
    made("Bài hai", "Đỗ Lan")
    page = client.get("/en/people").text
    assert names_on(page) == ["3 cây bút", "Anh Thư", "Ánh Dương", "Ăng-ghen", "Dương An", "Đỗ Lan", "王小明"]
    assert "<small>2 materials</small>" in page
    assert names_on(client.get("/en/people?letter=đ").text) == ["Đỗ Lan"]
    assert names_on(client.get("/en/people?letter=a").text) == ["Anh Thư", "Ánh Dương"]
    assert names_on(client.get("/en/people?letter=0").text) == ["3 cây bút", "王小明"]
    letters = [unquote(each) for each in re.findall(r'href="/en/people\?letter=([^"]+)"', page)]
    assert letters == ["0", "a", "ă", "d", "đ"]


def test_the_index_is_cut_into_light_pages(client: FlaskClient, made) -> None:
    names = [f"Nguyễn Văn {chr(65 + number // 10)}{number % 10} Nhóm biên soạn" for number in range(100)]
    made("Bài một", *names[:50])
    made("Bài hai", *names[50:])
    first, second = client.get("/people").text, client.get("/people?letter=n&page=2").text
    assert names_on(first) == names[:PEOPLE_ON_A_PAGE]
    assert names_on(second) == names[PEOPLE_ON_A_PAGE:]
    assert "letter=n&amp;page=1" in second
    assert len(first.encode()) < 30_000


@pytest.mark.parametrize("query", ["letter=x", "letter=aa", "letter=", "page=abc", "letter=n&page=-4"])
def test_an_odd_letter_or_page_shows_a_page_that_there_is(client: FlaskClient, made, query: str) -> None:
    made("Bài một", "Nguyễn An")
    answer = client.get(f"/en/people?{query}")
    assert answer.status_code == 200
    assert ("There is nothing here yet" in answer.text) == (query == "letter=x")


def test_people_of_drafts_and_of_what_was_withdrawn_are_on_no_page(client: FlaskClient, session: Session, made) -> None:
    material = made("Bài một", "Trần Văn A")
    make_material(session, title={"vi": "Bản nháp"}, creators=[{"name": "Người Bí Mật", "role": "author"}])
    session.commit()
    assert names_on(client.get("/people").text) == ["Trần Văn A"]
    assert client.get("/people/người bí mật").status_code == client.get("/people/nguoi bi mat").status_code == 404
    withdraw(session, make_reviewer(session), material, "outdated", "Đã có bản mới")
    session.commit()
    assert names_on(client.get("/people").text) == []
    assert client.get("/people/trần văn a").status_code == 404
    assert client.get("/people/..").status_code == 404


def test_the_subjects_lead_to_the_people(client: FlaskClient, made) -> None:
    made("Bài một", "Trần Văn A")
    assert 'href="/people"' in client.get("/subjects").text
    assert 'href="/people"' in client.get("/people/trần văn a").text
