"""Accounts from the console."""

import unicodedata

import pytest
from click.testing import CliRunner

from oer.accounts import queries
from oer.accounts.cli import commands
from oer.accounts.models import AccountState, Role
from oer.accounts.permissions import roles_of
from oer.accounts.services.passwords import verify_password
from tests.accounts.factories import PASSWORD, make_account, make_unit


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
