"""Sign-ins live on the server."""

import pytest
import sqlalchemy as sa

from oer.accounts import queries
from oer.accounts.models import AccountState, Role, SignIn
from oer.accounts.permissions import GRANTED_SINCE, Action, may, may_in, require, require_in, roles_of
from oer.accounts.services.administration import disable_account, grant_role, revoke_role, system_account
from oer.accounts.services.registration import change_password
from oer.accounts.services.sign_ins import browser_name, end_sign_in, end_sign_ins, revoke_sign_in, start_sign_in
from oer.core.clock import now
from oer.core.errors import Forbidden, NotFound, SignInNeeded
from tests.accounts.factories import make_account, password_hash

ANDROID = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36"
)


def start(session, account):
    return start_sign_in(session, account, user_agent=ANDROID, days=30)


def test_a_token_stands_for_its_account(session):
    account = make_account(session)
    token = start(session, account)
    assert queries.account_of_sign_in(session, token) is account
    assert queries.account_of_sign_in(session, token + "x") is None
    assert queries.account_of_sign_in(session, "") is None


def test_the_token_itself_is_not_kept(session):
    token = start(session, make_account(session))
    row = session.execute(sa.select(SignIn.__table__)).one()
    assert token not in {str(value) for value in row}


def test_a_token_is_dead_after_signing_out(session):
    account = make_account(session)
    token, other = start(session, account), start(session, account)
    end_sign_in(session, token)
    assert queries.account_of_sign_in(session, token) is None
    assert queries.account_of_sign_in(session, other) is account


def end_everywhere(session, account):
    end_sign_ins(session, account.id)


def set_new_password(session, account):
    change_password(session, account, password_hash())


def close(session, account):
    disable_account(session, None, account.id)


def grow_old(session, account):
    session.execute(sa.update(SignIn).values(expires_at=now()))


@pytest.mark.parametrize("deed", [end_everywhere, set_new_password, close, grow_old])
def test_every_token_is_dead_after(session, deed):
    account = make_account(session, Role.EDUCATOR)
    tokens = [start(session, account) for _ in range(2)]
    deed(session, account)
    assert [queries.account_of_sign_in(session, token) for token in tokens] == [None, None]
    assert queries.sign_ins_of(session, account.id) == []


def test_a_role_counts_from_the_next_sign_in_and_the_older_ones_go_on_without(session):
    account = make_account(session, Role.EDUCATOR)
    older = start(session, account)
    grant_role(session, None, account.id, Role.REVIEWER)
    assert roles_of(queries.account_of_sign_in(session, older)) == {Role.LEARNER, Role.EDUCATOR}
    assert not may_in(account, Action.MATERIAL_REVIEW, None)
    with pytest.raises(SignInNeeded) as refused:
        require(account, Action.MATERIAL_REVIEW)
    assert refused.value.message == GRANTED_SINCE
    with pytest.raises(SignInNeeded):
        require_in(account, Action.MATERIAL_REVIEW, None)
    with pytest.raises(Forbidden):
        require(account, Action.ACCOUNT_ADMINISTER)
    newer = start(session, account)
    assert roles_of(queries.account_of_sign_in(session, newer)) == {Role.LEARNER, Role.EDUCATOR, Role.REVIEWER}


def test_a_role_that_was_taken_is_gone_from_every_sign_in_at_once(session):
    account = make_account(session, Role.EDUCATOR)
    token = start(session, account)
    assert may(queries.account_of_sign_in(session, token), Action.MATERIAL_CREATE)
    revoke_role(session, None, account.grants[0].id)
    assert roles_of(queries.account_of_sign_in(session, token)) == {Role.LEARNER}


def test_nobody_signs_in_to_an_account_that_is_not_active(session):
    for state, code in [(AccountState.UNCONFIRMED, "unconfirmed"), (AccountState.DISABLED, "closed")]:
        with pytest.raises(Forbidden) as refused:
            start(session, make_account(session, state=state))
        assert refused.value.code == code
    with pytest.raises(Forbidden):
        start(session, system_account(session))


def test_people_end_their_own_sign_ins_only(session):
    mine, other = make_account(session), make_account(session)
    token = start(session, other)
    [foreign] = queries.sign_ins_of(session, other.id)
    with pytest.raises(NotFound):
        revoke_sign_in(session, mine.id, foreign.id)
    assert queries.account_of_sign_in(session, token) is other
    revoke_sign_in(session, other.id, foreign.id)
    assert queries.account_of_sign_in(session, token) is None


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (ANDROID, "Chrome, Android"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox, Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605 Version/17 Safari/605.1.15", "Safari, Mac"),
        ("curl/8.0\x1b[31m", ""),
        ("", ""),
    ],
)
def test_a_sign_in_keeps_a_few_words_of_the_browser_and_never_all(user_agent, words):
    assert browser_name(user_agent) == words
