"""Throttling of password guessing and of open forms, per account and per IP address, by counts in the database.

A count is a row under a keyed hash of what is counted, for a time window. Attempts at an account are counted before
they are checked, so that a hundred simultaneous ones cannot slip through, and uncounted if the password was right. For
an IP address only wrong passwords are counted, because a whole school may share one; a right password is refused after
too many wrong ones, so that a burst of guesses gains nothing. A browser that is known to an account (`devices`) has a
budget of its own for it, and only when that is used up it is judged by its address. Commit after counting: a refused
request is rolled back, its count must not be.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import ThrottleCount, fold_email
from oer.core.clock import now
from oer.core.db import insert_into
from oer.core.errors import TooMany
from oer.core.i18n import N_
from oer.core.ids import keyed_hash

SLOW_DOWN = N_("Too many attempts. Please wait %(minutes)s minutes and try again.")


@dataclass(frozen=True)
class Limit:
    """At most `most` attempts of one kind in `seconds`."""

    name: str
    most: int
    seconds: int

    def key(self, secret: str, value: str) -> str:
        """Return the keyed hash under which attempts of `value` (an account, an IP address) are counted."""
        return keyed_hash(secret, f"throttle.{self.name}", value)

    def ends_at(self) -> datetime:
        """Return the end of the current time window."""
        seconds = int(now().timestamp()) // self.seconds * self.seconds + self.seconds
        return datetime.fromtimestamp(seconds, UTC)


QUARTER, HOUR = 15 * 60, 60 * 60
SIGN_IN_HERE = Limit("sign-in.account-and-address", 10, QUARTER)
SIGN_IN_ADDRESS = Limit("sign-in.address", 20, QUARTER)
SIGN_IN_ACCOUNT = Limit("sign-in.account", 20, QUARTER)
# While an account is under attack from many addresses, its owner still has this many attempts from their own.
TRIES_UNDER_ATTACK = 3
# A cookie that was stolen gains this many guesses at its one account, and no more.
SIGN_IN_DEVICE = Limit("sign-in.device", 10, HOUR)
PASSWORD_ASKED = Limit("password.account", 10, QUARTER)
# Of a code of six digits three are right at a time: so many attempts find one in years, and are seen much sooner.
SECOND_STEP = Limit("second-step.account", 10, QUARTER)
SECOND_STEP_DAY = Limit("second-step.account.day", 50, 24 * HOUR)
# So many wrong codes within a day are no slips of the finger: the account's owner is told, once.
SECOND_STEP_WRONG = Limit("second-step.wrong.account", 5, 24 * HOUR)
PASSKEY_ASKED = Limit("passkey.address", 300, QUARTER)
# Each time the provider is asked: a school behind one address, but no flood through us.
IDENTITY_ASKED = Limit("identity.address", 120, QUARTER)
# Forms that need no account, such as problem reports.
OPEN_FORM_ADDRESS = Limit("open-form.address", 30, HOUR)
# What is said under materials and how they are rated: a class in one room, but no thousand.
VOICE_ACCOUNT = Limit("voice.account", 30, HOUR)
VOICE_ADDRESS = Limit("voice.address", 120, HOUR)
# A whole class may register from one IP address.
MAIL_ADDRESS = Limit("mail.address", 60, HOUR)
MAIL_ACCOUNT = Limit("mail.account", 5, HOUR)
# The links of the mails outlast the time window: while no more are sent, one that was sent is valid.
RESET_MAILS = Limit("reset.account", 5, HOUR)
RESET_DEVICE = Limit("reset.device", 5, HOUR)


def count_sign_in_attempt(session: Session, secret: str, email: str, address: str, device: str = "") -> None:
    """Count an attempt to sign in. Raises TooMany if this IP address has tried too often, at this account or at all.

    An account that is attacked from many addresses can still be signed in to from another one, and from anywhere by a
    known `device` within its own budget.
    """
    if device and _count(session, secret, SIGN_IN_DEVICE, device) <= SIGN_IN_DEVICE.most:
        return
    account, here = fold_email(email), _network(address)
    _refuse_over(SIGN_IN_ADDRESS, _counted(session, secret, SIGN_IN_ADDRESS, here) + 1)
    everywhere = _count(session, secret, SIGN_IN_ACCOUNT, account)
    tries_here = _count(session, secret, SIGN_IN_HERE, f"{account}\0{here}")
    _refuse_over(SIGN_IN_HERE, tries_here)
    if tries_here > TRIES_UNDER_ATTACK:
        _refuse_over(SIGN_IN_ACCOUNT, everywhere)


def count_wrong_password(session: Session, secret: str, address: str, device: str = "") -> None:
    """Count a wrong password from an IP address, or from a known device that pays with its own budget."""
    if not _has_budget(session, secret, device):
        _count(session, secret, SIGN_IN_ADDRESS, _network(address))


def uncount_sign_in_attempt(session: Session, secret: str, email: str, address: str, device: str = "") -> None:
    """Uncount an attempt whose password was right. Raises TooMany if the IP address has been wrong too often by now."""
    if _has_budget(session, secret, device):
        _uncount(session, SIGN_IN_DEVICE, SIGN_IN_DEVICE.key(secret, device))
        return
    account, here = fold_email(email), _network(address)
    _refuse_over(SIGN_IN_ADDRESS, _counted(session, secret, SIGN_IN_ADDRESS, here) + 1)
    _uncount(session, SIGN_IN_ACCOUNT, SIGN_IN_ACCOUNT.key(secret, account))
    _uncount(session, SIGN_IN_HERE, SIGN_IN_HERE.key(secret, f"{account}\0{here}"))


def count_password_prompt(session: Session, secret: str, account_id: int) -> None:
    """Count that a signed-in person was asked for their password again. Raises TooMany."""
    _refuse_over(PASSWORD_ASKED, _count(session, secret, PASSWORD_ASKED, str(account_id)))


def count_second_step(session: Session, secret: str, account_id: int, device: str) -> None:
    """Count a code typed as second step. Raises TooMany. A passkey is not counted: it cannot be guessed.

    A browser that signed in before has attempts of its own: who has stolen the password shuts out nobody but strangers.
    """
    for limit in (SECOND_STEP, SECOND_STEP_DAY):
        _refuse_over(limit, _count(session, secret, limit, f"{account_id}\0{device}"))


def uncount_second_step(session: Session, secret: str, account_id: int, device: str) -> None:
    """Uncount a code that was right."""
    for limit in (SECOND_STEP, SECOND_STEP_DAY):
        _uncount(session, limit, limit.key(secret, f"{account_id}\0{device}"))


def count_wrong_second_step(session: Session, secret: str, account_id: int) -> bool:
    """Count a wrong code after a right password, whoever typed it; tell whether the owner is to hear of it now."""
    return _count(session, secret, SECOND_STEP_WRONG, str(account_id)) == SECOND_STEP_WRONG.most


def count_passkey_asked(session: Session, secret: str, address: str) -> None:
    """Count that a stranger's browser asked to sign in by a passkey. Raises TooMany."""
    _refuse_over(PASSKEY_ASKED, _count(session, secret, PASSKEY_ASKED, _network(address)))


