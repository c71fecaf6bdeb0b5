"""What administrators and the console do, and what goes by itself."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from oer.accounts.jobs import tidy
from oer.accounts.models import Account, AccountState, OneTimeToken, SignIn, ThrottleCount
from oer.accounts.services.administration import create_account, disable_account, enable_account, system_account
from oer.accounts.services.passwords import verify_password
from oer.accounts.services.registration import request_reset
from oer.accounts.services.sign_ins import start_sign_in
from oer.accounts.services.throttling import count_sign_in_attempt
from oer.core.clock import now
from oer.core.errors import Conflict
from tests.accounts.factories import make_account, password_hash


def test_an_account_from_the_console_is_active_at_once(session, mails):
    made = create_account(
        session, email="gv@example.com", name="Giáo viên", password_hash=password_hash(), language="vi"
    )
    assert made.state is AccountState.ACTIVE
    assert mails() == []
    with pytest.raises(Conflict):
        create_account(session, email="GV@example.com", name="x", password_hash=None, language="vi")


def test_there_is_one_system_account_and_no_password_opens_it(session):
    system = system_account(session)
    assert system_account(session) is system
    assert system.state is AccountState.SYSTEM
    assert not verify_password(system.password_hash, "")
    with pytest.raises(Conflict):
        disable_account(session, None, system.id)


def test_a_closed_account_can_be_opened_again(session, audited):
    account = make_account(session, confirmed_at=now())
    disable_account(session, None, account.id)
    disable_account(session, None, account.id)
    assert account.state is AccountState.DISABLED
    enable_account(session, None, account.id)
    enable_account(session, None, account.id)
    assert account.state is AccountState.ACTIVE
    assert audited() == ["account.disabled", "account.enabled"]


def test_a_closed_account_that_was_never_confirmed_must_still_be(session):
    account = make_account(session, state=AccountState.UNCONFIRMED)
    disable_account(session, None, account.id)
    enable_account(session, None, account.id)
    assert account.state is AccountState.UNCONFIRMED


def test_what_is_too_old_goes_by_itself_and_nothing_else(installation, session):
    old = now() - timedelta(days=31)
    stale = make_account(session, state=AccountState.UNCONFIRMED, created_at=old)
    fresh = make_account(session, state=AccountState.UNCONFIRMED)
    person = make_account(session, created_at=old)
    for account in (stale, person):
        request_reset(session, email=account.email, language="vi")
    start_sign_in(session, person, user_agent="", days=1)
    start_sign_in(session, person, user_agent="", days=-40)
    count_sign_in_attempt(session, "key", "a@example.com", "192.0.2.1")
    session.execute(sa.update(ThrottleCount).values(ends_at=old))
    kept = {fresh.id, person.id}
    session.commit()
    tidy(installation)
    assert set(session.scalars(sa.select(Account.id))) == kept
    assert len(session.scalars(sa.select(SignIn)).all()) == 1
    assert len(session.scalars(sa.select(OneTimeToken)).all()) == 1
    assert session.scalars(sa.select(ThrottleCount)).all() == []
