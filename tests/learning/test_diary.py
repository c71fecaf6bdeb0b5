"""The diary: what somebody learnt on which day, in their own words, seen by nobody else."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from oer.accounts.models import Consent, Purpose
from oer.accounts.services.consents import give_consent, withdraw_consent
from oer.catalogue.services.collections import add_material
from oer.catalogue.services.withdrawal import withdraw
from oer.core.personal_data import export_person
from oer.learning.models import DiaryEntry, PlaceKind, StartedCourse
from oer.learning.queries.diary import diary_week, read_week, week_name
from oer.learning.services import shelf
from oer.learning.services.shelf import Place
from tests.accounts.browsing import Browser
from tests.accounts.factories import make_account
from tests.catalogue.factories import make_collection, make_published, make_reviewer

PAGE = Place(1, PlaceKind.PAGE, 3, 60)


@pytest.fixture
def clock(monkeypatch):
    """Sets the time of what is noted, in the city's time."""

    def set_to(text):
        moment = datetime.fromisoformat(f"{text}+07:00").astimezone(UTC)
        monkeypatch.setattr(shelf, "now", lambda: moment)
        monkeypatch.setattr(shelf, "today", lambda: date.fromisoformat(text[:10]))

    return set_to


@pytest.fixture
def learner(session):
    account = make_account(session)
    give_consent(session, account, Purpose.HISTORY, "test")
    return account


@pytest.fixture
def material(session):
    return make_published(session, title={"vi": "Bếp <b>gọn</b>"})


def days(session, account, day):
    session.expire_all()
    found = diary_week(session, account.id, date.fromisoformat(day))
    return {
        str(day): [(each.public_id, each.finished, each.note) for each in learnt] for day, learnt in found.days.items()
    }


def test_each_day_of_learning_is_noted_once_by_the_city_s_clock(session, learner, material, clock):
    other = make_published(session)
    for moment in ("2026-11-30T00:10", "2026-11-30T23:50", "2026-12-01T00:05"):
        clock(moment)
        shelf.note_place(session, learner.id, material.public_id, PAGE, "a")
    shelf.finish_material(session, learner.id, other.public_id)
    assert days(session, learner, "2026-12-03") == {
        "2026-12-01": [(material.public_id, False, ""), (other.public_id, True, "")],
        "2026-11-30": [(material.public_id, False, "")],
    }
    assert days(session, learner, "2026-11-29") == {}


def test_weeks_lead_to_the_nearest_ones_with_something_in_them(session, learner, material, clock):
    for moment in ("2026-09-01T10:00", "2026-11-30T10:00"):
        clock(moment)
        shelf.note_place(session, learner.id, material.public_id, PAGE, "a")
    between = diary_week(session, learner.id, date(2026, 10, 14))
    assert (between.before, between.after) == (date(2026, 9, 1), date(2026, 11, 30))
    assert between.name == "2026-W42"
    last = diary_week(session, learner.id, date(2026, 12, 6))
    assert (last.monday, last.before, last.after) == (date(2026, 11, 30), date(2026, 9, 1), None)


@pytest.mark.parametrize(
    "text",
    ["", "2026-W54", "2026-W00", "W48-2026", "2026-48", "2026-W048", "٢٠٢٦-W48x", "9999-W99", "9999-W52", "0001-W01"],
)
def test_what_is_no_week_is_none(text):
    assert read_week(text) is None


def test_a_week_has_one_name():
    assert read_week("2026-W49") == date(2026, 11, 30)
    assert week_name(date(2027, 1, 1)) == "2026-W53"


def test_days_are_kept_by_the_wording_that_names_them_alone(session, learner, material):
    session.execute(sa.update(Consent).values(text_version="2026-11"))
    assert shelf.note_place(session, learner.id, material.public_id, PAGE, "a")
    assert session.scalars(sa.select(DiaryEntry)).all() == []
    give_consent(session, learner, Purpose.HISTORY, "test")
    shelf.note_place(session, learner.id, material.public_id, PAGE, "a")
    assert len(session.scalars(sa.select(DiaryEntry)).all()) == 1


def test_withdrawing_deletes_diary_and_courses(session, learner, material):
    make_collection(session, material)
    shelf.finish_material(session, learner.id, material.public_id)
    assert len(session.scalars(sa.select(StartedCourse)).all()) == 1
    withdraw_consent(session, learner, Purpose.HISTORY)
    assert session.scalars(sa.select(DiaryEntry)).all() == session.scalars(sa.select(StartedCourse)).all() == []


