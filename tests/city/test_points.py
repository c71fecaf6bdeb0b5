"""Learning points: public pages, the ward's own check, and what LC-16 makes of them."""

import json
import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from oer.accounts.models import Role, Unit
from oer.city.models import LearningPoint, PointCheck
from oer.city.queries import points_known, public_points
from oer.city.services.points import add_point, change_point, check_point, remove_point
from oer.core.clock import today
from oer.core.errors import Conflict, Invalid
from oer.indicators.computation.formulas import FigureState
from oer.indicators.computation.reporting import learning_points
from oer.indicators.periods import read_period
from tests.accounts.factories import make_account, make_unit
from tests.city.factories import WARD, make_event, point_values
from tests.indicators.factories import make_reporter, ward
from tests.indicators.visiting import Visitor, visit

THIS_YEAR = read_period(f"{today().year}")


@pytest.fixture
def point(session: Session, wards: Unit) -> LearningPoint:
    made = add_point(session, None, point_values(phone="028 1234 5678", offers={"vi": "Lớp tin học <b>"}))
    session.commit()
    return made


def test_a_point_is_found_by_ward_by_kind_and_by_its_name_without_marks(session: Session, point: LearningPoint) -> None:
    def found(**asked: str) -> list[str]:
        return [each.public_id for each in public_points(session, **asked).items]

    assert found() == found(words="hoc tap cong dong") == found(words="CỘNG ĐỒNG sài") == [point.public_id]
    assert found(ward=WARD) == found(kind="community-centre") == [point.public_id]
    assert found(words="thư viện") == found(ward="25807") == found(kind="library") == found(words="100%") == []


def test_everybody_reads_its_page_and_nothing_is_loaded_from_elsewhere(
    app: Flask, session: Session, point: LearningPoint
) -> None:
    change_point(session, None, point, point_values(latitude=10.78, longitude=106.7, phone="028 1234 5678"), 2)
    visitor = visit(app, session, None)
    assert point.public_id in visitor.get("/points?q=hoc+tap").text
    shown = visitor.get(f"/points/{point.public_id}").text
    told = json.loads(re.findall(r"application/ld\+json\">(.*?)</script>", shown)[0])
    assert (told["@type"], told["telephone"], told["geo"]["latitude"]) == ("Place", "028 1234 5678", 10.78)
    assert 'href="https://www.openstreetmap.org/?mlat=10.78&amp;mlon=106.7#map=17/10.78/106.7"' in shown
    assert not re.findall(r'(?:src|action)="https?:', shown)
    assert visitor.get(f"/en/points/{point.public_id}").status_code == 200


def test_a_ward_checks_and_changes_its_own_points_alone(app: Flask, session: Session, point: LearningPoint) -> None:
    page = f"/my/points/{point.public_id}"
    own = visit(app, session, make_reporter(session, ward(session)))
    answer = own.send(f"{page}/check", page, {"is_open": "no", "sessions": "3"})
    assert (answer.status_code, answer.location) == (303, "/my/city")
    session.expire_all()
    assert not point.is_open
    assert "hiện đóng cửa" in own.get("/my/city").text
    assert own.send(f"{page}/check", page, {"is_open": "yes", "sessions": "-1"}).status_code == 422
    assert own.send(f"{page}/check", page, {"sessions": "1"}).status_code == 422
    stranger = visit(app, session, make_reporter(session, ward(session, "25807")))
    for path in (page, f"{page}/check", f"{page}/remove"):
        answer = stranger.get(path) if path == page else stranger.post_with_token(path, {"is_open": "yes"})
        assert answer.status_code == 404, path


def fields(**more: str) -> dict[str, str]:
    return {"name_vi": "Thư viện", "kind": "library", "ward_code": WARD, "revision": "0", **more}


