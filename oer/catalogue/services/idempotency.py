"""Idempotency keys: a form that is sent twice is carried out once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from oer.catalogue.models import IdempotencyKey
from oer.core.clock import now

KEPT = timedelta(days=7)
_MAX_KEY = 100


def run_once(session: Session, account_id: int, key: str, action: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Run an action once for each key of an account, and return its result; later calls return the first result.

    Of two requests at the same moment the second waits for the first. Without a key the action always runs.
    """
    if not key:
        return action()
    form = IdempotencyKey(key=f"{account_id}:{key[:_MAX_KEY]}")
    known = session.get(IdempotencyKey, form.key)
    if known is not None:
        return known.result
    try:
        with session.begin_nested():
            session.add(form)
    except IntegrityError:
        return session.get_one(IdempotencyKey, form.key).result
    form.result = action()
    session.flush()
    return form.result


def earlier_result(session: Session, account_id: int, key: str) -> dict[str, Any] | None:
    """Return the result of an action that has run with this key, None if it has not."""
    known = session.get(IdempotencyKey, f"{account_id}:{key[:_MAX_KEY]}") if key else None
    return known.result if known is not None else None


def delete_old_keys(session: Session) -> None:
    """Delete keys that are so old that nobody sends their form again."""
    session.execute(sa.delete(IdempotencyKey).where(IdempotencyKey.at < now() - KEPT))
