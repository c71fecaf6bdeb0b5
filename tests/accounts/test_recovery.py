"""Forgotten and changed passwords."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from oer.accounts import queries
from oer.accounts.models import AccountState, OneTimeToken
from oer.accounts.services.administration import disable_account, system_account
from oer.accounts.services.passwords import verify_password
from oer.accounts.services.profile import confirm_new_email, request_new_email
from oer.accounts.services.registration import change_password, request_reset, reset_password
from oer.accounts.services.sign_ins import start_sign_in
from oer.core.clock import now
from oer.core.errors import Invalid
from tests.accounts.factories import PASSWORD, make_account, password_hash

NEW = "ngua van chay qua cau"


def ask(session, mails, email):
    request_reset(session, email=email, language="vi")
    [mail] = mails()
    return mail


def token_of(mail):
    return mail[2]["path"].rpartition("/")[2]


def test_a_mailed_link_sets_a_new_password_and_ends_every_sign_in(session, mails):
    account = make_account(session)
    cookie = start_sign_in(session, account, user_agent="", days=1)
    mail = ask(session, mails, account.email.upper())
    assert mail[:2] == (account.email, "reset_password")
    reset_password(session, token_of(mail), password_hash(NEW))
    assert verify_password(account.password_hash, NEW)
    assert not verify_password(account.password_hash, PASSWORD)
    assert queries.account_of_sign_in(session, cookie) is None
    assert [told[1] for told in mails()] == ["password_changed"]


def test_an_unknown_address_is_told_so_by_mail_alone(session, mails):
    assert ask(session, mails, "nobody@example.com")[:2] == ("nobody@example.com", "no_account")


def test_a_closed_account_and_the_system_have_nothing_to_reset(session, mails):
    closed = make_account(session, state=AccountState.DISABLED)
    assert ask(session, mails, closed.email)[1] == "no_account"
    assert ask(session, mails, system_account(session).email)[1] == "no_account"


def test_the_link_proves_the_address_as_well(session, mails):
    account = make_account(session, state=AccountState.UNCONFIRMED)
    reset_password(session, token_of(ask(session, mails, account.email)), password_hash(NEW))
    assert account.state is AccountState.ACTIVE


def used(session, account, token):
    reset_password(session, token, password_hash(NEW))


def expired(session, account, token):
    session.execute(sa.update(OneTimeToken).values(expires_at=now() - timedelta(seconds=1)))


def another_was_used(session, account, token):
    request_reset(session, email=account.email, language="vi")
    later = session.scalars(sa.select(OneTimeToken).order_by(OneTimeToken.id.desc())).first()
    assert later.used_at is None
    change_password(session, account, password_hash(NEW))


def address_changed(session, account, token):
    request_new_email(session, account, "new@example.com")
    from oer.core.mail import OutgoingMail

    path = session.scalars(sa.select(OutgoingMail).where(OutgoingMail.template == "new_email")).one().values["path"]
    confirm_new_email(session, path.rpartition("/")[2])


def closed(session, account, token):
    disable_account(session, None, account.id)


@pytest.mark.parametrize("deed", [used, expired, another_was_used, address_changed, closed])
def test_a_link_is_dead_once(session, mails, deed):
    account = make_account(session)
    token = token_of(ask(session, mails, account.email))
    deed(session, account, token)
    with pytest.raises(Invalid) as refused:
        reset_password(session, token, password_hash())
    assert refused.value.status == 400


def test_one_persons_link_changes_nobody_elses_password(session, mails):
    mine, other = make_account(session), make_account(session)
    reset_password(session, token_of(ask(session, mails, mine.email)), password_hash(NEW))
    assert verify_password(other.password_hash, PASSWORD)
