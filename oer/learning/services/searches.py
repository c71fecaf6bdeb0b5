"""Saved searches. Each service flushes; the caller commits."""

import hashlib
import json
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.core.errors import Invalid, NotFound
from oer.core.i18n import N_
from oer.core.text import clean_line
from oer.learning.models import SavedSearch

LONGEST_NAME = 200
MOST_SEARCHES = 100
NOTHING_ASKED = N_("There is nothing to save: type a word or choose a filter first.")
_NO_NAME = N_("Enter a name for the search.")
_TOO_LONG = N_("This is longer than %(most)s characters.")
_ENOUGH = N_("You have already saved %(most)s searches. Delete one that you no longer need.")
_NO_SEARCH = N_("You have no such saved search.")


def save_search(session: Session, account: Account, arguments: Mapping[str, Sequence[str]], name: str) -> SavedSearch:
    """Save a search, given by the arguments of its address. One that is saved already gets the new name.

    Raises Invalid for a missing or too long name, for an empty search, and for more than 100 searches.
    """
    if not any(arguments.values()):
        raise Invalid(NOTHING_ASKED, field="name")
    name, asked = _read_name(name), {key: list(values) for key, values in arguments.items()}
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    mine = SavedSearch.account_id == account.id
    kept = session.scalar(sa.select(SavedSearch).where(mine, SavedSearch.digest == digest))
    if kept is None:
        if (session.scalar(sa.select(sa.func.count()).where(mine)) or 0) >= MOST_SEARCHES:
            raise Invalid(_ENOUGH, most=MOST_SEARCHES)
        kept = SavedSearch(account_id=account.id, digest=digest, arguments=asked)
        session.add(kept)
    kept.name = name
    session.flush()
    return kept


def _read_name(text: str) -> str:
    name = clean_line(text)
    if not name:
        raise Invalid(_NO_NAME, field="name")
    if len(name) > LONGEST_NAME:
        raise Invalid(_TOO_LONG, field="name", most=LONGEST_NAME)
    return name


def delete_search(session: Session, account: Account, number: int) -> None:
    """Delete one of a person's searches. Raises NotFound for one that is not theirs."""
    kept = session.get(SavedSearch, number)
    if kept is None or kept.account_id != account.id:
        raise NotFound(_NO_SEARCH)
    session.delete(kept)
    session.flush()
