"""The course or material of the week on home: what administrators chose, else each week another one."""

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.accounts.models import Account, Role
from oer.catalogue.models import Collection, Material
from oer.catalogue.queries.home import feature_of
from oer.catalogue.services.collections import hide_collection
from oer.catalogue.services.home import choose_for_week, set_picture
from oer.catalogue.services.withdrawal import withdraw
from oer.core.clock import now, today
from oer.core.errors import Conflict, Forbidden, Invalid
from oer.core.installation import Installation
from tests.accounts.browsing import Browser
from tests.accounts.factories import make_account
from tests.catalogue.factories import (
    make_blob,
    make_collection,
    make_educator,
    make_material,
    make_published,
    make_reviewer,
)

MONDAY = date(2026, 3, 2)


@pytest.fixture
def admin(session: Session) -> Account:
    return make_account(session, Role.ADMIN, email="quan-tri@example.org")


def published_long_ago(session: Session, *materials, **fields) -> Collection:
    collection = make_collection(session, *materials, **fields)
    collection.published_at = now() - timedelta(days=10 * 365)
    session.flush()
    return collection


def shown(session: Session, day: date) -> str:
    feature = feature_of(session, day)
    assert feature is not None
    return feature.public_id


def test_courses_take_turns_and_stay_from_monday_to_sunday(session: Session) -> None:
    material = make_published(session)
    courses = {published_long_ago(session, material).public_id for _ in range(3)}
    weeks = [shown(session, MONDAY + timedelta(weeks=n)) for n in range(6)]
    assert set(weeks[:3]) == courses
    assert weeks[:3] == weeks[3:]
    assert {shown(session, MONDAY + timedelta(days=n)) for n in range(7)} == {weeks[0]}


def test_a_course_published_within_a_week_waits_for_its_turn(session: Session) -> None:
    material = make_published(session)
    published_long_ago(session, material)
    before = shown(session, today())
    for _ in range(5):
        make_collection(session, material)
    assert shown(session, today()) == before


def test_without_courses_a_new_material_is_shown_and_nothing_where_there_is_nothing(session: Session) -> None:
    assert feature_of(session, MONDAY) is None
    make_collection(session, make_published(session), public=False)
    material = make_published(session)
    found = feature_of(session, MONDAY)
    assert found is not None
    assert found.kind == ""
    withdraw(session, make_reviewer(session), material, "outdated", "Đã có bản mới")


def test_what_is_chosen_is_shown_for_seven_days(session: Session, admin: Account) -> None:
    course, material = published_long_ago(session, make_published(session)), make_published(session)
    choose_for_week(session, admin, material, today() + timedelta(days=2))
    days = [shown(session, today() + timedelta(days=n)) for n in (1, 2, 8, 9)]
    assert days == [course.public_id, material.public_id, material.public_id, course.public_id]


def test_a_later_choice_cuts_an_earlier_one_short(session: Session, admin: Account) -> None:
    first, second = make_published(session), make_published(session)
    choose_for_week(session, admin, first, today())
    choose_for_week(session, admin, second, today() + timedelta(days=3))
    assert [shown(session, today() + timedelta(days=n)) for n in (2, 3)] == [first.public_id, second.public_id]


def test_what_is_hidden_after_it_was_chosen_gives_way_to_the_rule(session: Session, admin: Account) -> None:
    chosen, other = (
        make_collection(session, make_published(session)),
        published_long_ago(session, make_published(session)),
    )
    choose_for_week(session, admin, chosen, today())
    hide_collection(session, admin, chosen)
    assert shown(session, today()) == other.public_id


def test_no_past_week_no_draft_no_second_choice_and_nobody_else(session: Session, admin: Account) -> None:
    material = make_published(session)
    with pytest.raises(Invalid):
        choose_for_week(session, admin, material, today() - timedelta(days=1))
    with pytest.raises(Invalid):
        choose_for_week(session, admin, make_material(session), today())
    with pytest.raises(Forbidden):
        choose_for_week(session, make_educator(session), material, today())
    choose_for_week(session, admin, material, today())
    with pytest.raises(Conflict):
        choose_for_week(session, admin, material, today())


def test_of_two_who_choose_for_one_day_at_once_the_second_is_told(
    installation: Installation, session: Session, admin: Account
) -> None:
    material_id, admin_id = make_published(session).id, admin.id
    session.commit()

    def choose(within: Session) -> None:
        choose_for_week(within, within.get_one(Account, admin_id), within.get_one(Material, material_id), today())

    def choose_elsewhere() -> None:
        with installation.database.transaction() as other:
            choose(other)

    with ThreadPoolExecutor(1) as thread:
        choose(session)
        second = thread.submit(choose_elsewhere)
        wait([second], timeout=0.5)
        session.commit()
        with pytest.raises(Conflict):
            second.result(30)


def test_an_administrator_chooses_and_takes_back_and_home_follows_at_once(
    client: FlaskClient, session: Session, admin: Account
) -> None:
    published_long_ago(session, make_published(session), title={"vi": "Nhà yên"})
    public_id = make_published(session, title={"vi": "Sổ tay thủy lợi"}).public_id
    session.commit()
    reader, browser = client.application.test_client(), Browser(client)
    assert "Khóa học của tuần" in reader.get("/").text
    browser.sign_in("quan-tri@example.org")
    answer = browser.send("/admin/week", what=f"http://x/materials/{public_id}", starts_on=today().isoformat())
    assert answer.status_code == 303
    page = reader.get("/").text
    assert "Học liệu của tuần" in page
    assert f'<h2 id="week" lang="vi"><a href="/materials/{public_id}">Sổ tay thủy lợi' in page
    choices = browser.get("/admin/week").text
    forget = choices.partition('action="/admin/week/')[2].partition("/")[0]
    assert browser.send(f"/admin/week/{forget}/forget", page="/admin/week").status_code == 303
    assert "Khóa học của tuần" in reader.get("/").text


@pytest.mark.parametrize(
    ("what", "starts_on", "said"),
    [
        ("", "2030-01-01", "không phải"),
        ("8pbm7-eer99", "2030-01-01", "Không có"),
        ("{id}", "", "ngày"),
        ("{id}", "1999-01-01", "đã qua"),
        ("{id}", "9999-12-31", "không phải là một ngày"),
        ("{id}", "31/12/9999", "không phải là một ngày"),
        ("{id}", "0001-01-01", "không phải là một ngày"),
    ],
)
def test_a_wrong_choice_is_said_at_its_field(
    client: FlaskClient, session: Session, admin: Account, what: str, starts_on: str, said: str
) -> None:
    public_id = make_published(session).public_id
    session.commit()
    browser = Browser(client)
    browser.sign_in("quan-tri@example.org")
    answer = browser.send("/admin/week", what=what.format(id=public_id), starts_on=starts_on)
    assert answer.status_code == 422
    assert said in answer.text.partition('class="error-summary"')[2].partition("</ul>")[0]


def test_a_course_shows_its_picture_else_its_shelf(client: FlaskClient, session: Session) -> None:
    course = make_collection(session, make_published(session))
    session.commit()
    assert "week-shelf" in client.get("/").text
    assert client.get(f"/collections/{course.public_id}/picture").status_code == 404
    set_picture(session, course, make_blob(session, b"svg", "image/svg+xml").sha256)
    session.commit()
    address = f"/collections/{course.public_id}/picture"
    assert f"{address}?v=" in client.get("/en/").text
    assert f'src="{address}?v=' in client.get(f"/collections/{course.public_id}").text, "on its own page too"
