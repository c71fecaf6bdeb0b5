"""The register of what is kept about a person: each feature says how its part is exported and erased.

So `accounts` can hand out and erase a person's data without knowing who else keeps some. The register is filled when
the features are imported; a test fails when a table points to an account and no keeper names it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session


class Basis(StrEnum):
    """By what something is kept about a person: a consent of theirs, what they saved or sent themselves, their work."""

    ACCOUNT = "account"
    OWN_ACT = "own act"
    HISTORY = "history"
    STATISTICS = "statistics"
    WORK = "work"


@dataclass(frozen=True)
class Keeper:
    """What one feature keeps about people: its tables, how to export and how to erase one person's data.

    `title` and `why` tell people what it is and what for (message keys).
    """

    name: str
    tables: frozenset[str]
    export: Callable[[Session, int], Any]
    erase: Callable[[Session, int], None]
    basis: Basis
    title: str
    why: str


_keepers: dict[str, Keeper] = {}


def register(
    name: str,
    *,
    tables: set[str],
    export: Callable[[Session, int], Any],
    erase: Callable[[Session, int], None],
    basis: Basis,
    title: str,
    why: str,
) -> None:
    """Register who keeps `tables`: `export` returns JSON values, `erase` deletes rows or unlinks them."""
    _keepers[name] = Keeper(name, frozenset(tables), export, erase, basis, title, why)


def keepers() -> list[Keeper]:
    """Return all keepers, by name."""
    return [_keepers[name] for name in sorted(_keepers)]


def export_person(session: Session, account_id: int) -> dict[str, Any]:
    """Return everything kept about a person, by keeper."""
    return {keeper.name: keeper.export(session, account_id) for keeper in keepers()}


def erase_person(session: Session, account_id: int) -> None:
    """Erase everything kept about a person, or unlink it from them."""
    for keeper in keepers():
        keeper.erase(session, account_id)
