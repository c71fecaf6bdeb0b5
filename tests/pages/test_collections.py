"""A course: its parts in order, how long it takes, what to start with."""

import gzip
import re

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.catalogue.models import Collection, CollectionItem, Material, Version
from oer.catalogue.services.collections import add_material, add_part, hide_collection
from oer.catalogue.services.withdrawal import withdraw
from oer.core.ids import new_public_id
from tests.catalogue.factories import make_collection, make_educator, make_published, make_reviewer


def make_course(session: Session, **more):
    educator = make_educator(session)
    lessons = [
        make_published(session, educator, title={"vi": f"Bài {number}"}, time_required=time)
        for number, time in ((1, "PT45M"), (2, "PT1H"), (3, more.get("last", "PT30M")))
    ]
    course = make_collection(session, lessons[0], title={"vi": "Dùng điện thoại an toàn", "en": "Safe phones"})
    part = add_part(session, course, {"vi": "Phần thực hành"})
    for lesson in lessons[1:]:
        add_material(session, course, lesson, part.id)
    session.commit()
    return course, lessons


def test_a_course_shows_its_materials_in_order_with_numbers_and_time(client: FlaskClient, session: Session) -> None:
    course, _ = make_course(session)
    page = client.get(f"/en/collections/{course.public_id}").text
    assert "Safe phones" in page
    assert re.findall(r'aria-hidden="true">(\d)</span>', page) == ["1", "2", "3"]
    assert page.index(">Bài 1</a>") < page.index("Phần thực hành") < page.index(">Bài 2</a>") < page.index(">Bài 3</a>")
    assert "about 2 hours 15 minutes" in page
    assert "Start learning" in page


def test_a_course_in_which_not_all_say_how_long_takes_at_least_the_known_time(
    client: FlaskClient, session: Session
) -> None:
    course, _ = make_course(session, last=None)
    assert "at least 1 hour 45 minutes" in client.get(f"/en/collections/{course.public_id}").text


def test_what_is_withdrawn_leaves_the_course(client: FlaskClient, session: Session) -> None:
    course, lessons = make_course(session)
    assert ">Bài 1<" in client.get(f"/collections/{course.public_id}").text
    withdraw(session, make_reviewer(session), lessons[0], "outdated", "cũ")
    session.commit()
    page = client.get(f"/collections/{course.public_id}").text
    assert ">Bài 1<" not in page
    assert "2 học liệu" in page


def test_a_hidden_course_is_404_and_listed_nowhere(client: FlaskClient, session: Session) -> None:
    course, _ = make_course(session)
    assert "Dùng điện thoại an toàn" in client.get("/collections").text
    hide_collection(session, make_educator(session), course)
    session.commit()
    assert client.get(f"/collections/{course.public_id}").status_code == 404
    assert "Dùng điện thoại an toàn" not in client.get("/collections").text + client.get("/").text


def test_a_misread_address_leads_to_the_course(client: FlaskClient, session: Session) -> None:
    course, _ = make_course(session)
    answer = client.get(f"/en/collections/{course.public_id.upper().replace('-', '')}?x=1")
    assert answer.status_code == 301
    assert answer.headers["Location"].endswith(f"/en/collections/{course.public_id}")


def test_an_unknown_course_is_404(client: FlaskClient) -> None:
    assert client.get("/collections/nothing-here").status_code == 404


def add_copies(session: Session, course: Collection, number: int) -> None:
    """Fill a course up with materials as they lie in the tables after an import."""
    if not number:
        session.commit()
        return
    session.flush()
    model = session.scalars(sa.select(Version)).first()
    ids = range(model.id + 1000, model.id + 1000 + number)
    materials = [{"id": each, "public_id": new_public_id(), "owner_id": None} for each in ids]
    record = {name: value for name, value in model.record.items() if name != "subjects"}
    versions = [
        {"id": each, "material_id": each, "state": "published", "record": {**record, "title": {"vi": f"Phần {each}"}}}
        for each in ids
    ]
    session.execute(sa.insert(Material), materials)
    session.execute(sa.insert(Version), versions)
    session.execute(sa.update(Material).where(Material.id.in_(ids)).values(current_version_id=Material.id))
    items = [{"collection_id": course.id, "material_id": each, "position": each} for each in ids]
    session.execute(sa.insert(CollectionItem), items)
    session.commit()


def shelves_of(page: str) -> list[tuple[int, int]]:
    """How many volumes face out and how many spines there are, shelf by shelf."""
    shelves = re.findall(
        r'<span class="course-shelf".*?(?=<p |<span class="course-shelf"|<span class="row)', page, re.S
    )
    grounds = re.compile(r'<path fill="#[0-9a-f]{6}" d="M[\d.]+ \d+h[\d.]+v(?:4\d|5\d|6[0-2])h', re.I)
    spines = [re.sub(r'<svg class="cv.*?</svg>', "", each, flags=re.S) for each in shelves]
    return [
        (shelf.count('class="face"'), len(grounds.findall(own))) for shelf, own in zip(shelves, spines, strict=True)
    ]


@pytest.mark.parametrize(
    ("parts", "shelves"),
    [(1, [(1, 0)]), (5, [(5, 0)]), (6, [(1, 5)]), (25, [(1, 19), (0, 5)]), (500, [(1, 19), (0, 20), (0, 20)])],
)
def test_a_course_of_any_length_is_a_shelf_and_a_whole_list(
    client: FlaskClient, session: Session, parts: int, shelves: list[tuple[int, int]]
) -> None:
    first = make_published(session, time_required="PT20M")
    course = make_collection(session, first)
    add_copies(session, course, parts - 1)
    page = client.get(f"/en/collections/{course.public_id}").text
    assert shelves_of(page) == shelves
    assert [int(each) for each in re.findall(r'class="at" aria-hidden="true">(\d+)<', page)] == list(
        range(1, parts + 1)
    )
    assert ("and 440 more" in page) == (parts == 500)
    assert page.count("<svg") < 100
    assert len(gzip.compress(page.encode())) < 60_000
    beside = client.get(f"/en/materials/{first.public_id}").text
    assert f"Part 1 of {parts}" in beside
    assert beside.count('class="here"') == (parts > 1)
    assert shelves_of(client.get("/en/collections").text) == shelves[:1]
    assert {1: "about 20 minutes", 25: "about 8 hours 15 minutes", 500: "about 166 hours 45 minutes"}.get(
        parts, "about"
    ) in page


def test_a_course_says_how_large_it_is_in_all_and_part_by_part(client: FlaskClient, session: Session) -> None:
    lessons = [make_published(session, content=b"x" * size) for size in (2000, 3000)]
    course = make_collection(session, *lessons)
    session.commit()
    page = client.get(f"/en/collections/{course.public_id}").text
    assert [page.count(f"<span>{size} KB</span>") for size in ("2", "2.9", "4.9")] == [1, 1, 1]
