"""What other rooms tell usage about people and materials.

Usage knows keys only. A room above registers its answers here at start; without one, everybody is anonymous.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Declared:
    """What one person declared and agreed to be counted by. What they did not declare is `unknown`."""

    ward: str = UNKNOWN
    age_band: str = UNKNOWN
    gender: str = UNKNOWN
    disability: str = UNKNOWN
    groups: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class PeopleProvider:
    """What the room that knows accounts answers. The defaults make everybody anonymous."""

    key_of: Callable[[Session, Any, date], str | None] = lambda _session, _account, _day: None
    """The pseudonym of an account on a day, or None if the person has not agreed to be counted."""
    is_staff: Callable[[Any], bool] = lambda _account: False
    """Whether an account is staff: their visits are not usage."""
    declared_by: Callable[[Session, Collection[str], date], Mapping[str, Declared]] = lambda _session, _keys, _day: {}
    """What the people with these pseudonyms declare, as far as they agree to be counted by it."""
    keys_of: Callable[[Session, int], list[str]] = lambda _session, _account_id: []
    """Every pseudonym under which events of an account may still be kept."""


_people: list[PeopleProvider] = [PeopleProvider()]


def register_people(source: PeopleProvider) -> None:
    """Have `source` answer questions about people from now on."""
    _people[:] = [source]


def people_provider() -> PeopleProvider:
    """Return the registered provider."""
    return _people[0]


Facts = Mapping[str, Mapping[str, Collection[str]]]
"""By item and dimension (`subject`, `level`): its values."""

Describe = Callable[[Session, Collection[str]], Facts]

_describe: list[Describe] = [lambda _session, _items: {}]


def register_materials(describe: Describe) -> None:
    """Have `describe` answer questions about materials from now on."""
    _describe[:] = [describe]


def facts_about(session: Session, items: Collection[str]) -> Facts:
    """Return the subjects and levels of these items, as far as they are known."""
    return _describe[0](session, items)
