"""Warnings about entered values: what looks wrong but may be right. A warning never prevents saving."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from oer.core.i18n import N_

OVER_100 = N_("This is more than 100%. If that is right, say why in the note.")
JUMP = N_("This differs a lot from last time's %(previous)s. Please check it.")
NOT_THE_QUOTIENT = N_("The value does not match numerator and denominator, which give %(quotient)s.")
PARTS_NEEDED = N_(
    "Enter numerator and denominator: the city's share is made of all of them, so a percentage alone cannot be counted."
)
NO_EVIDENCE = N_("There is no evidence yet: add a file or a link.")
NO_DATE = N_("The reference date is missing.")
SUM_DIFFERS = N_("The places' values add up to %(sum)s, not to %(city)s.")

POINTS_OF_A_JUMP = 20
FACTOR_OF_A_JUMP = Decimal("1.5")
TOLERANCE = Decimal("0.01")
_SCALES = {"per 100": 100, "per 1,000": 1000, "per 100,000": 100_000, "ratio": 1}


@dataclass(frozen=True)
class ValueWarning:
    """A warning: a stable code, an English message and the values in it; numbers are formatted when it is shown."""

    code: str
    message: str
    values: dict[str, Any] = field(default_factory=dict)


def scale_of(unit: str) -> int | None:
    """Return the factor that turns a quotient into `unit`; None if values in this unit are not quotients."""
    return 100 if unit.startswith("%") else _SCALES.get(unit)


def quotient(numerator: Decimal | None, denominator: Decimal | None, unit: str) -> Decimal | None:
    """Return numerator / denominator in `unit`, to six places; None if that makes no sense."""
    scale = scale_of(unit)
    if scale is None or numerator is None or not denominator:
        return None
    return round(scale * numerator / denominator, 6)


def lacks_parts(
    value: Decimal | None, numerator: Decimal | None, denominator: Decimal | None, unit: str, *, of_ward: bool
) -> bool:
    """Whether a ward's share has no numerator or denominator, without which it cannot be in the city's share."""
    return of_ward and value is not None and scale_of(unit) is not None and (numerator is None or not denominator)


def is_over_100(value: Decimal | None, unit: str) -> bool:
    """Whether a value is a percentage above 100."""
    return value is not None and unit.startswith("%") and value > 100


def warnings_for(
    value: Decimal | None, numerator: Decimal | None, denominator: Decimal | None, unit: str, previous: Decimal | None
) -> list[ValueWarning]:
    """Return what looks wrong in a value by itself and compared with last time's."""
    if value is None:
        return []
    found = [ValueWarning("over_100", OVER_100)] if is_over_100(value, unit) else []
    expected = quotient(numerator, denominator, unit)
    if expected is not None and abs(expected - value) > max(TOLERANCE, abs(expected) * TOLERANCE):
        found.append(ValueWarning("not_the_quotient", NOT_THE_QUOTIENT, {"quotient": round(expected, 2)}))
    if previous is not None and is_jump(value, previous, unit):
        found.append(ValueWarning("jump", JUMP, {"previous": previous}))
    return found


def is_jump(value: Decimal, previous: Decimal, unit: str) -> bool:
    """Whether a value is far from the previous one: by 20 percentage points, or by a factor of 1.5."""
    if unit.startswith("%"):
        return abs(value - previous) >= POINTS_OF_A_JUMP
    if previous == 0 or value == 0:
        return value != previous
    return value / previous >= FACTOR_OF_A_JUMP or previous / value >= FACTOR_OF_A_JUMP or value / previous < 0


def sum_warning(places: list[Decimal], city: Decimal | None) -> ValueWarning | None:
    """Return a warning if the places' values do not add up to the city's, within one per cent."""
    if city is None or not places:
        return None
    total = sum(places, Decimal(0))
    if abs(total - city) <= abs(city) * TOLERANCE:
        return None
    return ValueWarning("sum_differs", SUM_DIFFERS, {"sum": total, "city": city})
