"""All of a person's data for them, none of it left once they go."""

import json

import pytest
import sqlalchemy as sa

from oer.accounts import queries
from oer.accounts.models import Dimension, ExternalIdentity, Purpose, Role, RoleGrant, RoleRequest
from oer.accounts.second_factor_models import Passkey
from oer.accounts.services.administration import request_educator_role, system_account
from oer.accounts.services.api_tokens import make_token
from oer.accounts.services.consents import set_consents, update_declarations
from oer.accounts.services.devices import remember_device
from oer.accounts.services.kept_forms import TypedForm, keep_form
from oer.accounts.services.personal_data import OWN_TABLES, erase_account, export_personal_data
from oer.accounts.services.profile import request_new_email
from oer.accounts.services.registration import request_reset
from oer.accounts.services.second_factors import renew_recovery_codes
from oer.accounts.services.second_steps import begin_second_step
from oer.accounts.services.sign_ins import start_sign_in
from oer.accounts.views.own_data import BASES
from oer.core import audit, personal_data
from oer.core.audit import AuditRecord
from oer.core.db import Base
from oer.core.errors import Conflict, NotFound
from tests.accounts.browsing import Browser
from tests.accounts.factories import make_account, make_unit
from tests.accounts.phone import Phone


@pytest.fixture
def lan(session, settings):
    """Somebody with a row in every table of accounts."""
    account = make_account(session, Role.EDUCATOR, name="Nguyễn Thị Lan", email="lan@example.com")
    set_consents(session, account, {Purpose.STATISTICS}, "account page")
    update_declarations(session, account, {Dimension.WARD: ["26740"]})
    start_sign_in(session, account, user_agent="Firefox Linux", days=1)
    remember_device(session, account.id, [])
    keep_form(session, account.id, TypedForm("/account/profile", "accounts.profile", [("name", "Lan")]))
    request_new_email(session, account, "lan.new@example.com")
    request_educator_role(session, account, make_unit(session), "Tôi là giáo viên.")
    Phone().add_to(session, settings, account)
    renew_recovery_codes(session, settings, account)
    begin_second_step(session, account, "/my/materials")
    make_token(session, account, "Chương trình của Lan", ["drafts"])
    key = {"credential_id": "an id of a key", "public_key": "a public key", "sign_count": 1, "transports": ["usb"]}
    session.add(Passkey(account_id=account.id, name="Khóa màu xanh", **key))
    session.add(ExternalIdentity(account_id=account.id, issuer="https://dangnhap.example.vn", subject="079"))
    session.flush()
    return account


def test_an_export_holds_everything_of_the_person_and_no_secret(session, lan):
    told = export_personal_data(session, lan)
    text = json.dumps(told, ensure_ascii=False)
    for each in (
        "lan@example.com",
        "Nguyễn Thị Lan",
        "26740",
        "statistics",
        "Firefox, Linux",
        "lan.new@example.com",
        "xanh",
    ):
        assert each in text
    hidden = ("token_hash", "sealed_secret", "code_hash", "password_digest", "an id of a key", "a public key")
    for secret in (lan.password_hash, lan.pseudonym_secret, *hidden):
        assert secret not in text
    own = told["accounts"]
    assert set(own) == {"account", *(table.__tablename__ for table in OWN_TABLES)}
    assert all(own.values())


def test_an_export_holds_nobody_elses_data(session, lan):
    other = make_account(session, Role.ADMIN, name="Người khác", email="khac@example.com")
    start_sign_in(session, other, user_agent="Safari Mac", days=1)
    text = json.dumps(export_personal_data(session, lan))
    assert "khac@example.com" not in text
    assert "Safari" not in text


def rows_about(session, account_id):
    """Every value of every table's foreign keys that points to the account."""
    found = []
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name == "account":
                count = sa.select(sa.func.count()).select_from(table).where(key.parent == account_id)
                found += [f"{table.name}.{key.parent.name}"] * (session.scalar(count) or 0)
    return found


