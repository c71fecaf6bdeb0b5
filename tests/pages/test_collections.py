"""A course: its parts in order, how long it takes, what to start with."""

import re

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.catalogue.services.collections import add_material, add_part, hide_collection
from oer.catalogue.services.withdrawal import withdraw
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
    assert page.index(">Bài 1<") < page.index("Phần thực hành") < page.index(">Bài 2<") < page.index(">Bài 3<")
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
