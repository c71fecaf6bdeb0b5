"""Reports of problems: anybody may make one, reviewers answer, whoever was signed in gets the answer."""

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from oer.accounts.models import Role
from oer.catalogue.models import Material
from oer.catalogue.services.withdrawal import withdraw
from oer.core import personal_data
from oer.core.errors import Invalid, NotFound
from oer.core.mail import OutgoingMail
from oer.learning.models import ProblemKind, ProblemReport, ProblemState
from oer.learning.queries import problem_reports, report_to_answer
from oer.learning.services.problems import answer_problem, report_problem
from tests.accounts.factories import make_account, make_unit
from tests.catalogue.factories import make_educator, make_material, make_published, make_reviewer
from tests.indicators.visiting import visit


@pytest.fixture
def material(session: Session) -> Material:
    made = make_published(session, title={"vi": "An toàn điện"})
    session.commit()
    return made


@pytest.fixture
def public_id(session: Session, material: Material) -> str:
    """The id alone: asking the row for it would hold the database while the application wants to write."""
    found = material.public_id
    session.rollback()
    return found


def send(client: FlaskClient, public_id: str, **values):
    page = client.get(f"/en/materials/{public_id}/report")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)[1]
    data = {"csrf_token": token, "kind": "content", "words": "Trang 3 sai số điện áp", **values}
    return client.post(f"/en/materials/{public_id}/report", data=data)


def reports(session: Session) -> list[ProblemReport]:
    session.rollback()
    return list(session.scalars(sa.select(ProblemReport).order_by(ProblemReport.id)))


def test_anybody_reports_without_an_account(client: FlaskClient, session: Session, public_id: str) -> None:
    answer = send(client, public_id, place="trang 3")
    assert answer.status_code == 303
    assert "Thank you" in client.get(answer.headers["Location"]).text
    [report] = reports(session)
    assert (report.kind, report.words, report.place) == (ProblemKind.CONTENT, "Trang 3 sai số điện áp", "trang 3")
    assert (report.state, report.reporter_id, report.language) == (ProblemState.OPEN, None, "en")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"words": "   "}, "Describe the problem in a few words"),
        ({"kind": "nonsense"}, "Choose what the problem is about"),
        ({"words": "x" * 4001}, "longer than 4000"),
        ({"csrf_token": "stale"}, "This form has expired"),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_is_kept(
    client: FlaskClient, session: Session, public_id: str, values: dict, words: str
) -> None:
    answer = send(client, public_id, **{"place": "phút 3:20", **values})
    assert answer.status_code in {400, 422}
    assert words in answer.text
    assert "phút 3:20" in answer.text
    assert reports(session) == []


def test_a_draft_and_what_was_withdrawn_cannot_be_reported(
    client: FlaskClient, session: Session, material: Material
) -> None:
    draft = make_material(session)
    session.commit()
    assert client.get(f"/materials/{draft.public_id}/report").status_code == 404
    withdraw(session, make_reviewer(session), material, "outdated", "cũ")
    session.commit()
    assert client.get(f"/materials/{material.public_id}/report").status_code == 410


def test_one_address_cannot_flood_the_reviewers(client: FlaskClient, session: Session, public_id: str) -> None:
    answers = [send(client, public_id).status_code for _ in range(32)]
    assert answers[:30] == [303] * 30
    assert answers[30:] == [429, 429]
    assert len(reports(session)) == 30


def test_a_reviewer_answers_and_whoever_was_signed_in_is_told(session: Session, material: Material) -> None:
    reporter, reviewer = make_account(session), make_reviewer(session)
    report, _ = report_problem(session, material, reporter, kind="content", words="Sai")
    with pytest.raises(Invalid):
        answer_problem(session, reviewer, report, state="solved", answer=" ")
    answer_problem(session, reviewer, report, state="solved", answer="Đã sửa ở phiên bản 2")
    assert (report.state, report.answered_by_id) == (ProblemState.SOLVED, reviewer.id)
    [mail] = session.scalars(sa.select(OutgoingMail).where(OutgoingMail.template == "problem_answered"))
    assert mail.recipient == reporter.email
    assert mail.values["answer"] == "Đã sửa ở phiên bản 2"


def test_a_reported_link_counts_as_broken_only_once_it_is_confirmed(session: Session) -> None:
    material = make_published(session, content=None, source_url="https://example.org/")
    report, _ = report_problem(session, material, None, kind="link", words="404")
    before = material.page_revision
    assert material.link_broken_at is None
    answer_problem(session, make_reviewer(session), report, state="accepted", answer="Đúng là hỏng")
    assert material.link_broken_at is not None
    assert material.page_revision > before
    answer_problem(session, make_reviewer(session), report, state="solved", answer="Đã chạy lại")
    assert material.link_broken_at is None


def test_reviewers_of_a_unit_see_the_reports_of_their_unit_alone(session: Session) -> None:
    here, elsewhere = make_unit(session), make_unit(session)
    for unit in (here, elsewhere):
        report_problem(session, make_published(session, make_educator(session, unit)), None, kind="other", words="x")
    local = make_account(session, Role.REVIEWER, unit=here)
    [mine] = problem_reports(session, local, ProblemState.OPEN).items
    assert mine.material.unit_id == here.id
    assert problem_reports(session, make_reviewer(session), ProblemState.OPEN).total == 2
    other = next(each for each in reports_of(session) if each.id != mine.id)
    with pytest.raises(NotFound):
        report_to_answer(session, local, other.id)
    assert report_to_answer(session, local, mine.id) is mine