def test_after_erasing_nothing_points_to_the_person(session, lan, mails):
    account_id, unit = lan.id, make_unit(session)
    mails()
    other = make_account(session)
    session.add(RoleGrant(account_id=other.id, role=Role.REVIEWER, granted_by_id=account_id))
    session.add(RoleRequest(account_id=other.id, unit_id=unit.id, reason="", decided_by_id=account_id))
    start_sign_in(session, other, user_agent="", days=1)
    request_reset(session, email=lan.email, language="vi")
    assert len(rows_about(session, account_id)) >= 8
    erase_account(session, account_id, account_id)
    assert rows_about(session, account_id) == []
    with pytest.raises(NotFound):
        queries.find_account(session, account_id)
    assert queries.account_with_email(session, "lan@example.com") is None
    assert [mail[:2] for mail in mails()] == [("lan@example.com", "account_erased")]
    assert len(queries.find_account(session, other.id).grants) == 1


def test_the_record_of_erasing_names_nobody(session, lan):
    erase_account(session, lan.id, lan.id)
    record = session.scalars(sa.select(AuditRecord).where(AuditRecord.action == "account.erased")).one()
    assert record.actor_id is None
    assert record.details == {}


def test_what_somebody_did_stays_together_in_the_records_and_leads_to_nobody(session, lan):
    of_account = sa.and_(AuditRecord.subject_type == "account", AuditRecord.subject_id == str(lan.id))
    records = session.scalars(sa.select(AuditRecord.id).where(of_account)).all()
    audit.record(session, lan.id, "material.published", "material", "abc")
    number = lan.id
    erase_account(session, lan.id, lan.id)
    erased = session.scalars(sa.select(AuditRecord).where(AuditRecord.action == "account.erased")).one()
    done = session.scalars(sa.select(AuditRecord).where(AuditRecord.subject_id == "abc")).one()
    assert done.actor_id == int(erased.subject_id) < 0
    about = session.scalars(sa.select(AuditRecord).where(AuditRecord.id.in_(records))).all()
    assert {each.subject_id for each in about} <= {erased.subject_id}
    assert str(number) not in {each.subject_id for each in about}


def test_my_data_are_shown_by_what_they_are_kept_and_why_and_downloaded_as_a_page(session, client):
    account = make_account(session, email="lan@example.com")
    set_consents(session, account, {Purpose.STATISTICS}, "account page")
    update_declarations(session, account, {Dimension.WARD: ["26740"]})
    email, secret = account.email, account.password_hash
    session.commit()
    browser = Browser(client)
    browser.sign_in(email)
    page = browser.get("/account/data")
    assert page.headers["Cache-Control"] == "private, no-store"
    shown = page.text
    for words in ("Lịch sử học của riêng tôi".lower(), "kệ và danh sách", "lan@example.com", "26740", "không lưu gì"):
        assert words in shown.lower()
    assert "2026-11-" not in shown  # moments are written as people write them
    answer = browser.get("/account/data.html")
    assert 'filename="my-data.html"' in answer.headers["Content-Disposition"]
    assert answer.text.startswith("<!doctype html>")
    assert "lan@example.com" in answer.text
    for outside in ("<link", "<script", "href=", "src=", secret):
        assert outside not in answer.text


def test_everything_that_is_kept_says_what_it_is_and_what_for():
    for keeper in personal_data.keepers():
        assert keeper.title, keeper.name
        assert keeper.why, keeper.name
        assert keeper.basis in BASES, keeper.name


def test_the_system_cannot_be_erased(session):
    with pytest.raises(Conflict):
        erase_account(session, None, system_account(session).id)


def test_accounts_answer_for_all_their_tables():
    ours = {
        table.name
        for table in Base.metadata.sorted_tables
        if any(key.column.table.name == "account" for key in table.foreign_keys)
        and table.name in {each.__tablename__ for each in Base.__subclasses__() if "oer.accounts" in each.__module__}
    }
    [keeper] = [each for each in personal_data.keepers() if each.name == "accounts"]
    assert ours | {"account"} == keeper.tables
