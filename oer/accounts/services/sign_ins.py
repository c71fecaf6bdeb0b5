"""Sign-ins: started, ended. A sign-in is a row; the browser only has its token."""

import re
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, AccountState, SignIn
from oer.core.clock import now
from oer.core.errors import Forbidden, NotFound
from oer.core.i18n import N_
from oer.core.ids import new_token, token_hash

CLOSED = N_("This account is closed. Please contact the people who run this site.")
UNCONFIRMED = N_("Please confirm your e-mail address first. We have just sent you the link again.")
# The first match counts: Edge and Opera also name Chrome, and Chrome names Safari.
_BROWSERS = {"Edg": "Edge", "OPR": "Opera", "coc_coc": "Cốc Cốc", "Zalo": "Zalo", "Firefox": "Firefox"} | {
    "Chrome": "Chrome",
    "Safari": "Safari",
}
_SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "Mac"} | {
    "Linux": "Linux"
}


def start_sign_in(session: Session, account: Account, *, user_agent: str, days: int) -> str:
    """Start a sign-in and return its token. Raises Forbidden for an account that may not sign in."""
    if account.state is AccountState.UNCONFIRMED:
        raise Forbidden(UNCONFIRMED, code="unconfirmed")
    if account.state is not AccountState.ACTIVE:
        raise Forbidden(CLOSED, code="closed")
    token = new_token()
    session.add(
        SignIn(
            account=account,
            token_hash=token_hash(token),
            expires_at=now() + timedelta(days=days),
            browser=browser_name(user_agent),
        )
    )
    session.flush()
    return token


def end_sign_in(session: Session, token: str) -> None:
    """End the sign-in of a token; copies of its cookie become invalid too."""
    _revoke(session, SignIn.token_hash == token_hash(token))


def end_sign_ins(session: Session, account_id: int) -> None:
    """End every sign-in of an account."""
    _revoke(session, SignIn.account_id == account_id)


def end_other_sign_ins(session: Session, account_id: int, token: str) -> None:
    """End every sign-in of an account but the one of a token."""
    _revoke(session, SignIn.account_id == account_id, SignIn.token_hash != token_hash(token))


def revoke_sign_in(session: Session, account_id: int, sign_in_id: int) -> None:
    """End one of an account's sign-ins. Raises NotFound for any other."""
    if not _revoke(session, SignIn.account_id == account_id, SignIn.id == sign_in_id):
        raise NotFound(N_("This sign-in does not exist."))


def browser_name(user_agent: str) -> str:
    """Return a short name of a browser ("Chrome, Android"): the whole user agent is not stored."""
    known = [
        next((name for mark, name in names.items() if re.search(mark, user_agent)), "")
        for names in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(name for name in known if name)


def _revoke(session: Session, *which: sa.ColumnElement[bool]) -> bool:
    ended = session.execute(
        sa.update(SignIn).where(*which, SignIn.revoked_at.is_(None)).values(revoked_at=now()).returning(SignIn.id)
    ).all()
    return bool(ended)
