"""Events from the draft to the numbers that stay: calendar, seats, waiting list, who came, who is forgotten."""

import json
import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from oer.accounts.models import Role, Unit
from oer.city.jobs import forget_registrations
from oer.city.models import CityEvent, EventRegistration, EventState, RegistrationState
from oer.city.queries import events_known, find_registration, seats_taken
from oer.city.schemas import write_calendar
from oer.city.services.events import (
    cancel_event,
    cancel_registration,
    confirm,
    count_by_hand,
    register,
    save_event,
)
from oer.core import personal_data
from oer.core.clock import now, today
from oer.core.errors import Conflict, Invalid, NotFound
from oer.core.ids import token_hash
from oer.core.installation import Installation
from oer.core.mail import OutgoingMail
from oer.indicators.computation.use import events as reach
from oer.indicators.periods import read_period
from tests.accounts.factories import make_account, make_unit
from tests.city.factories import event_values, make_event
from tests.indicators.factories import make_reporter, ward
from tests.indicators.totals import add_use
from tests.indicators.visiting import visit

IN, WAITS, ASKED = RegistrationState.SEATED, RegistrationState.WAITING, RegistrationState.ASKED


def mails(session: Session, template: str) -> list[OutgoingMail]:
    session.expire_all()
    query = sa.select(OutgoingMail).where(OutgoingMail.template == template).order_by(OutgoingMail.id)
    return list(session.scalars(query))


def ask(session: Session, event: CityEvent, name: str) -> EventRegistration:
    """Register by the form; return what the mail's link leads to."""
    register(session, event, name, f"{name.lower()}@example.com", "vi")
    token = mails(session, "event_registration")[-1].values["confirm_path"].rpartition("/")[2]
    return find_registration(session, token_hash(token))


@pytest.fixture
def event(session: Session, wards: Unit) -> CityEvent:
    return make_event(session, wards, takes_registrations=True, seats=1, code="HocTap")


def test_a_seat_is_taken_from_the_mail_and_whoever_waits_moves_up(session: Session, event: CityEvent) -> None:
    first, second = ask(session, event, "An"), ask(session, event, "Binh")
    assert first.state is ASKED
    assert confirm(session, first) is IN
    assert confirm(session, second) is WAITS
    assert confirm(session, first) is IN
    cancel_registration(session, first)
    session.expire_all()
    assert second.state is IN
    assert [mail.recipient for mail in mails(session, "event_seat")] == ["binh@example.com"]


@pytest.mark.parametrize("deed", [confirm, cancel_registration])
def test_a_registration_that_was_cancelled_meanwhile_is_not_there(session: Session, event: CityEvent, deed) -> None:
    found = ask(session, event, "An")
    session.execute(sa.delete(EventRegistration), execution_options={"synchronize_session": False})
    with pytest.raises(NotFound):
        deed(session, found)


@pytest.mark.parametrize("email", ["a@b.", "<a@b.vn>", "a,b@c.vn", "a@b.vn\r\nBcc: c@d.vn", "a@\x00.vn", ""])
def test_an_address_that_is_none_or_another_spelling_of_one_is_refused(
    session: Session, event: CityEvent, email: str
) -> None:
    with pytest.raises(Invalid):
        register(session, event, "An", email, "vi")
    assert mails(session, "event_registration") == []


def test_registering_again_sends_the_link_again_and_takes_no_second_seat(session: Session, event: CityEvent) -> None:
    confirm(session, ask(session, event, "An"))
    again = ask(session, event, "AN")
    assert again.state is IN
    assert session.scalar(sa.select(sa.func.count()).select_from(EventRegistration)) == 1
    assert len(mails(session, "event_registration")) == 2