def test_a_reporter_adds_points_in_their_own_ward_alone(app: Flask, session: Session, wards: Unit) -> None:
    reporter: Visitor = visit(app, session, make_reporter(session, wards))
    assert reporter.send("/my/points/new", "/my/points/new", fields()).status_code == 303
    assert reporter.send("/my/points/new", "/my/points/new", fields(ward_code="25807")).status_code == 422
    assert reporter.send("/my/points/new", "/my/points/new", fields(name_vi="")).status_code == 422
    answer = reporter.send("/my/points/new", "/my/points/new", fields(latitude="21.0", longitude="105.8"))
    assert answer.status_code == 422
    assert "không nằm trong thành phố" in answer.text
    department = make_reporter(session, make_unit(session, kind="department"))
    answer = visit(app, session, department).send("/my/points/new", "/my/points/new", fields())
    assert answer.status_code == 422
    admin = visit(app, session, make_account(session, Role.ADMIN))
    answer = admin.send("/my/points/new", "/my/points/new", fields(ward_code=""))
    assert answer.status_code == 422, "the first of all wards is nobody's choice"
    assert "Chọn phường, xã, đặc khu" in answer.text
    assert admin.send("/my/points/new", "/my/points/new", fields(ward_code="25807")).status_code == 303


def test_what_somebody_else_changed_meanwhile_is_not_overwritten_unseen(session: Session, point: LearningPoint) -> None:
    change_point(session, None, point, point_values(address="1 Lê Lợi"), point.revision)
    with pytest.raises(Conflict):
        change_point(session, None, point, point_values(address="2 Lê Lợi"), point.revision - 1)
    for wrong in ({"website": "javascript:1"}, {"ward_code": "1"}, {"latitude": 10.8}, {"name": {"en": "x"}}):
        with pytest.raises(Invalid):
            change_point(session, None, point, point_values(**wrong), point.revision)


def test_a_page_of_a_point_names_its_opening_hours(app: Flask, session: Session, wards: Unit) -> None:
    """ "Open" alone was translated as the state of a problem that waits."""
    made = add_point(session, None, point_values(hours={"vi": "8-17 giờ"}))
    session.commit()
    visitor = visit(app, session, None)
    assert (
        '<dt>Giờ mở cửa</dt><dd lang="vi" class="lines">8-17 giờ</dd>' in visitor.get(f"/points/{made.public_id}").text
    )
    assert "<dt>Opening hours</dt>" in visitor.get(f"/en/points/{made.public_id}").text


def test_a_second_check_on_a_day_takes_the_place_of_the_first(session: Session, point: LearningPoint) -> None:
    check_point(session, None, point, is_open=True, sessions=40)
    check_point(session, None, point, is_open=False, sessions=4)
    kept = session.query(PointCheck).filter_by(point_id=point.id).all()
    assert [(each.is_open, each.sessions) for each in kept] == [(False, 4)]
    assert not point.is_open


def test_a_removed_point_has_no_page_and_is_in_no_list(app: Flask, session: Session, point: LearningPoint) -> None:
    remove_point(session, None, point)
    visitor = visit(app, session, None)
    assert visitor.get(f"/points/{point.public_id}").status_code == 404
    assert point.public_id not in visitor.get("/points").text


# LC-16.


def test_the_indicators_count_points_that_were_checked_and_those_that_are_used(session: Session, wards: Unit) -> None:
    used, visited, idle, closed, unchecked, gone = (add_point(session, None, point_values()) for _ in range(6))
    check_point(session, None, used, is_open=True, sessions=2)
    check_point(session, None, closed, is_open=False, sessions=9)
    remove_point(session, None, gone)
    for each in session.query(PointCheck).where(PointCheck.point_id == unchecked.id):
        each.checked_on = today() - timedelta(days=250)
    event = make_event(session, wards, point_id=visited.id)
    event.ends_at = event.starts_at = event.changed_at
    event.counted_by_hand = 12
    session.flush()
    assert points_known(session, today()) == [(WARD, 3, 2)]
    made = learning_points(session, read_period(f"{today():%Y-%m}"))
    whole = next(each for each in made.figures if not each.dimension and not each.measure)
    assert (whole.result.state, whole.result.numerator, whole.result.denominator) == (FigureState.OK, 2, 3)
    assert [each.member for each in made.figures if each.dimension == "ward"] == [WARD]
    assert idle.is_open


def test_while_no_ward_keeps_points_here_the_imported_register_counts(session: Session, wards: Unit) -> None:
    assert points_known(session, today()) is None
    add_point(session, None, point_values())
    session.flush()
    assert points_known(session, today() - timedelta(days=400)) is None
    assert points_known(session, today()) == [(WARD, 1, 0)]
