"""The register of what is kept about a person: each feature says how its part is exported and erased.

So `accounts` can hand out and erase a person's data without knowing who else keeps some. The register is filled when
the features are imported; a test fails when a table points to an account and nobody answers for it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Keeper:
    """What a feature keeps about people: tables, how to export one person's part, how to erase it."""

    name: str
    tables: frozenset[str]
    export: Callable[[Session, int], Any]
    erase: Callable[[Session, int], None]


_keepers: dict[str, Keeper] = {}


def register(
    name: str, *, tables: set[str], export: Callable[[Session, int], Any], erase: Callable[[Session, int], None]
) -> None:
    """Answer for `tables`: `export` returns JSON values, `erase` deletes or cuts the link to the person."""
    _keepers[name] = Keeper(name, frozenset(tables), export, erase)


def keepers() -> list[Keeper]:
    """Return all keepers, by name."""
    return [_keepers[name] for name in sorted(_keepers)]


def export_person(session: Session, account_id: int) -> dict[str, Any]:
    """Return everything kept about a person, by keeper."""
    return {keeper.name: keeper.export(session, account_id) for keeper in keepers()}


def erase_person(session: Session, account_id: int) -> None:
    """Erase what every keeper keeps about a person, or cut its link to them."""
    for keeper in keepers():
        keeper.erase(session, account_id)
