"""Somebody's own lists: materials in an order, with notes, shared by a secret link. The caller commits."""

from collections.abc import Callable

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.catalogue.models import Material
from oer.core.clock import now
from oer.core.errors import Invalid, NotFound
from oer.core.i18n import N_
from oer.core.ids import new_token
from oer.core.text import clean_line
from oer.learning.models import OwnList, OwnListItem
from oer.learning.queries import UNKNOWN_LIST, own_list

MOST_LISTS, MOST_ITEMS = 100, 300
LONGEST_TITLE, LONGEST_NOTE = 120, 500
_NO_TITLE = N_("Enter a title for the list.")
_TOO_LONG = N_("This is longer than %(most)s characters.")
_ENOUGH_LISTS = N_("You already have %(most)s lists. Delete one that you no longer need.")
_ENOUGH_ITEMS = N_("There are %(most)s materials in this list already.")
_NOT_IN_LIST = N_("This material is not in the list.")


def create_list(session: Session, account: Account, title: str) -> OwnList:
    """Begin a list. Raises Invalid for a missing or too long title, and for more than 100 lists."""
    mine = OwnList.account_id == account.id
    if (session.scalar(sa.select(sa.func.count()).select_from(OwnList).where(mine)) or 0) >= MOST_LISTS:
        raise Invalid(_ENOUGH_LISTS, most=MOST_LISTS)
    made = OwnList(account_id=account.id, title=_line(title, "title", LONGEST_TITLE))
    if not made.title:
        raise Invalid(_NO_TITLE, field="title")
    session.add(made)
    session.flush()
    return made


def _line(text: str, field: str, most: int) -> str:
    line = clean_line(text)
    if len(line) > most:
        raise Invalid(_TOO_LONG, field=field, most=most)
    return line


def rename_list(session: Session, found: OwnList, title: str) -> None:
    """Give a list another title. Raises Invalid."""
    line = _line(title, "title", LONGEST_TITLE)
    if not line:
        raise Invalid(_NO_TITLE, field="title")
    found.title, found.changed_at = line, now()
    session.flush()


def add_to_list(session: Session, found: OwnList, material: Material) -> None:
    """Put a material at the end of a list; one that is in it stays where it is. Raises Invalid for more than 300."""
    _lock(session, found)
    items = _items(session, found)
    if any(each.material_id == material.id for each in items):
        return
    if len(items) >= MOST_ITEMS:
        raise Invalid(_ENOUGH_ITEMS, most=MOST_ITEMS)
    last = items[-1].position + 1 if items else 0
    session.add(OwnListItem(list_id=found.id, material_id=material.id, position=last))
    found.changed_at = now()
    session.flush()


def _lock(session: Session, found: OwnList) -> None:
    # A button that is pressed twice sends two requests at once: the second waits, and sees what the first has done.
    held = sa.select(OwnList.id).where(OwnList.id == found.id).with_for_update()
    if session.scalar(held) is None:
        raise NotFound(UNKNOWN_LIST)


def _items(session: Session, found: OwnList) -> list[OwnListItem]:
    query = sa.select(OwnListItem).where(OwnListItem.list_id == found.id)
    return list(session.scalars(query.order_by(OwnListItem.position, OwnListItem.material_id)))


def _move(items: list[OwnListItem], at: int, by: int) -> None:
    to = min(max(0, at + by), len(items) - 1)
    items.insert(to, items.pop(at))
    for position, each in enumerate(items):
        each.position = position


def change_item(session: Session, found: OwnList, public_id: str, action: str, note: str = "") -> None:
    """Move a material of a list `up` or `down`, `remove` it, or set its `note`. Raises NotFound, Invalid."""
    _lock(session, found)
    items = _items(session, found)
    number = session.scalar(sa.select(Material.id).where(Material.public_id == public_id))
    at = next((place for place, each in enumerate(items) if each.material_id == number), None)
    if at is None:
        raise NotFound(_NOT_IN_LIST)
    changes: dict[str, Callable[[], None]] = {
        "up": lambda: _move(items, at, -1),
        "down": lambda: _move(items, at, 1),
        "remove": lambda: session.delete(items[at]),
        "note": lambda: setattr(items[at], "note", _line(note, "note", LONGEST_NOTE)),
    }
    if action not in changes:
        raise NotFound(_NOT_IN_LIST)
    changes[action]()
    found.changed_at = now()
    session.flush()


def share_list(session: Session, found: OwnList, *, shared: bool) -> None:
    """Give a list a secret link, or take it away: the old one never works again."""
    if shared != (found.share_token is not None):
        found.share_token = new_token() if shared else None
    session.flush()


def delete_list(session: Session, account: Account, number: int) -> None:
    """Delete one of somebody's lists. Raises NotFound for one that is not theirs."""
    found = own_list(session, account.id, number)
    session.execute(sa.delete(OwnListItem).where(OwnListItem.list_id == found.id))
    session.delete(found)
    session.flush()
