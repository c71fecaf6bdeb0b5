"""Keys for COUNTER's API: shown once when they are created, stored as hashes."""

import hmac
import re

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.core import audit
from oer.core.clock import now
from oer.core.errors import Conflict, Invalid, NotFound
from oer.core.i18n import N_
from oer.core.ids import new_token, token_hash
from oer.core.text import clean_line
from oer.statistics.models import CounterKey

BAD_REQUESTOR = N_("A requestor ID has 2 to 60 letters, digits, dots, hyphens or underscores.")
TAKEN = N_("This requestor ID already has a key.")
NAME_NEEDED = N_("Say whose key this is.")
NO_SUCH_KEY = N_("There is no such key.")
_REQUESTOR = re.compile(r"[A-Za-z0-9._-]{2,60}")


def make_key(session: Session, actor: Account, requestor_id: str, name: str) -> str:
    """Return a new key, which cannot be shown again. Raises Invalid, or Conflict if the requestor has one."""
    requestor_id, name = requestor_id.strip(), clean_line(name)[:200]
    if not _REQUESTOR.fullmatch(requestor_id):
        raise Invalid(BAD_REQUESTOR, field="requestor_id")
    if not name:
        raise Invalid(NAME_NEEDED, field="name")
    secret = new_token()
    key = CounterKey(requestor_id=requestor_id, name=name, key_hash=token_hash(secret))
    try:
        with session.begin_nested():
            session.add(key)
    except IntegrityError:
        raise Conflict(TAKEN) from None
    audit.record(session, actor.id, "counter_key.made", "counter_key", key.id, requestor_id=requestor_id)
    return secret


def revoke_key(session: Session, actor: Account, number: int) -> None:
    """Revoke a key. Raises NotFound."""
    key = session.get(CounterKey, number)
    if key is None or key.revoked_at is not None:
        raise NotFound(NO_SUCH_KEY)
    key.revoked_at = now()
    audit.record(session, actor.id, "counter_key.revoked", "counter_key", key.id)
    session.flush()


def key_of(session: Session, secret: str) -> CounterKey | None:
    """Return the valid key with this secret."""
    wanted = token_hash(secret)
    found = session.scalar(sa.select(CounterKey).where(CounterKey.key_hash == wanted, CounterKey.revoked_at.is_(None)))
    return found if found is not None and hmac.compare_digest(found.key_hash, wanted) else None


def is_requestor(session: Session, requestor_id: str) -> bool:
    """Tell whether this requestor ID has a valid key."""
    known = sa.select(CounterKey.id).where(CounterKey.requestor_id == requestor_id, CounterKey.revoked_at.is_(None))
    return bool(session.scalar(sa.select(known.exists())))


def keys(session: Session) -> list[CounterKey]:
    """Return the valid keys, by requestor."""
    query = sa.select(CounterKey).where(CounterKey.revoked_at.is_(None)).order_by(CounterKey.requestor_id)
    return list(session.scalars(query))
