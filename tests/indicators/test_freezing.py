"""A round is frozen knowingly, can be opened again, and what was published is corrected in public."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor, wait
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.accounts.models import Role
from oer.core.audit import AuditRecord
from oer.core.clock import now
from oer.core.errors import Conflict
from oer.core.installation import Installation
from oer.core.mail import OutgoingMail
from oer.core.seen import ChangedMeanwhile, seen_of
from oer.indicators.models.rounds import Round
from oer.indicators.queries.rounds import reports_of, states_seen
from oer.indicators.services.entry import Entry, save_entry
from oer.indicators.services.reports import approve, submit
from oer.indicators.services.rounds import change_due_date, freeze_round, publish_round
from tests.accounts.factories import make_account
from tests.indicators.factories import lines, make_reporter, make_round, report_of, ward
from tests.indicators.visiting import Visitor, visit


@pytest.fixture
def admin(app: Flask, city: Session) -> Visitor:
    return visit(app, city, make_account(city, Role.ADMIN, name="Trần Chốt"))


@pytest.fixture
def made(city: Session) -> Round:
    """A round of three wards, of which one is approved."""
    found = make_round(city, indicators=lines(city, "387.1"))
    report = report_of(city, found)
    entry = Entry(numerator=Decimal(70), denominator=Decimal(100))
    save_entry(city, report, lines(city, "387.1")[0], entry, revision=0, actor_id=1)
    submit(city, report, 1)
    approve(city, report, 1)
    city.commit()
    return found


def sent(city: Session, template: str) -> dict[str, bool]:
    rows = city.execute(sa.select(OutgoingMail.recipient, OutgoingMail.values).where(OutgoingMail.template == template))
    return {recipient: values["approved"] for recipient, values in rows}


def test_freezing_says_what_is_missing_asks_and_tells_the_wards(admin: Visitor, city: Session, made: Round) -> None:
    make_reporter(city, ward(city), email="duyet@example.com")
    make_reporter(city, ward(city, "25807"), email="thieu@example.com")
    page = f"/admin/indicators/rounds/{made.id}"
    asked = admin.get(f"{page}/freeze").text
    assert "2 trên 3 báo cáo chưa được duyệt" in asked
    assert "đã trả lời 0 trên 1 dòng" in asked
    assert "1 báo cáo đã duyệt chưa có đủ minh chứng" in asked
    city.rollback()
    assert made.is_open, "asking changes nothing"
    assert admin.send(f"{page}/freeze", page).status_code == 409, "what is missing was not shown"
    assert admin.send(f"{page}/freeze", f"{page}/freeze").status_code == 303
    city.rollback()
    assert not made.is_open
    assert sent(city, "indicators_frozen") == {"duyet@example.com": True, "thieu@example.com": False}
    last = city.scalars(sa.select(AuditRecord).where(AuditRecord.action == "round.frozen")).one()
    assert last.details == {"reports": 3, "left_out": 2}


def test_a_frozen_round_is_opened_again_with_a_reason_until_it_is_published(
    admin: Visitor, city: Session, made: Round
) -> None:
    make_reporter(city, ward(city, "25807"), email="thieu@example.com")
    freeze_round(city, None, made)
    page = f"/admin/indicators/rounds/{made.id}"
    assert "Hãy nêu lý do mở lại" in admin.send(f"{page}/reopen", page, {"reason": " "}, follow_redirects=True).text
    admin.send(f"{page}/reopen", page, {"reason": "Phường nộp nhầm hạn"})
    city.rollback()
    assert made.is_open
    assert sent(city, "indicators_reopened") == {"thieu@example.com": False}
    deed = city.scalars(sa.select(AuditRecord).where(AuditRecord.action == "round.reopened")).one()
    assert deed.details == {"reason": "Phường nộp nhầm hạn"}
    freeze_round(city, None, made)
    publish_round(city, None, made)
    city.commit()
    assert (
        "Số liệu của đợt này đã công bố"
        in admin.send(
            f"{page}/reopen",
            f"{page}/26506/{lines(city, '387.1')[0].id}/erratum",
            {"reason": "x"},
            follow_redirects=True,
        ).text
    )
    city.rollback()
    assert not made.is_open


def test_a_published_value_is_corrected_in_public(
    admin: Visitor, client: FlaskClient, city: Session, made: Round
) -> None:
    line = lines(city, "387.1")[0]
    page = f"/admin/indicators/rounds/{made.id}/26506/{line.id}/erratum"
    right = {"numerator": "65", "denominator": "100", "value": "70", "reason": "Đếm trùng 5 gia đình"}
    freeze_round(city, None, made)
    city.commit()
    assert "Chỉ giá trị đã công bố" in admin.send(page, page, right).text
    publish_round(city, None, made)
    city.commit()
    assert "Hãy nêu lý do đính chính" in admin.send(page, page, right | {"reason": ""}).text
    assert "đúng như đã công bố" in admin.send(page, page, right | {"numerator": "70"}).text
    bare = admin.send(page, page, {"value": "65", "numerator": "", "denominator": "", "reason": "Gõ nhầm"})
    assert "Hãy nhập tử số và mẫu số" in bare.text
    assert admin.send(page, page, right).status_code == 303
    public = client.get(f"/indicators/rounds/{made.id}").text
    told = public[public.index('id="errata"') :]
    assert "70%" in told
    assert "<b>65%</b>" in told
    assert "Đếm trùng 5 gia đình" in told
    table = list(csv.DictReader(io.StringIO(client.get(f"/indicators/rounds/{made.id}.csv").text)))
    row = next(each for each in table if each["place"] == "26506")
    assert (Decimal(row["value"]), Decimal(row["corrected_from"]), row["correction"]) == (65, 70, right["reason"])
    assert len(row["corrected_on"]) == 10
    assert next(each["value"] for each in table if each["place"] == "city") == "65"
    (told,) = client.get(f"/api/v1/indicators/rounds/{made.id}").get_json()["errata"]
    assert (told["place"], told["before"]["value"], told["after"]["numerator"]) == ("26506", 70, 65)
    review = admin.get(f"/admin/indicators/rounds/{made.id}/26506").text
    history = review[review.index("Lịch sử của giá trị này") :]
    assert "Trần Chốt: 70% → 65%. Đính chính: Đếm trùng 5 gia đình" in history
    deed = city.scalars(sa.select(AuditRecord).where(AuditRecord.action == "value.corrected")).one()
    assert deed.details["changes"]["numerator"][1] == "65"


@pytest.fixture
def with_submitted(city: Session, made: Round) -> Round:
    """The round, a second of its reports being submitted."""
    report = report_of(city, made, "25807")
    entry = Entry(numerator=Decimal(50), denominator=Decimal(100))
    save_entry(city, report, lines(city, "387.1")[0], entry, revision=0, actor_id=1)
    submit(city, report, 1)
    city.commit()
    return made


def test_a_report_that_is_just_being_approved_is_not_frozen_unseen(
    installation: Installation, city: Session, with_submitted: Round
) -> None:
    seen = seen_of(states_seen(reports_of(city, with_submitted.id)))
    number = with_submitted.id
    city.rollback()

    def freeze() -> None:
        with installation.database.transaction() as session:
            freeze_round(session, 1, session.get_one(Round, number), seen)

    with ThreadPoolExecutor(1) as other:
        approve(city, report_of(city, city.get_one(Round, number), "25807"), 1)
        frozen = other.submit(freeze)
        wait([frozen], timeout=0.5)
        city.commit()
        with pytest.raises(ChangedMeanwhile):
            frozen.result(30)
    city.rollback()
    assert city.get_one(Round, number).is_open


def test_a_round_that_was_just_opened_again_is_not_published_and_a_frozen_one_keeps_its_date(
    city: Session, made: Round
) -> None:
    freeze_round(city, 1, made)
    elsewhere = sa.update(Round).where(Round.id == made.id).execution_options(synchronize_session=False)
    city.execute(elsewhere.values(frozen_at=None))  # this session still has it as frozen
    with pytest.raises(Conflict):
        publish_round(city, 1, made)
    city.execute(elsewhere.values(frozen_at=now()))
    with pytest.raises(Conflict):
        change_due_date(city, 1, made, made.due_on)
