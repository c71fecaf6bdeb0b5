"""Units: created, changed, and the city's wards loaded from the vocabulary of places."""

import re

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from oer.accounts.models import WARD, Unit
from oer.core import audit
from oer.core.errors import Conflict, Invalid
from oer.core.i18n import DEFAULT_LANGUAGE, N_
from oer.core.seen import require_seen
from oer.core.text import clean_line
from oer.vocabularies import vocabularies

_CODE = re.compile(r"[a-z0-9][a-z0-9-]{1,62}[a-z0-9]")


def create_unit(
    session: Session, actor_id: int | None, *, code: str, name: dict[str, str], kind: str, ward_code: str | None = None
) -> Unit:
    """Create a unit. Raises Invalid, naming the field, or Conflict if another unit has the code."""
    if not _CODE.fullmatch(code):
        raise Invalid(N_("A code has 3 to 64 lower-case letters, digits and hyphens."), code="unit_code", field="code")
    unit = Unit(code=code, name=_checked_name(name), kind=_checked_kind(kind), ward_code=_checked_ward(ward_code))
    try:
        with session.begin_nested():
            session.add(unit)
            session.flush()
    except IntegrityError:
        raise Conflict(N_("Another unit already has this code."), code="unit_code_taken", field="code") from None
    audit.record(session, actor_id, "unit.created", "unit", unit.code)
    session.flush()
    return unit


def change_unit(
    session: Session,
    actor_id: int | None,
    unit: Unit,
    *,
    name: dict[str, str],
    kind: str,
    ward_code: str | None,
    seen: str | None = None,
) -> None:
    """Change a unit, except for its code; its revision rises if anything changed. Raises Invalid, naming the field.

    `seen` is what the form was filled from (`Unit.seen_parts`); ChangedMeanwhile if the unit is another by now, and not
    what is wanted anyway.
    """
    session.refresh(unit, with_for_update={"of": Unit})
    wanted = (_checked_name(name), _checked_kind(kind), _checked_ward(ward_code))
    if wanted == (unit.name, unit.kind, unit.ward_code):
        return
    require_seen(seen, unit.seen_parts)
    unit.name, unit.kind, unit.ward_code = wanted
    unit.revision += 1
    audit.record(session, actor_id, "unit.changed", "unit", unit.code)
    session.flush()


def load_wards(session: Session) -> int:
    """Create a unit for each place of the vocabulary and rename those renamed there; return how many changed."""
    known = {unit.code: unit for unit in session.scalars(sa.select(Unit).where(Unit.kind == WARD))}
    changed = 0
    for place in vocabularies().places:
        unit, name = known.get(place.code), dict(place.labels)
        if unit is None:
            session.add(Unit(code=place.code, name=name, kind=WARD, ward_code=place.code))
        elif unit.name != name:
            unit.name = name
            unit.revision += 1
        else:
            continue
        changed += 1
    session.flush()
    return changed


def _checked_name(name: dict[str, str]) -> dict[str, str]:
    read = {language: clean_line(text) for language, text in name.items()}
    kept = {language: text for language, text in read.items() if text}
    if not kept.get(DEFAULT_LANGUAGE) or any(len(text) > 200 for text in kept.values()):
        raise Invalid(N_("Enter the unit's name in Vietnamese, up to 200 characters."), code="unit_name", field="name")
    return kept


def _checked_kind(kind: str) -> str:
    if kind not in vocabularies().unit_kinds:
        raise Invalid(N_("Choose what kind of unit it is."), code="unit_kind", field="kind")
    return kind


def _checked_ward(ward_code: str | None) -> str | None:
    if ward_code and ward_code not in vocabularies().places:
        raise Invalid(N_("Choose a ward from the list."), code="ward", field="ward_code")
    return ward_code or None
