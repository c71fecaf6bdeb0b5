"""Who did what: administrators read, filter and export the audit records."""

import csv
import io
from datetime import UTC, datetime

import pytest

from oer.accounts.models import Role
from oer.core.audit import AuditRecord, record
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
    for words in ("round.frozen", "reporting_round 7", "Lê Kiểm", "the system", "an account that is gone", "left_out"):
        assert words in page
    assert "<b>Đủ</b>" not in page
    table = page[page.index("<tbody>") :]
    assert "figures.closed" in table

    def shown(query):
        text = client.get(f"/en/admin/audit?{query}").text
        return {each for each in ("round.frozen", "figures.closed", "value.corrected") if f"<td>{each}</td>" in text}

    assert shown("action=round") == {"round.frozen"}
    assert shown("subject_type=period&subject_id=2026-03") == {"figures.closed"}
    assert shown(f"actor={number}") == {"round.frozen"}
    assert shown("since=2026-03-02&until=2026-03-02") == {"value.corrected"}, "days are the city's"
    assert shown("until=2026-03-01") == set()
    assert client.get("/en/admin/audit?since=yesterday").status_code == 400


def test_records_are_exported_as_filtered_and_run_no_formula(admin):
    client, _ = admin
    text = client.get("/admin/audit.csv?action=value").data.decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["action"], row["subject_id"], row["actor_id"]) == ("value.corrected", "9", "-5")
    assert row["at"].startswith("2026-03-01T18:00:00")
    assert row["details"].startswith("{")
