"""What a formula answers: a figure with the two numbers it stands on, or why there is none."""

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from oer.core.i18n import N_

NOTHING_TO_DIVIDE_BY = N_("There is nothing to divide by: the denominator is zero.")
FEWER_THAN_30 = N_("Fewer than 30 people: a rate would say nothing.")
LEAST_PEOPLE_FOR_A_RATE = 30
Count = int | Decimal


class FigureState(StrEnum):
    """Whether there is a figure, and if not, why not.

    A hidden one counts 1 to 9 people; a withheld one would give a hidden one away. Both are kept and never shown.
    """

    OK = "ok"
    NO_DATA = "no_data"
    HIDDEN = "hidden"
    WITHHELD = "withheld"
    TOO_FEW = "too_few"


@dataclass(frozen=True)
class Result:
    """A figure; `why` is an English message where there is none."""

    state: FigureState
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    why: str = ""
    denominator_source: str = ""

    @classmethod
    def nothing(cls, why: str) -> "Result":
        """Return that there is no data yet, and why."""
        return cls(FigureState.NO_DATA, why=why)

    def unshown(self, state: FigureState) -> "Result":
        """Return the same figure as one that must not be shown: hidden or withheld."""
        return self if self.state is FigureState.NO_DATA else replace(self, state=state)


def count(number: Count | None, why: str = "") -> Result:
    """Return a count as a figure; None is no data, for the reason given."""
    if number is None:
        return Result.nothing(why)
    return Result(FigureState.OK, Decimal(number), Decimal(number))


def per(
    numerator: Count | None, denominator: Count | None, scale: int, *, least: int = 0, why: str = "", source: str = ""
) -> Result:
    """Return `numerator` per `scale` of `denominator`.

    A missing number is no data, for the reason given; so is a denominator of zero; one below `least` is too few.
    """
    if numerator is None or denominator is None:
        return Result.nothing(why)
    above, below = Decimal(numerator), Decimal(denominator)
    if below == 0:
        return Result(FigureState.NO_DATA, None, above, below, NOTHING_TO_DIVIDE_BY, source)
    if below < least:
        return Result(FigureState.TOO_FEW, None, above, below, FEWER_THAN_30, source)
    return Result(FigureState.OK, scale * above / below, above, below, denominator_source=source)


def share(numerator: Count | None, denominator: Count | None, *, least: int = 0, why: str = "") -> Result:
    """Return `numerator` as per cent of `denominator`."""
    return per(numerator, denominator, 100, least=least, why=why)
