"""Where usage learns about people, without knowing accounts: a room above tells it at start."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Declared:
    """What one person told and agreed to be counted by. What they did not tell is unknown, and shown as such."""

    ward: str = UNKNOWN
    age_band: str = UNKNOWN
    gender: str = UNKNOWN
    disability: str = UNKNOWN
    groups: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class PeopleSource:
    """What a room that knows accounts answers. Without one, everybody is anonymous."""

    key_of: Callable[[Session, Any, date], str | None] = lambda _session, _account, _day: None
    """The pseudonym of an account on a day, or None where its person has not agreed to be counted."""
    is_staff: Callable[[Any], bool] = lambda _account: False
    """Whether an account works for the repository: its visits are no use of it."""
    declared_by: Callable[[Session, Collection[str], date], Mapping[str, Declared]] = lambda _session, _keys, _day: {}
    """What the people of these pseudonyms declare, as far as they agree to be counted by it."""
    keys_of: Callable[[Session, int], list[str]] = lambda _session, _account_id: []
    """Every pseudonym under which events of an account may still be kept."""


_sources: list[PeopleSource] = [PeopleSource()]


def know_people(source: PeopleSource) -> None:
    """Ask `source` about people from now on."""
    _sources[:] = [source]


def people() -> PeopleSource:
    """Return whom to ask about people."""
    return _sources[0]