def reports_of(session: Session) -> list[ProblemReport]:
    return list(session.scalars(sa.select(ProblemReport)))


def test_a_person_gets_their_reports_and_leaves_without_a_trace(session: Session, material: Material) -> None:
    reporter = make_account(session)
    report_problem(session, material, reporter, kind="content", words="Trang 3 sai")
    [told] = personal_data.export_person(session, reporter.id)["learning"]
    assert told["words"] == "Trang 3 sai"
    personal_data.erase_person(session, reporter.id)
    session.expire_all()
    [report] = reports_of(session)
    assert (report.words, report.reporter_id) == ("Trang 3 sai", None)


def test_only_those_who_may_answer_see_the_list(client: FlaskClient) -> None:
    assert client.get("/review/problems").status_code == 302
    assert "/sign-in" in client.get("/review/problems").headers["Location"]


# What becomes of a report.


def test_whoever_made_a_report_follows_it_without_an_account(
    app: Flask, session: Session, client: FlaskClient, public_id: str
) -> None:
    address = send(client, public_id).headers["Location"]
    shown = client.get(address).text
    assert "Keep the address of this page" in shown
    assert f"http://localhost{address}" in shown
    [report] = reports(session)
    answer_problem(session, make_reviewer(session), report, state="solved", answer="Đã sửa ở bản 2")
    session.commit()
    shown = client.get(address).text
    assert "Đã sửa ở bản 2" in shown
    assert "Solved" in shown
    assert client.get(address[:-1] + "x").status_code == 404


def test_what_was_reported_while_signed_in_is_listed_with_its_answer(
    app: Flask, session: Session, material: Material
) -> None:
    reporter, other = make_account(session), make_account(session)
    report, _ = report_problem(session, material, reporter, kind="content", words="Trang 3 sai")
    answer_problem(session, make_reviewer(session), report, state="accepted", answer="Đang sửa")
    [mail] = session.scalars(sa.select(OutgoingMail).where(OutgoingMail.template == "problem_answered"))
    assert mail.values["own_path"] == "/account/reports"
    shown = visit(app, session, reporter).get("/en/account/reports").text
    assert "Trang 3 sai" in shown
    assert "Đang sửa" in shown
    assert "Trang 3 sai" not in visit(app, session, other).get("/en/account/reports").text


def test_reviewers_narrow_the_list_by_kind_and_unit_and_see_how_many_there_are(app: Flask, session: Session) -> None:
    here, elsewhere = make_unit(session), make_unit(session)
    for unit, kind, words in ((here, "link", "hỏng"), (here, "content", "sai năm"), (elsewhere, "link", "mất")):
        material = make_published(session, make_educator(session, unit), unit=unit.code, content=words.encode())
        report_problem(session, material, None, kind=kind, words=words)
    reviewer = visit(app, session, make_reviewer(session))
    everything = reviewer.get("/en/review/problems").text
    assert "Open (3)" in everything
    both = reviewer.get(f"/en/review/problems?kind=link&unit={here.code}").text
    assert "hỏng" in both
    assert "sai năm" not in both
    assert "mất" not in both
    assert "no reports" in reviewer.get("/en/review/problems?unit=nowhere").text
    assert reviewer.get("/en/review/problems?kind=nonsense").status_code == 200


def test_of_two_reviewers_who_answer_at_once_the_second_is_told(
    app: Flask, session: Session, material: Material
) -> None:
    report, _ = report_problem(session, material, make_account(session), kind="content", words="Sai")
    path, answer = f"/en/review/problems/{report.id}", {"state": "solved", "answer": "Đã sửa"}
    second = visit(app, session, make_reviewer(session))
    page = second.get(path).text
    first = visit(app, session, make_reviewer(session))
    assert first.send(path, path, answer).status_code == 303
    token, seen = (re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1] for name in ("csrf_token", "seen"))
    late = second.post(path, {"csrf_token": token, "seen": seen, "state": "declined", "answer": "Không sai"})
    assert late.status_code == 409
    assert "Không sai" in late.text
    assert "Đã sửa" in late.text
    session.refresh(report)
    assert report.state is ProblemState.SOLVED


def test_the_same_answer_saved_twice_is_mailed_once(session: Session, material: Material) -> None:
    report, _ = report_problem(session, material, make_account(session), kind="content", words="Sai")
    for _ in range(2):
        answer_problem(session, make_reviewer(session), report, state="solved", answer="Đã sửa")
    mails = sa.select(sa.func.count()).where(OutgoingMail.template == "problem_answered")
    assert session.scalar(mails) == 1


def test_a_reviewer_who_goes_is_in_no_answer(session: Session, material: Material) -> None:
    reviewer = make_reviewer(session)
    report, _ = report_problem(session, material, None, kind="content", words="Sai")
    answer_problem(session, reviewer, report, state="solved", answer="Đã sửa")
    personal_data.erase_person(session, reviewer.id)
    session.refresh(report)
    assert report.answered_by_id is None
