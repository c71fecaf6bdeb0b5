"""From a form to an account whose address is proven."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from oer.accounts import queries
from oer.accounts.models import Account, AccountState, OneTimeToken, Purpose
from oer.accounts.services.passwords import verify_password
from oer.accounts.services.registration import confirm_email, register_account, reset_password
from oer.core.clock import now
from oer.core.errors import Invalid
from tests.accounts.factories import PASSWORD, make_account, password_hash

FORM = {"name": "Lan", "language": "vi"}


def register(session, email="Lan@Example.com", password=PASSWORD):
    register_account(session, email=email, password_hash=password_hash(password), **FORM)
    return queries.account_with_email(session, email)


def token_of(mail):
    return mail[2]["path"].rpartition("/")[2]


def test_an_account_is_active_once_its_mailed_link_was_used(session, mails):
    account = register(session)
    assert account.state is AccountState.UNCONFIRMED
    assert account.email == "Lan@Example.com"
    [mail] = mails()
    assert mail[:2] == ("Lan@Example.com", "confirm_email")
    assert confirm_email(session, token_of(mail)).id == account.id
    assert account.state is AccountState.ACTIVE
    assert account.confirmed_at is not None


def test_registering_is_the_consent_to_the_account_and_to_nothing_else(session):
    account = register(session)
    assert list(queries.consents_of(session, account.id)) == [Purpose.ACCOUNT]


def test_the_token_itself_is_kept_nowhere_among_the_accounts(session, mails):
    register(session)
    token = token_of(mails()[0])
    assert session.scalar(sa.select(OneTimeToken.token_hash)) not in {token, ""}


def test_a_link_works_once(session, mails):
    register(session)
    token = token_of(mails()[0])
    confirm_email(session, token)
    with pytest.raises(Invalid) as refused:
        confirm_email(session, token)
    assert refused.value.code == "dead_link"


def test_a_link_does_not_work_for_ever_nor_for_another_purpose(session, mails):
    register(session)
    token = token_of(mails()[0])
    with pytest.raises(Invalid):
        reset_password(session, token, password_hash())
    session.execute(sa.update(OneTimeToken).values(expires_at=now() - timedelta(seconds=1)))
    with pytest.raises(Invalid):
        confirm_email(session, token)


def test_a_known_address_is_told_by_mail_and_nothing_changes(session, mails):
    known = make_account(session, email="lan@example.com", name="Lan thật")
    before = known.password_hash
    register(session, "LAN@example.com", "mot mat khau khac han")
    assert [mail[:2] for mail in mails()] == [("lan@example.com", "already_registered")]
    assert (known.name, known.password_hash) == ("Lan thật", before)
    assert session.scalar(sa.select(sa.func.count()).select_from(Account)) == 1


def test_each_mail_confirms_the_password_of_its_own_form(session, mails):
    """A stranger who registers with somebody's address must not get a password confirmed by the owner's own mail."""
    account = register(session, password=PASSWORD)
    register(session, password="mat khau cua ke la mat")
    own, _strangers = mails()
    confirm_email(session, token_of(own))
    assert verify_password(account.password_hash, PASSWORD)


def test_once_confirmed_the_other_mails_are_dead(session, mails):
    register(session)
    register(session, password="mat khau cua ke la mat")
    own, strangers = mails()
    confirm_email(session, token_of(own))
    with pytest.raises(Invalid):
        confirm_email(session, token_of(strangers))


def test_the_mail_does_not_carry_what_a_stranger_typed_as_a_name(session, mails):
    register_account(
        session, email="a@example.com", name="BUY AT http://evil.example", password_hash=password_hash(), language="en"
    )
    assert "evil" not in str(mails())
