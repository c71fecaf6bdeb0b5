"""Searches that a signed-in person keeps under a name, to make them again."""

import hashlib
import json
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.core.errors import Invalid, NotFound
from oer.core.i18n import N_
from oer.learning.models import SavedSearch

LONGEST_NAME = 200
MOST_SEARCHES = 100
NOTHING_ASKED = N_("There is nothing to keep: type a word or choose a filter first.")
_NO_NAME = N_("Give the search a name.")
_TOO_LONG = N_("This is longer than %(most)s characters.")
_ENOUGH = N_("You keep %(most)s searches already. Delete one that you no longer need.")
_NO_SEARCH = N_("You keep no such search.")


def save_search(session: Session, account: Account, arguments: Mapping[str, Sequence[str]], name: str) -> SavedSearch:
    """Keep a search, given by its address's arguments; one that is kept already gets the new name.

    Raises Invalid for a name that is missing or too long, for a search for nothing, and past 100 searches.
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
    name = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
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
