"""What usage asks about people and materials, answered by the rooms that know them."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import date
from threading import Lock
from typing import Any

import sqlalchemy as sa
from cachetools import TTLCache
from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.accounts.permissions import is_staff
from oer.accounts.queries import STATISTICS_PURPOSES, usage_key, usage_keys, usage_people
from oer.accounts.services.consents import on_consent_withdrawn
from oer.core import personal_data
from oer.core.i18n import N_
from oer.statistics.models import WantedMaterial, WantedState
from oer.statistics.queries.overview import subjects_and_levels
from oer.usage.providers import UNKNOWN, Declared, PeopleProvider, register_materials, register_people
from oer.usage.queries.people import events_of_people
from oer.usage.services.people import unlink_people

_keys: TTLCache[tuple[int, str, date], str | None] = TTLCache(maxsize=10_000, ttl=60)
_keys_lock = Lock()


def _key_of(session: Session, account: Account, day: date) -> str | None:
    # Looking up consents costs more than everything else in recording an event, so keys are cached. Withdrawing a
    # consent changes the secret and with it the cache key; a new consent takes effect within a minute.
    cached = (account.id, account.pseudonym_secret, day)
    with _keys_lock, suppress(KeyError):
        return _keys[cached]
    key = usage_key(session, account.id, day)
    with _keys_lock:
        _keys[cached] = key
    return key


def _declared_by(session: Session, keys: Collection[str], day: date) -> Mapping[str, Declared]:
    return {key: _declared(told) for key, told in usage_people(session, keys, day).items()}


def _declared(told: Mapping[str, list[str]]) -> Declared:
    def one(name: str) -> str:
        return (told.get(name) or [UNKNOWN])[0]

    return Declared(one("ward"), one("age_band"), one("gender"), one("disability"), list(told.get("group", [])))


def _export(session: Session, account_id: int) -> list[dict[str, Any]]:
    return [
        {"at": event.at.isoformat(), "kind": event.kind, "item": event.item, "format": event.format}
        for event in events_of_people(session, usage_keys(session, account_id))
    ]


def _forget(session: Session, account_id: int) -> None:
    unlink_people(session, usage_keys(session, account_id))


def _export_wishes(session: Session, account_id: int) -> list[dict[str, Any]]:
    wished = session.scalars(sa.select(WantedMaterial).where(WantedMaterial.taken_by_id == account_id))
    return [{"words": wish.words, "taken_at": wish.taken_at and wish.taken_at.isoformat()} for wish in wished]


def _forget_wishes(session: Session, account_id: int) -> None:
    mine = WantedMaterial.taken_by_id == account_id
    # What they had taken on is open again; what they completed stays closed.
    session.execute(
        sa.update(WantedMaterial)
        .where(mine, WantedMaterial.state == WantedState.TAKEN)
        .values(state=WantedState.OPEN, taken_at=None, taken_by_id=None)
    )
    session.execute(sa.update(WantedMaterial).where(mine).values(taken_by_id=None))


personal_data.register(
    "wanted",
    tables={"wanted_material"},
    export=_export_wishes,
    erase=_forget_wishes,
    basis=personal_data.Basis.WORK,
    title=N_("Wanted materials that you took on"),
    why=N_("So that others see that somebody is making them. When you go, they are open again."),
)
personal_data.register(
    "usage",
    tables={"usage_event", "person_month"},
    export=_export,
    erase=_forget,
    basis=personal_data.Basis.STATISTICS,
    title=N_("Use under a pseudonym"),
    why=N_(
        "Counted for the figures that you agreed to, for 13 months. The link to you is cut when you withdraw or go."
    ),
)
for purpose in STATISTICS_PURPOSES:
    on_consent_withdrawn(purpose, _forget)
register_people(PeopleProvider(_key_of, is_staff, _declared_by, usage_keys))
register_materials(subjects_and_levels)
