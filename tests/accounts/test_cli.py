"""Accounts from the console."""

import unicodedata

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from oer.accounts import queries
from oer.accounts.cli import commands
from oer.accounts.models import AccountState, Role
from oer.accounts.permissions import roles_of
from oer.accounts.services.passwords import verify_password
from oer.accounts.services.sign_ins import start_sign_in
from oer.core.audit import AuditRecord
from oer.core.clock import now
from tests.accounts.factories import PASSWORD, make_account, make_unit
from tests.accounts.phone import Phone


@pytest.fixture
def run(installation):
    def run(*words, password=PASSWORD):
        return CliRunner().invoke(commands, words, obj=lambda: installation, input=password)

    return run


def account(installation, email):
    with installation.database.reading() as session:
        found = queries.account_with_email(session, email)
        session.expunge_all()
        return found


@pytest.mark.parametrize("role", list(Role))
def test_an_account_of_every_role_is_made_and_can_sign_in(run, installation, browser, role):
    done = run("create", "--email", "gv@example.com", "--role", role.value, "--password-stdin")
    assert done.exit_code == 0, done.output
    made = account(installation, "gv@example.com")
    assert made.state is AccountState.ACTIVE
    assert roles_of(made) == {Role.LEARNER, role}
    assert browser.sign_in("gv@example.com").status_code == 303


def test_the_password_is_asked_for_twice_where_it_is_not_piped(run, installation):
    assert run("create", "--email", "gv@example.com", password=f"{PASSWORD}\n{PASSWORD}\n").exit_code == 0
    assert verify_password(account(installation, "gv@example.com").password_hash, PASSWORD)


def test_a_piped_password_ends_at_its_line(run, installation):
    typed = unicodedata.normalize("NFD", "mèo trèo cây cau hỏi thăm")
    run("create", "--email", "gv@example.com", "--password-stdin", password=f"{typed}\r\nmore\n")
    assert verify_password(account(installation, "gv@example.com").password_hash, unicodedata.normalize("NFC", typed))


def test_a_role_for_a_unit(run, installation):
    with installation.database.transaction() as session:
        make_unit(session, code="thpt-lhp")
    options = ["--role", "educator", "--unit", "thpt-lhp", "--name", "Cô Lan", "--password-stdin"]
    assert run("create", "--email", "gv@example.com", *options).exit_code == 0
    made = account(installation, "gv@example.com")
    assert (made.name, made.grants[0].unit.code) == ("Cô Lan", "thpt-lhp")


@pytest.mark.parametrize(
    ("options", "password", "words"),
    [
        (["--email", "nonsense"], PASSWORD, "e-mail address"),
        (["--email", "gv@example.com"], "matkhau123456", "easy to guess"),
        (["--email", "gv@example.com"], "", "at least 10"),
        (["--email", "gv@example.com"], b"\xff\xfe\xfa mot hai ba", "not UTF-8"),
        (["--email", "gv@example.com", "--role", "emperor"], PASSWORD, "emperor"),
        (["--email", "gv@example.com", "--role", "educator", "--unit", "nowhere"], PASSWORD, "nowhere"),
        (["--email", "gv@example.com", "--role", "admin", "--unit", "thpt-lhp"], PASSWORD, "whole site"),
        (["--email", "KNOWN@example.com"], PASSWORD, "already"),
    ],
)
def test_what_is_refused_says_why_and_leaves_nothing(run, installation, options, password, words):
    with installation.database.transaction() as session:
        make_unit(session, code="thpt-lhp")
        make_account(session, email="known@example.com")
    refused = run("create", "--password-stdin", *options, password=password)
    assert refused.exit_code != 0
    assert words in refused.output
    assert account(installation, "gv@example.com") is None


def test_the_list_names_everybody_with_their_roles(run, installation):
    with installation.database.transaction() as session:
        unit = make_unit(session, code="thpt-lhp")
        make_account(session, Role.EDUCATOR, unit=unit, email="gv@example.com", name="Đặng Lan")
        for number in range(45):
            make_account(session, email=f"hv{number}@example.com")
    everybody = run("list").output.splitlines()
    assert len(everybody) == 46
    assert "active\tgv@example.com\tĐặng Lan\teducator of thpt-lhp" in everybody
    assert run("list", "--role", "educator").output.splitlines() == run("list", "--search", "dang").output.splitlines()


@pytest.fixture
def records(installation):
    """The actions of the console in the audit log, oldest first, each with its details."""

    def read():
        with installation.database.reading() as session:
            found = session.scalars(sa.select(AuditRecord).order_by(AuditRecord.id)).all()
            found = [each for each in found if each.actor_id is None]
            return [(each.action, each.details) for each in found]

    return read


