"""What people change on their own page."""

import pytest

from oer.accounts import queries
from oer.accounts.services.profile import change_language, confirm_new_email, request_new_email
from oer.core.errors import Conflict, Invalid
from tests.accounts.factories import make_account


def token_of(mail):
    return mail[2]["path"].rpartition("/")[2]


def test_a_new_address_counts_once_it_is_confirmed_and_the_old_one_is_told(session, mails, audited):
    account = make_account(session, email="old@example.com")
    request_new_email(session, account, "New@example.com")
    assert account.email == "old@example.com"
    [mail] = mails()
    assert mail[:2] == ("New@example.com", "new_email")
    confirm_new_email(session, token_of(mail))
    assert (account.email, account.email_folded) == ("New@example.com", "new@example.com")
    assert [told[:2] for told in mails()] == [("old@example.com", "email_changed")]
    assert audited() == ["email.changed"]


def test_another_persons_address_is_not_given_away(session, mails):
    account, other = make_account(session), make_account(session)
    request_new_email(session, account, other.email.upper())
    assert [told[:2] for told in mails()] == [(other.email, "already_registered")]


def test_an_address_that_somebody_took_meanwhile_is_a_conflict(session, mails):
    account = make_account(session)
    request_new_email(session, account, "wanted@example.com")
    [mail] = mails()
    make_account(session, email="Wanted@example.com")
    with pytest.raises(Conflict) as refused:
        confirm_new_email(session, token_of(mail))
    assert refused.value.code == "email_taken"


def test_only_the_newest_of_two_wishes_works(session, mails):
    account = make_account(session)
    request_new_email(session, account, "first@example.com")
    request_new_email(session, account, "second@example.com")
    first, second = mails()
    with pytest.raises(Invalid):
        confirm_new_email(session, token_of(first))
    confirm_new_email(session, token_of(second))
    assert account.email == "second@example.com"


def test_the_case_of_ones_own_address_may_be_changed(session, mails):
    account = make_account(session, email="lan@example.com")
    request_new_email(session, account, "Lan@example.com")
    confirm_new_email(session, token_of(mails()[0]))
    assert account.email == "Lan@example.com"


def test_a_language_is_one_that_the_site_speaks(session):
    account = make_account(session)
    change_language(session, account, "en")
    assert account.language == "en"
    with pytest.raises(Invalid):
        change_language(session, account, "xx")


def test_people_are_found_by_name_without_marks_and_by_address(session):
    lan = make_account(session, name="Đặng Thị Lan", email="lan.dang@example.com")
    make_account(session, name="Người khác")
    for words in ("dang lan", "ĐẶNG", "lan.dang@", "thi  DANG", "Đặng Thị Lan"):
        assert queries.list_accounts(session, words=words).items == [lan]
    for words in ("%", "_an", "\\", "x" * 100_000):
        assert queries.list_accounts(session, words=words).items == []
    for words in ("", "\0", "\ud800", "\u202e"):
        assert queries.list_accounts(session, words=words).total == 2
