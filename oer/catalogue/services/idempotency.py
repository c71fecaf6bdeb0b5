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
_LONGEST_KEY = 100


def run_once(session: Session, account_id: int, key: str, deed: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Do a deed and return what it says of itself; where this account's form did it before, return what it said then.

    Of two requests at the same moment the second waits for the first. Without a key the deed is done.
    """
    if not key:
        return deed()
    form = IdempotencyKey(key=f"{account_id}:{key[:_LONGEST_KEY]}")
    known = session.get(IdempotencyKey, form.key)
    if known is not None:
        return known.result
    try:
        with session.begin_nested():
            session.add(form)
    except IntegrityError:
        return session.get_one(IdempotencyKey, form.key).result
    form.result = deed()
    session.flush()
    return form.result


def earlier_result(session: Session, account_id: int, key: str) -> dict[str, Any] | None:
    """Return what a form's deed said of itself if it was done before, None if not."""
    known = session.get(IdempotencyKey, f"{account_id}:{key[:_LONGEST_KEY]}") if key else None
    return known.result if known is not None else None


def delete_old_keys(session: Session) -> None:
    """Drop the keys of forms that nobody sends again."""
    session.execute(sa.delete(IdempotencyKey).where(IdempotencyKey.at < now() - KEPT))
