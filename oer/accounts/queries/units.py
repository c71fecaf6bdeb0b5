"""Organisations."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import WARD, Unit
from oer.accounts.models.people import fold_name
from oer.core.errors import NotFound
from oer.core.i18n import DEFAULT_LANGUAGE, N_, in_language
from oer.core.paging import Page
from oer.core.vietnamese import collation_key

PAGE_SIZE = 50


def find_unit(session: Session, unit_id: int) -> Unit:
    """Return a unit by its number. Raises NotFound."""
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise NotFound(N_("There is no such unit."))
    return unit


def find_unit_by_code(session: Session, code: str) -> Unit:
    """Return a unit by its code. Raises NotFound, naming the code."""
    unit = session.scalar(sa.select(Unit).where(Unit.code == code)) if code.isprintable() else None
    if unit is None:
        raise NotFound(N_("There is no unit with the code “%(unit_code)s”."), unit_code=code)
    return unit


def all_units(session: Session) -> list[Unit]:
    """Return every unit in the order of a Vietnamese dictionary, the wards after all others."""
    return sorted(session.scalars(sa.select(Unit)), key=lambda unit: (unit.kind == WARD, collation_key(_title(unit))))


def list_units(session: Session, *, words: str = "", kind: str = "", page: int = 1) -> Page[Unit]:
    """Return a page of units whose name (in any language, with or without marks) or code holds each of the words."""
    asked = fold_name(words[:100]).split()
    found = [
        unit
        for unit in all_units(session)
        if (not kind or unit.kind == kind) and all(word in _searched(unit) for word in asked)
    ]
    last = max(1, -(-len(found) // PAGE_SIZE))
    number = min(max(1, page), last)
    return Page(found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], number, PAGE_SIZE, len(found))


def _title(unit: Unit) -> str:
    return in_language(unit.name, DEFAULT_LANGUAGE)


def _searched(unit: Unit) -> str:
    return fold_name(" ".join([unit.code, *unit.name.values()]))
