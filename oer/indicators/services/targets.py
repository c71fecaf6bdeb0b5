"""Targets that the city or a unit sets itself, beside those that come with a set."""

from decimal import Decimal

from sqlalchemy.orm import Session

from oer.core.audit import record
from oer.core.clock import now
from oer.core.errors import Conflict, Invalid, NotFound
from oer.core.i18n import N_
from oer.indicators.models import Indicator, Target

NO_YEAR = N_("A target needs the year by which it is to be reached, from 2000 to 2100.")
NO_VALUE = N_("Enter the value that is aimed at.")
NO_SOURCE = N_("Say where the target was decided: the plan or decision, with its number and date.")
NOT_THERE = N_("There is no such target.")
OF_THE_SET = N_("This target comes with the set; it changes with a new version of it.")


def set_target(
    session: Session,
    indicator: Indicator,
    actor_id: int | None,
    *,
    year: int | None,
    value: Decimal | None,
    source: str,
    at_most: bool = False,
    unit_id: int | None = None,
) -> Target:
    """Set what is aimed at by a year, for the city or one unit, in place of what was set for it before.

    Raises Invalid, naming the field.
    """
    if year is None or not 2000 <= year <= 2100:
        raise Invalid(NO_YEAR, field="year")
    if value is None:
        raise Invalid(NO_VALUE, field="value")
    if not source.strip():
        raise Invalid(NO_SOURCE, field="source")
    for old in [each for each in indicator.targets if _same(each, year, unit_id)]:
        indicator.targets.remove(old)
    made = Target(year=year, value=value, source=source.strip(), at_most=at_most, unit_id=unit_id, added_at=now())
    indicator.targets.append(made)
    session.flush()
    told = {"indicator": indicator.code, "year": year, "value": str(value), "unit": unit_id}
    record(session, actor_id, "target.set", "indicator", indicator.id, **told)
    return made


def _same(target: Target, year: int, unit_id: int | None) -> bool:
    return target.added_at is not None and target.year == year and target.unit_id == unit_id


def remove_target(session: Session, indicator: Indicator, target_id: int, actor_id: int | None) -> None:
    """Take away a target that was set here. Raises NotFound, Conflict for one that came with the set."""
    found = next((each for each in indicator.targets if each.id == target_id), None)
    if found is None:
        raise NotFound(NOT_THERE)
    if found.added_at is None:
        raise Conflict(OF_THE_SET, code="of_the_set")
    indicator.targets.remove(found)
    session.flush()
    record(session, actor_id, "target.removed", "indicator", indicator.id, indicator=indicator.code, year=found.year)
