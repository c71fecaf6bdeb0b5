"""Who did what: administrators read, filter and export the audit records."""

import ast
import csv
import io
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from oer.accounts.audit_words import ACTIONS, DETAILS, SUBJECTS, details_in_words
from oer.accounts.models import Role
from oer.core.audit import AuditRecord, record
from oer.core.i18n import translate
from oer.files.models import Condition
from oer.indicators.services.sets import CREATED, SUPERSEDED
from oer.learning.models import ProblemState
from tests.accounts.browsing import Browser
from tests.accounts.factories import make_account


@pytest.fixture
def admin(installation, client):
    with installation.database.transaction() as session:
        account = make_account(session, Role.ADMIN, name="Lê Kiểm")
        session.flush()
        record(session, account.id, "round.frozen", "reporting_round", 7, reason="<b>Đủ</b>", left_out=2)
        record(session, None, "figures.closed", "period", "2026-03", version=1)
        session.add(
            AuditRecord(at=datetime(2026, 3, 1, 18, tzinfo=UTC), actor_id=-5, action="value.corrected",
                        subject_type="observation", subject_id="9", details={"reason": "=1+1"})
        )  # fmt: skip
        email, number = account.email, account.id
    Browser(client).sign_in(email)
    return client, number


def test_every_record_is_shown_with_who_did_it_and_filtered(admin):
    client, number = admin
    page = client.get("/en/admin/audit").text
    for words in ("Round frozen", "round of reports 7", "Lê Kiểm", "the system", "an account that is gone"):
        assert words in page
    assert "left out: 2" in page
    assert "<b>Đủ</b>" not in page
    table = page[page.index("<tbody") :]
    assert "Figures of a period closed" in table

    def shown(query):
        text = client.get(f"/en/admin/audit?{query}").text
        shown = text[text.index("<tbody") :] if "<tbody" in text else ""
        return {code for code in ("round.frozen", "figures.closed", "value.corrected") if f">{ACTIONS[code]}<" in shown}

    assert shown("action=round") == {"round.frozen"}
    assert shown("subject_type=period&subject_id=2026-03") == {"figures.closed"}
    assert shown(f"actor={number}") == {"round.frozen"}
    assert shown("since=2026-03-02&until=2026-03-02") == {"value.corrected"}, "days are the city's"
    assert shown("until=2026-03-01") == set()
    assert shown("since=2/3/2026&until=02.03.2026") == {"value.corrected"}, "as people write days"
    assert shown("actor=ai") == shown("actor=99999999999") == set(), "what is no account is not everybody"


@pytest.mark.parametrize("asked", ["since=yesterday", "until=9999-12-31", "since=0001-01-01", "until=1/1/0001"])
def test_a_day_that_nobody_means_is_refused_in_words(admin, asked):
    client, _ = admin
    for page in ("/en/admin/audit", "/en/admin/audit.csv"):
        answer = client.get(f"{page}?{asked}")
        assert answer.status_code == 400
        assert "is not a date" in answer.text


def test_records_are_exported_as_filtered_and_run_no_formula(admin):
    client, _ = admin
    answer = client.get("/admin/audit.csv?action=value")
    assert answer.headers["Cache-Control"] == "private, no-store"
    text = answer.data.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["action"], row["subject_id"], row["actor_id"]) == ("value.corrected", "9", "-5")
    assert row["at"].startswith("2026-03-01T18:00:00")
    assert row["details"].startswith("{")


def test_an_export_has_all_records_or_says_that_they_are_too_many(admin, monkeypatch):
    client, _ = admin
    monkeypatch.setattr("oer.accounts.views.administration.MOST_EXPORTED", 1)
    assert client.get("/admin/audit.csv?action=value").status_code == 200
    answer = client.get("/admin/audit.csv")
    assert answer.status_code == 400
    assert "khoảng thời gian ngắn hơn" in answer.text


ROOM = Path(__file__).parents[2] / "oer"
CODE = re.compile(r"[a-z_]+\.[a-z_]+")
COMPOSED = {
    "f'file.{found}'": {f"file.{each}" for each in Condition if each is not Condition.WHOLE},
    "f'indicator_set.{outcome}'": {f"indicator_set.{each}" for each in (CREATED, SUPERSEDED)},
    "f'problem.{state}'": {f"problem.{each}" for each in ProblemState},
    "f'voice.{decision}'": {"voice.hidden", "voice.shown"},
}
"""What the actions are that are put together from a value."""


def _texts(node):
    return {each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def _recorded():
    """Give the actions, the kind of subject and the names of details of each call that leaves a record."""
    for path in sorted(ROOM.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call)]
        for call in calls:
            if ast.unparse(call.func) not in ("record", "audit.record") or len(call.args) < 5:
                continue
            action, kind = call.args[2:4]
            if isinstance(action, ast.Name) and action.id.isupper():
                set_here = [each for each in tree.body if isinstance(each, ast.Assign)]
                codes = {each.value.value for each in set_here if ast.unparse(each.targets[0]) == action.id}
            elif isinstance(action, ast.Name):  # what the callers of its function give
                codes = {text for text in _texts(tree) if CODE.fullmatch(text)}
            elif (composed := ast.unparse(action)) == "f'second_factor.{change}'":
                changes = [each for each in calls if ast.unparse(each.func) == "_changed"]
                codes = {f"second_factor.{each.args[3].value}" for each in changes}
            else:
                codes = COMPOSED.get(composed) or {text for text in _texts(action) if CODE.fullmatch(text)}
            assert codes, f"{path}: which actions are {ast.unparse(action)}?"
            yield codes, kind.value, {each.arg for each in call.keywords if each.arg}


def test_every_action_subject_and_detail_recorded_anywhere_has_a_word():
    codes, kinds, details = set(), set(), set()
    for of_one, kind, named in _recorded():
        codes |= of_one
        kinds.add(kind)
        details |= named
    assert len(codes) > 60
    assert codes == set(ACTIONS), "a word for each action, and no word for what is never done"
    assert kinds == set(SUBJECTS)
    assert details <= set(DETAILS)


def test_details_are_names_and_values_in_the_language_of_the_reader():
    details = {
        "changes": {"value": ["3", "4"], "khac": [None, True]},
        "left_out": ["p1", "p2"],
        "due_on": ["2026-01-01", "2026-02-01"],
        "why": "",
        "new_name": 7,
    }
    assert details_in_words(details, lambda text: translate("vi", text)) == [
        ("thay đổi", "giá trị: 3 → 4; khac: – → có"),
        ("chưa gồm", "p1, p2"),
        ("hạn", "2026-01-01 → 2026-02-01"),
        ("new_name", "7"),
    ]


def test_a_record_without_a_word_is_shown_as_it_is_kept(admin, installation):
    client, _ = admin
    with installation.database.transaction() as session:
        record(session, None, "house.painted", "house", 3)
    page = client.get("/admin/audit?action=house").text
    assert ">house.painted</td>" in page
    assert ">house 3</td>" in page
    assert "Khóa đợt báo cáo</option>" in page