def count_identity_asked(session: Session, secret: str, address: str) -> None:
    """Count that the provider of identities is asked who a stranger is. Raises TooMany."""
    _refuse_over(IDENTITY_ASKED, _count(session, secret, IDENTITY_ASKED, _network(address)))


def count_mail_request(session: Session, secret: str, email: str, address: str) -> None:
    """Count a form that sends a mail to an address that anybody can type (register, reset). Raises TooMany."""
    _refuse_over(MAIL_ACCOUNT, _count(session, secret, MAIL_ACCOUNT, fold_email(email)))
    _refuse_over(MAIL_ADDRESS, _count(session, secret, MAIL_ADDRESS, _network(address)))


def count_reset_request(session: Session, secret: str, email: str, address: str, device: str = "") -> bool:
    """Count a request to reset a password, and tell whether one more mail may be sent.

    If not, the mails of this hour have links that are still valid: strangers who ask in somebody's name shut nothing.
    A known device is not judged by its address. Raises TooMany for an address that asks for too many people.
    """
    if device and _count(session, secret, RESET_DEVICE, device) <= RESET_DEVICE.most:
        return True
    _refuse_over(MAIL_ADDRESS, _count(session, secret, MAIL_ADDRESS, _network(address)))
    return _count(session, secret, RESET_MAILS, fold_email(email)) <= RESET_MAILS.most


def forget_reset_requests(session: Session, secret: str, email: str) -> None:
    """Begin anew to count who asks to reset a password: a link was used, which made the others invalid."""
    key = RESET_MAILS.key(secret, fold_email(email))
    session.execute(sa.delete(ThrottleCount).where(ThrottleCount.key == key))


def count_anonymous_form(session: Session, secret: str, address: str) -> None:
    """Count a form that needs no account. Raises TooMany."""
    _refuse_over(OPEN_FORM_ADDRESS, _count(session, secret, OPEN_FORM_ADDRESS, _network(address)))


def count_voice(session: Session, secret: str, account_id: int, address: str) -> None:
    """Count a rating or words that somebody sends, by the account and by the IP address. Raises TooMany."""
    _refuse_over(VOICE_ACCOUNT, _count(session, secret, VOICE_ACCOUNT, str(account_id)))
    _refuse_over(VOICE_ADDRESS, _count(session, secret, VOICE_ADDRESS, _network(address)))


def delete_old_counts(session: Session) -> None:
    """Delete the counts whose window ended a day ago."""
    session.execute(sa.delete(ThrottleCount).where(ThrottleCount.ends_at < now() - timedelta(days=1)))


def _network(address: str) -> str:
    """Return the part of an IP address that one household shares: all of IPv4, the first 64 bits of IPv6."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ip_network((found, 64), strict=False))


def _has_budget(session: Session, secret: str, device: str) -> bool:
    return bool(device) and _counted(session, secret, SIGN_IN_DEVICE, device) <= SIGN_IN_DEVICE.most


def _count(session: Session, secret: str, limit: Limit, value: str) -> int:
    statement = (
        insert_into(session, ThrottleCount)
        .values(key=limit.key(secret, value), ends_at=limit.ends_at(), count=1)
        .on_conflict_do_update(index_elements=["key", "ends_at"], set_={"count": ThrottleCount.count + 1})
        .returning(ThrottleCount.count)
    )
    return session.execute(statement).scalar_one()


def _counted(session: Session, secret: str, limit: Limit, value: str) -> int:
    row = session.get(ThrottleCount, (limit.key(secret, value), limit.ends_at()), populate_existing=True)
    return row.count if row else 0


def _uncount(session: Session, limit: Limit, key: str) -> None:
    session.execute(
        sa.update(ThrottleCount)
        .where(ThrottleCount.key == key, ThrottleCount.ends_at == limit.ends_at(), ThrottleCount.count > 0)
        .values(count=ThrottleCount.count - 1)
    )


def _refuse_over(limit: Limit, count: int) -> None:
    if count > limit.most:
        seconds = max(1, int((limit.ends_at() - now()).total_seconds()) + 1)
        raise TooMany(SLOW_DOWN, retry_after=seconds, minutes=-(-seconds // 60))