def test_of_two_who_want_the_last_seat_at_once_one_waits(
    installation: Installation, session: Session, event: CityEvent
) -> None:
    ids = [ask(session, event, name).id for name in ("An", "Binh", "Chi", "Dung")]
    session.commit()
    ready = threading.Barrier(len(ids))

    def take(number: int) -> None:
        ready.wait()
        with installation.database.transaction() as own:
            confirm(own, own.get_one(EventRegistration, number))

    threads = [threading.Thread(target=take, args=(number,)) for number in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    session.expire_all()
    taken = seats_taken(session, event)
    assert (taken.seated, taken.waiting) == (1, 3)


def test_more_seats_are_given_to_those_who_wait_and_fewer_than_taken_are_refused(
    session: Session, event: CityEvent, wards: Unit
) -> None:
    for name in ("An", "Binh", "Chi"):
        confirm(session, ask(session, event, name))
    values = event_values(wards, takes_registrations=True, seats=3)
    save_event(session, None, event, values, [], event.revision)
    assert seats_taken(session, event).seated == 3
    with pytest.raises(Invalid, match="cannot be fewer seats"):
        save_event(session, None, event, event_values(wards, seats=2), [], event.revision)
    with pytest.raises(Conflict):
        save_event(session, None, event, values, [], event.revision - 1)


def test_a_citizen_registers_confirms_and_cancels_without_an_account(
    app: Flask, session: Session, event: CityEvent
) -> None:
    citizen, page = visit(app, session, None), f"/events/{event.public_id}"
    assert "Còn 1 chỗ." in citizen.get(page).text
    for name in ("", "Xem http://la.example", "www.la.example", "An <b>", "mua tai la.vn"):
        answer = citizen.send(f"{page}/register", page, {"name": name, "email": "khac@example.com"})
        assert answer.status_code == 400, name
    assert citizen.send(f"{page}/register", page, {"name": "An", "email": "an"}).status_code == 400
    answer = citizen.send(f"{page}/register", page, {"name": "An & Bình", "email": "an@example.com"})
    assert (answer.status_code, answer.location) == (303, page)
    link = mails(session, "event_registration")[0].values["confirm_path"]
    assert "An &amp; Bình" in citizen.get(link).text
    assert session.scalars(sa.select(EventRegistration.state)).one() is ASKED, "looking takes no seat"
    citizen.send(link, link, {"deed": "confirm"})
    assert "bạn đã có chỗ" in citizen.get(link).text
    assert "Đã hết chỗ" in citizen.get(page).text
    answer = citizen.send(link, link, {"deed": "cancel"})
    assert answer.location == page
    assert session.scalar(sa.select(sa.func.count()).select_from(EventRegistration)) == 0
    assert citizen.get(link).status_code == 404


def test_nobody_registers_for_what_is_over_cancelled_or_a_draft(
    app: Flask, session: Session, event: CityEvent, wards: Unit
) -> None:
    waiting = ask(session, event, "An")
    cancel_event(session, None, event, "Bão số 9")
    with pytest.raises(Conflict):
        confirm(session, waiting)
    with pytest.raises(Conflict):
        register(session, event, "An", "an@example.com", "vi")
    draft = save_event(session, None, None, event_values(wards), [])
    session.commit()
    visitor = visit(app, session, None)
    for path in ("", ".ics"):
        assert visitor.get(f"/events/{draft.public_id}{path}").status_code == 404
    assert "Bão số 9" in visitor.get(f"/events/{event.public_id}").text


def test_a_cancelled_event_tells_those_who_registered_why(session: Session, event: CityEvent) -> None:
    confirm(session, ask(session, event, "An"))
    with pytest.raises(Invalid):
        cancel_event(session, None, event, "  ")
    cancel_event(session, None, event, "Bão số 9")
    told = mails(session, "event_cancelled")
    assert [(mail.recipient, mail.values["reason"]) for mail in told] == [("an@example.com", "Bão số 9")]


def test_those_who_are_there_are_counted_once_by_code(app: Flask, session: Session, event: CityEvent) -> None:
    citizen, page = visit(app, session, None), f"/events/{event.public_id}"
    assert "Tôi có mặt" not in citizen.get(page).text, "it has not begun"
    event.starts_at, event.ends_at = now() - timedelta(minutes=5), now() + timedelta(hours=1)
    session.commit()
    for typed in ("sai", "hoctap", "HOCTAP"):
        citizen.send(f"{page}/here", page, {"code": typed}) if typed != "HOCTAP" else citizen.post_with_token(
            f"{page}/here", {"code": typed}
        )
    session.expire_all()
    assert (event.counted_by_code, event.attended) == (1, 1)
    visit(app, session, None).post_with_token(f"{page}/here", {"code": "hoctap"})
    count_by_hand(session, None, event, 40, set())
    assert (event.counted_by_code, event.attended) == (2, 40)


def test_names_are_deleted_after_the_event_and_the_numbers_stay(
    installation: Installation, session: Session, event: CityEvent
) -> None:
    kept = ask(session, event, "An")
    confirm(session, kept)
    count_by_hand(session, None, event, None, {kept.id})
    session.commit()
    forget_registrations(installation)
    session.expire_all()
    assert session.scalar(sa.select(sa.func.count()).select_from(EventRegistration)) == 1
    event.starts_at, event.ends_at = now() - timedelta(days=32), now() - timedelta(days=31)
    session.commit()
    forget_registrations(installation)
    session.expire_all()
    assert session.scalar(sa.select(sa.func.count()).select_from(EventRegistration)) == 0
    assert (event.registered, event.attended) == (1, 1)


def test_what_was_never_confirmed_is_deleted_within_days(
    installation: Installation, session: Session, event: CityEvent
) -> None:
    ask(session, event, "An").asked_at = now() - timedelta(days=4)
    session.commit()
    forget_registrations(installation)
    session.expire_all()
    assert session.scalar(sa.select(sa.func.count()).select_from(EventRegistration)) == 0


def test_whoever_has_an_account_finds_and_erases_their_registrations(session: Session, event: CityEvent) -> None:
    person = make_account(session, email="An@example.com")
    ask(session, event, "An")
    assert [each["event"] for each in personal_data.export_person(session, person.id)["registrations"]] == [
        "Tuần lễ học tập"
    ]
    personal_data.erase_person(session, person.id)
    assert session.scalar(sa.select(sa.func.count()).select_from(EventRegistration)) == 0


# The calendar for machines.


def unfolded(content: bytes) -> list[str]:
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    return content.decode().replace("\r\n ", "").split("\r\n")


def test_the_calendar_file_is_one_of_rfc_5545(session: Session, wards: Unit) -> None:
    title = {"vi": "Tuần lễ; học tập, suốt đời \\ " + "dài " * 40}
    begins = datetime(2026, 10, 1, 1, 30, tzinfo=UTC)
    times = {"starts_at": begins, "ends_at": begins + timedelta(days=2)}
    made = make_event(session, wards, title=title, summary={"vi": "Dòng 1\nDòng 2"}, **times)
    lines = unfolded(write_calendar([made], "https://hoclieu.example.vn", "Lịch", "vi"))
    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert "DTSTART:20261001T013000Z" in lines
    assert f"UID:{made.public_id}@hoclieu.example.vn" in lines
    assert "SUMMARY:Tuần lễ\\; học tập\\, suốt đời \\\\ " + "dài " * 40 in [line + " " * 0 for line in lines]
    assert "DESCRIPTION:Dòng 1\\nDòng 2" in lines
    assert lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == 1
    assert "STATUS:CONFIRMED" in lines
    cancel_event(session, None, made, "Hoãn")
    assert "STATUS:CANCELLED" in unfolded(write_calendar([made], "https://hoclieu.example.vn", "Lịch", "vi"))


def test_pages_and_feeds_show_events_in_the_citys_time(app: Flask, session: Session, event: CityEvent) -> None:
    event.starts_at = datetime.combine(today() + timedelta(days=2), datetime.min.time(), UTC) + timedelta(hours=11)
    event.ends_at = event.starts_at + timedelta(hours=1)
    session.commit()
    visitor = visit(app, session, None)
    shown = visitor.get(f"/events/{event.public_id}").text
    assert "18:00" in shown
    told = json.loads(re.findall(r"application/ld\+json\">(.*?)</script>", shown)[0])
    assert told["startDate"].endswith("T18:00:00+07:00")
    assert told["eventAttendanceMode"] == "https://schema.org/OfflineEventAttendanceMode"
    feed = visitor.get("/events.ics")
    assert feed.mimetype == "text/calendar"
    assert f"{event.starts_at:%Y%m%dT110000Z}" in feed.text
    assert event.public_id in visitor.get("/events").text
    assert event.public_id in visitor.get("/en/events?ward=25807").text


def test_home_shows_what_is_on_and_nothing_where_there_is_nothing(app: Flask, session: Session, wards: Unit) -> None:
    visitor = visit(app, session, None)
    assert "Sắp diễn ra" not in visitor.get("/").text
    made = make_event(session, wards)
    assert f"/events/{made.public_id}" in visitor.get("/").text
    cancel_event(session, None, made, "Bão")
    assert f"/events/{made.public_id}" not in visitor.get("/").text


# Preparing.


NOWHERE = {"point": "", "ward_code": "", "audience": "", "revision": "0"}


def fields(**more: str) -> dict[str, str]:
    day = (today() + timedelta(days=3)).isoformat()
    times = {"starts_on": day, "starts_time": "18:00", "ends_on": day, "ends_time": "20:00"}
    return {"title_vi": "Lớp tin học", "unit": "26506", "place": "Nhà văn hóa", **times, **NOWHERE, **more}


def test_a_ward_prepares_publishes_and_counts_its_own_event(app: Flask, session: Session, wards: Unit) -> None:
    reporter = visit(app, session, make_reporter(session, wards))
    answer = reporter.send("/my/events/new", "/my/events/new", fields(takes_registrations="y", seats="20"))
    assert answer.status_code == 303
    made = session.scalars(sa.select(CityEvent)).one()
    assert (made.state, made.seats, made.unit.code) == (EventState.DRAFT, 20, "26506")
    page = f"/my/events/{made.public_id}"
    reporter.send(f"{page}/publish", page)
    session.expire_all()
    assert made.state is EventState.PUBLISHED
    assert reporter.send(f"{page}/people", f"{page}/people", {"people": "35"}).status_code == 303
    session.expire_all()
    assert made.attended == 35
    stranger = visit(app, session, make_reporter(session, ward(session, "25807")))
    for path in (page, f"{page}/people"):
        assert stranger.get(path).status_code == 404
    for path in ("publish", "cancel", "people"):
        assert stranger.post_with_token(f"{page}/{path}", {}).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"ends_time": "17:00"},
        {"place": ""},
        {"online_url": "javascript:alert(1)"},
        {"unit": "25807"},
        {"starts_on": "hôm nay"},
        {"seats": "0"},
        {"materials": "abcde-fghjk"},
        {"code": "a b"},
    ],
)
def test_what_is_wrong_with_an_event_is_told_and_nothing_is_saved(
    app: Flask, session: Session, wards: Unit, wrong: dict[str, str]
) -> None:
    reporter = visit(app, session, make_reporter(session, wards))
    answer = reporter.send("/my/events/new", "/my/events/new", fields(**wrong))
    assert answer.status_code == 422
    assert 'value="Lớp tin học"' in answer.text
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(CityEvent)) == 0


def test_a_department_holds_events_in_its_own_name(app: Flask, session: Session, wards: Unit) -> None:
    unit = make_unit(session, code="so-gddt", kind="department")
    visitor = visit(app, session, make_reporter(session, unit))
    assert visitor.send("/my/events/new", "/my/events/new", fields(unit="so-gddt")).status_code == 303
    admin = visit(app, session, make_account(session, Role.ADMIN))
    assert "Lớp tin học" in admin.get("/my/city").text


# LC-18.


def test_the_reach_of_measured_events_is_computed_from_the_calendar(session: Session, wards: Unit) -> None:
    add_use(session)
    begins = datetime(2026, 3, 20, 1, tzinfo=UTC)
    times = {"starts_at": begins, "ends_at": begins + timedelta(hours=8)}
    measured = make_event(session, wards, is_measured=True, **times)
    make_event(session, wards, **times)
    march = read_period("2026-03")
    assert [code for code, *_ in events_known(session, march.start, march.end)] == [measured.public_id]
    made = reach(session, march)
    assert [(each.dimension, each.member) for each in made.figures] == [("event", measured.public_id)]