def courses(session):
    rows = session.execute(sa.select(StartedCourse.course, StartedCourse.finished_at.is_not(None)))
    return {course: bool(finished) for course, finished in rows}


def test_a_course_begins_with_its_first_tick_and_stays_finished_when_it_grows(session, learner):
    one, two, three = (make_published(session) for _ in range(3))
    course = make_collection(session, one, two)
    other = make_collection(session, one, three)
    make_collection(session, two, public=False)
    shelf.finish_material(session, learner.id, one.public_id)
    assert courses(session) == {course.public_id: False, other.public_id: False}
    shelf.finish_material(session, learner.id, two.public_id)
    first = session.get(StartedCourse, (learner.id, course.public_id)).finished_at
    assert first is not None
    add_material(session, course, three)
    shelf.finish_material(session, learner.id, three.public_id)
    session.expire_all()
    assert courses(session) == {course.public_id: True, other.public_id: True}
    assert session.get(StartedCourse, (learner.id, course.public_id)).finished_at == first


def test_what_is_withdrawn_keeps_nobody_from_finishing_a_course(session, learner):
    one, gone = make_published(session), make_published(session)
    course = make_collection(session, one, gone)
    withdraw(session, make_reviewer(session), gone, "wrong", "Sai")
    shelf.finish_material(session, learner.id, one.public_id)
    assert courses(session) == {course.public_id: True}


@pytest.fixture
def signed_in(session, client, learner, material):
    shelf.note_place(session, learner.id, material.public_id, PAGE, "a")
    [day] = session.scalars(sa.select(DiaryEntry.day)).all()
    account_id, email, public_id = learner.id, learner.email, material.public_id
    session.commit()
    browser = Browser(client)
    browser.sign_in(email)
    return browser, account_id, str(day), public_id


def test_one_s_own_words_are_plain_text_for_oneself_alone(session, signed_in, client):
    browser, account_id, day, public_id = signed_in
    told = {"page": "/shelf/diary", "day": day, "material": public_id}
    answer = browser.send("/shelf/diary", note="Nấu **cơm**\n<script>alert(1)</script>", action="save", **told)
    assert answer.status_code == 303
    page = browser.get(answer.headers["Location"]).text
    assert "Nấu **cơm**\n&lt;script&gt;" in page
    assert "Bếp &lt;b&gt;gọn&lt;/b&gt;" in page
    assert export_person(session, account_id)["diary"]["days"] == [
        {"day": day, "material": public_id, "note": "Nấu **cơm**\n<script>alert(1)</script>"}
    ]
    session.rollback()
    assert "Nấu" in browser.get("/account/data").text
    long = browser.send("/shelf/diary", note="a" * 4001, action="save", **told)
    assert long.status_code == 422
    assert "a" * 4001 in long.text
    other = make_account(session)
    email = other.email
    session.commit()
    stranger = Browser(client)
    browser.send("/sign-out", page="/shelf/diary")
    stranger.sign_in(email)
    assert "Nấu" not in stranger.get("/shelf/diary").text
    assert stranger.send("/shelf/diary", note="x", action="save", **{**told, "page": "/shelf"}).status_code == 404


def test_an_entry_is_taken_out_with_its_words(session, signed_in):
    browser, account_id, day, public_id = signed_in
    told = {"page": "/shelf/diary", "day": day, "material": public_id}
    assert browser.send("/shelf/diary", action="remove", **told).status_code == 303
    assert export_person(session, account_id)["diary"]["days"] == []
    session.rollback()
    assert browser.send("/shelf/diary", action="remove", **{**told, "page": "/shelf"}).status_code == 404
    assert browser.send("/shelf/diary", day="gestern", material=public_id, page="/shelf").status_code == 404


def test_whoever_keeps_no_history_is_asked_first(session, client):
    account = make_account(session)
    email = account.email
    session.commit()
    browser = Browser(client)
    browser.sign_in(email)
    for language in ("", "/en"):
        page = browser.get(f"{language}/shelf/diary")
        assert page.status_code == 200
        assert f"{language}/shelf/history?next=" in page.text
    assert client.get("/shelf").status_code == 200