def test_an_account_is_closed_and_opened_again(run, installation, browser, people, records):
    email = people(confirmed_at=now())
    browser.sign_in(email)
    assert "closed and signed out" in run("disable", email.upper()).output
    assert account(installation, email).state is AccountState.DISABLED
    assert browser.get("/account").status_code == 302
    assert "already" in run("disable", email).output
    assert "open again: active" in run("enable", email).output
    assert "not closed" in run("enable", email).output
    assert [action for action, _details in records()] == ["account.disabled", "account.enabled"]
    assert browser.get("/account").status_code == 302
    assert browser.sign_in(email).status_code == 303


def test_a_reset_ends_the_sign_ins_and_prints_a_link_that_sets_a_password(run, browser, people, records):
    email = people()
    browser.sign_in(email)
    link = run("reset", email).stdout.strip()
    assert link.startswith("http://localhost/reset/")
    assert browser.get("/account").status_code == 302
    assert browser.sign_in(email).status_code == 422  # whoever knew the old password does not
    path = link.removeprefix("http://localhost")
    assert browser.send(path, password="ngua van chay qua cau").status_code == 303
    assert browser.sign_in(email, "ngua van chay qua cau").status_code == 303
    assert browser.get(path).status_code == 400
    assert records() == [("password.reset", {})]


def test_roles_are_given_and_taken(run, installation, people, records):
    with installation.database.transaction() as session:
        make_unit(session, code="thpt-lhp")
    email = people()
    assert "is now an educator of thpt-lhp" in run("grant", email, "educator", "--unit", "thpt-lhp").output
    assert "already" in run("grant", email, "educator", "--unit", "thpt-lhp").output
    assert "is now a reviewer." in run("grant", email, "reviewer").output
    refused = run("revoke", email, "educator")
    assert refused.exit_code == 1
    assert "educator of thpt-lhp, reviewer" in refused.output
    assert run("revoke", email, "educator", "--unit", "thpt-lhp").exit_code == 0
    assert roles_of(account(installation, email)) == {Role.LEARNER, Role.REVIEWER}
    assert records() == [
        ("role.granted", {"role": "educator", "unit": "thpt-lhp"}),
        ("role.granted", {"role": "reviewer", "unit": None}),
        ("role.revoked", {"role": "educator", "unit": "thpt-lhp"}),
    ]


def test_an_account_is_shown_with_its_roles_and_sign_ins(run, people, browser):
    email = people(Role.REVIEWER, name="Đặng Duyệt")
    browser.sign_in(email)
    shown = run("show", email).output
    assert f"Đặng Duyệt <{email}>\nstate: active\n" in shown
    assert "roles: reviewer\nsigned in: " in shown


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["disable", "nobody@example.com"], "no account with the e-mail address nobody@example.com"),
        (["show", "nobody@example.com"], "no account"),
        (["reset", "nobody@example.com"], "no account"),
        (["disable", "admin@example.com"], "last administrator"),
        (["revoke", "admin@example.com", "admin"], "last administrator"),
        (["grant", "admin@example.com", "educator", "--unit", "nowhere"], "nowhere"),
        (["grant", "closed@example.com", "reviewer"], "not active"),
        (["reset", "closed@example.com"], "not active"),
        (["grant", "admin@example.com", "learner"], "learner"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line_and_changes_nothing(run, people, records, words, why):
    people(Role.ADMIN, email="admin@example.com")
    people(state=AccountState.DISABLED, email="closed@example.com")
    refused = run(*words)
    assert refused.exit_code != 0
    assert why in refused.output
    assert refused.exception is None or isinstance(refused.exception, SystemExit)
    assert records() == []


def test_a_second_factor_that_is_lost_is_reset(run, installation, settings):
    with installation.database.transaction() as session:
        account = make_account(session, Role.ADMIN, email="lan@example.com")
        Phone().add_to(session, settings, account)
        token = start_sign_in(session, account, user_agent="", days=1)
        account_id = account.id
    assert run("reset-second-factor", "nobody@example.com").exit_code == 1
    done = run("reset-second-factor", "LAN@example.com")
    assert (done.exit_code, done.output) == (0, "LAN@example.com signs in by password alone now.\n")
    assert run("reset-second-factor", "lan@example.com").output == "lan@example.com has no second step.\n"
    with installation.database.reading() as session:
        assert not queries.has_second_factor(session, account_id)
        assert queries.account_of_sign_in(session, token) is None
        record = session.scalars(sa.select(AuditRecord)).all()[-1]
        assert (record.action, record.actor_id) == ("second_factor.reset", None)
