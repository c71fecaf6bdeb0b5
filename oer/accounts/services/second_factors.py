"""The second factors of an account: added, removed, reset, and asked for. Every change is audited and told by mail."""

import unicodedata

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.accounts.permissions import needs_second_factor
from oer.accounts.queries import find_account, has_second_factor, second_factors_of
from oer.accounts.second_factor_models import AuthenticatorApp, Passkey, RecoveryCode, SecondStep
from oer.accounts.services.authenticator_codes import looks_like_code, seal, step_of_code, unseal
from oer.accounts.services.passkeys import RelyingParty, add_passkey
from oer.accounts.services.recovery_codes import delete_codes, make_codes, use_code
from oer.accounts.services.sign_ins import end_sign_ins
from oer.config import REQUIRED, Settings
from oer.core import audit
from oer.core.errors import Conflict, NotFound
from oer.core.i18n import N_
from oer.jobs.mail import send_later

LAST_ONE = N_("Your role needs a second step when signing in. Set up another one before you remove the last.")
OWN = N_("This is your own account: change its second step on the page of your account.")


def add_app(session: Session, settings: Settings, account: Account, secret: str, code: str) -> bool:
    """Add an authenticator app that proves by a code that it has the secret; False if the code is wrong.

    An app of before is replaced. The code cannot be used again to sign in.
    """
    step = step_of_code(secret, code)
    if step is None:
        return False
    session.execute(sa.delete(AuthenticatorApp).where(AuthenticatorApp.account_id == account.id))
    sealed = seal(settings.secret_key, account.id, secret)
    session.add(AuthenticatorApp(account_id=account.id, sealed_secret=sealed, last_step=step))
    session.flush()
    _changed(session, account, account.id, "app_added")
    return True


def add_key(session: Session, site: RelyingParty, account: Account, *, name: str, answer: str, bound_to: str) -> None:
    """Add the passkey that a browser made. Raises Invalid, or Conflict if there are too many."""
    added = add_passkey(session, site, account, name=name, answer=answer, bound_to=bound_to)
    _changed(session, account, account.id, "passkey_added", passkey=added.id, name=name)


def remove_app(session: Session, settings: Settings, account: Account) -> None:
    """Remove the authenticator app. Raises NotFound, or Conflict for what a role needs."""
    app = second_factors_of(session, account.id).app
    if app is None:
        raise NotFound(N_("There is no authenticator app."))
    _remove(session, settings, account, app)
    _changed(session, account, account.id, "app_removed")


def remove_key(session: Session, settings: Settings, account: Account, passkey_id: int) -> None:
    """Remove a passkey. Raises NotFound, or Conflict for what a role needs."""
    passkey = session.get(Passkey, passkey_id)
    if passkey is None or passkey.account_id != account.id:
        raise NotFound(N_("This passkey does not exist."))
    name = passkey.name
    _remove(session, settings, account, passkey)
    _changed(session, account, account.id, "passkey_removed", passkey=passkey_id, name=name)


def renew_recovery_codes(session: Session, settings: Settings, account: Account) -> list[str]:
    """Return new recovery codes. Raises Conflict for somebody without a second step that they could replace."""
    if not has_second_factor(session, account.id):
        raise Conflict(N_("Set up an authenticator app or a passkey first."))
    codes = make_codes(session, settings.secret_key, account.id)
    _changed(session, account, account.id, "codes_made")
    return codes


def reset_second_factors(session: Session, actor_id: int | None, account_id: int) -> None:
    """Remove every second factor of somebody who has lost them, and end their sign-ins.

    Raises NotFound, or Conflict for one's own account: its page asks for what only its owner has.
    """
    account = find_account(session, account_id)
    if actor_id == account.id:
        raise Conflict(OWN)
    for table in (AuthenticatorApp, Passkey, RecoveryCode, SecondStep):
        session.execute(sa.delete(table).where(table.account_id == account.id))
    end_sign_ins(session, account.id)
    _changed(session, account, actor_id, "reset")


def code_is_right(session: Session, settings: Settings, account: Account, text: str) -> bool:
    """Tell whether a text is a code of the account's app or a recovery code, and use it up.

    An app's code is right once; older ones are not any more. The caller counts attempts (`throttling`).
    """
    typed = unicodedata.normalize("NFKC", text).replace(" ", "").replace("-", "")
    if looks_like_code(typed):
        return _take_app_code(session, settings, account, typed)
    if not has_second_factor(session, account.id) or not use_code(session, settings.secret_key, account.id, typed):
        return False
    left = sa.select(sa.func.count()).where(RecoveryCode.account_id == account.id, RecoveryCode.used_at.is_(None))
    _changed(session, account, account.id, "code_used", left=session.scalar(left))
    return True


def tell_of_wrong_codes(session: Session, account: Account, count: int) -> None:
    """Tell an account's owner that wrong codes were typed after the right password: somebody else may know it."""
    audit.record(session, None, "second_factor.guessed", "account", account.id, count=count)
    values = {"count": count}
    send_later(session, to=account.email, template="second_factor_guessed", language=account.language, values=values)


def _take_app_code(session: Session, settings: Settings, account: Account, code: str) -> bool:
    app = session.scalar(sa.select(AuthenticatorApp).where(AuthenticatorApp.account_id == account.id))
    secret = unseal(settings.secret_key, account.id, app.sealed_secret) if app else None
    step = step_of_code(secret, code) if secret else None
    if step is None:
        return False
    # Of two requests with the same code at once only one finds an older step.
    taken = session.execute(
        sa.update(AuthenticatorApp)
        .where(AuthenticatorApp.account_id == account.id, AuthenticatorApp.last_step < step)
        .values(last_step=step)
        .returning(AuthenticatorApp.id)
    ).all()
    return bool(taken)


def _remove(session: Session, settings: Settings, account: Account, factor: AuthenticatorApp | Passkey) -> None:
    is_last = second_factors_of(session, account.id).count == 1
    if is_last and settings.staff_second_factor == REQUIRED and needs_second_factor(account):
        raise Conflict(LAST_ONE, code="last_second_factor")
    session.delete(factor)
    session.flush()
    if is_last:
        delete_codes(session, account.id)


def _changed(
    session: Session,
    account: Account,
    actor_id: int | None,
    change: str,
    *,
    passkey: int | None = None,
    name: str = "",
    left: int | None = None,
) -> None:
    details = {"passkey": passkey} if passkey is not None else {}
    audit.record(session, actor_id, f"second_factor.{change}", "account", account.id, **details)
    values = {"change": change, "name": name, "left": left}
    send_later(session, to=account.email, template="second_factor_changed", language=account.language, values=values)
    session.flush()
