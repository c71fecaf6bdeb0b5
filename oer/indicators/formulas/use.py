"""Formulas over use and its surroundings: LC-02, LC-09, LC-13, LC-14, LC-16, LC-18, LC-20."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from oer.core.i18n import N_
from oer.indicators.formulas.results import LEAST_PEOPLE_FOR_A_RATE, Count, FigureState, Result, count, per, share

LEAST_RATINGS = LEAST_PEOPLE_FOR_A_RATE
GOOD_RATING = 4
WINDOWS_BEFORE = 4
FEW_RATINGS = N_("Fewer than 30 ratings: shown from 30 on.")


def sessions(ids: Iterable[str]) -> Result:
    """LC-02: distinct COUNTER sessions."""
    return count(len(set(ids)))


def requests_per_unique(total: Count | None, unique: Count | None, why: str = "") -> Result:
    """LC-09, for information: Total_Item_Requests for each Unique_Item_Request."""
    return per(total, unique, 1, why=why)


def satisfaction(stars: Mapping[int, int]) -> tuple[Result, Result]:
    """LC-13: the share of ratings 4-5 and the mean, from how often each rating was given; both from 30 ratings on."""
    number = sum(stars.values())
    good = sum(times for star, times in stars.items() if star >= GOOD_RATING)
    if 0 < number < LEAST_RATINGS:
        few = Result(FigureState.TOO_FEW, None, Decimal(good), Decimal(number), FEW_RATINGS)
        return few, few
    return share(good, number), per(sum(star * times for star, times in stars.items()), number, 1)


def without_result(empty: Count, searches: Count) -> Result:
    """LC-14: searches with no result, of Searches_Platform."""
    return share(empty, searches)


def points_in_use(in_use: Count | None, registered: Count | None, why: str = "") -> Result:
    """LC-16: learning points in use, of those registered."""
    return share(in_use, registered, why=why)


def event_uplift(window: Count, before: Sequence[Count]) -> Result:
    """LC-18: unique item requests in an event's window over the mean of the four windows of the same length before."""
    if len(before) != WINDOWS_BEFORE:
        raise ValueError("an uplift needs the four windows before")
    return per(window, Decimal(sum(before)) / WINDOWS_BEFORE, 1)


def timeliness(complete_and_in_time: Count, due: Count) -> Result:
    """LC-20: reports that came complete and in time, of those due."""
    return share(complete_and_in_time, due)
