"""The formulas of LC-01 to LC-20: pure functions from counts to results.

Each formula is tested with the worked example of its indicator in computed_indicators.yaml.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from oer.core.disclosure import Disclosure
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


# What a computation gives: figures, and the rows that they were worked out from.

WHOLE = ""
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Figure:
    """One figure: the whole, or one member of a dimension; `measure` names a second figure beside the first."""

    result: Result
    dimension: str = WHOLE
    member: str = ""
    measure: str = ""


@dataclass(frozen=True)
class SourceRows:
    """Rows of one table that figures stand on, in a fixed order."""

    table: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@dataclass
class Computation:
    """All figures of one indicator for one period."""

    cells: list[Figure] = field(default_factory=list)
    sources: list[SourceRows] = field(default_factory=list)

    @property
    def row_count(self) -> int:
        """How many rows the figures stand on."""
        return sum(len(each.rows) for each in self.sources)

    def digest(self) -> str:
        """Return the SHA-256 of the rows: the same totals give the same one, whatever machine they lie on."""
        tables = [[each.table, each.columns, sorted(each.rows, key=str)] for each in self.sources]
        return hashlib.sha256(json.dumps(tables, default=_plain, ensure_ascii=False).encode()).hexdigest()

    def whole(self, measure: str = "") -> Result | None:
        """Return the figure of the whole."""
        return next((each.result for each in self.cells if each.dimension == WHOLE and each.measure == measure), None)


def _plain(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def no_data(why: str) -> Computation:
    """Return that there is no data yet, and why."""
    return Computation([Figure(Result.nothing(why))])


_HIDDEN_STATES = {Disclosure.SMALL: FigureState.HIDDEN, Disclosure.WITHHELD: FigureState.WITHHELD}


def as_shown(result: Result, shown: Disclosure) -> Result:
    """Return a figure about people as it may be shown, by the same rule as every page of figures."""
    return result if shown is Disclosure.PLAIN else result.unshown(_HIDDEN_STATES[shown])


# Formulas over what is in service: LC-04 to LC-08, LC-15, LC-19.

MATERIALS_FOR_A_SUBJECT = 5
MATERIALS_FOR_A_LEVEL = 20
# LC-19's definition: CC0, CC BY, CC BY-SA or public domain mark; NC and ND are reported apart.
OPEN_LICENCES = ("zero/", "by/", "by-sa/", "mark/")
LOCAL_SUBJECTS = ("cul.lich-su-dia-phuong", "cul.di-san")
SUSTAINABILITY = "env"


def subject_coverage(materials: Mapping[str, int], subjects: Collection[str]) -> Result:
    """LC-04, coverage: second-level subjects with at least 5 materials, of all second-level subjects."""
    return _coverage(materials, subjects, MATERIALS_FOR_A_SUBJECT)


def level_coverage(materials: Mapping[str, int], levels: Collection[str]) -> Result:
    """LC-05: levels with at least 20 materials, of all levels but "every level"."""
    return _coverage(materials, levels, MATERIALS_FOR_A_LEVEL)


def _coverage(materials: Mapping[str, int], codes: Collection[str], least: int) -> Result:
    return share(sum(materials.get(code, 0) >= least for code in codes), len(codes))


def is_local_or_sustainable(main_subject: str) -> bool:
    """LC-08: whether a main subject is local history, heritage, or anything of the environment."""
    return main_subject in LOCAL_SUBJECTS or main_subject.split(".", maxsplit=1)[0] == SUSTAINABILITY


def is_open_licence(licence: str) -> bool:
    """LC-19: whether a licence's address is CC0, CC BY, CC BY-SA or the public domain mark, of any version."""
    _, _, rest = licence.partition("creativecommons.org/")
    kind = rest.removeprefix("licenses/").removeprefix("publicdomain/")
    return kind.startswith(OPEN_LICENCES)


def contributing_organisations(kinds: Iterable[str]) -> Result:
    """LC-15: organisations with a material first published in the last 12 months, from the kind of each."""
    return count(len(list(kinds)))


# Formulas that count people: LC-01, LC-03, LC-10, LC-11, LC-12, LC-17.


def active_learners(requests: Mapping[str, int]) -> Result:
    """LC-01: people with at least one retained item request, from requests by person."""
    return count(sum(number > 0 for number in requests.values()))


def active_per_thousand(people: Count | None, residents: Count | None, source: str, why: str) -> Result:
    """LC-03: active learners per 1,000 residents; `source` names the dated table, without which there is no rate."""
    return per(people, residents if source else None, 1000, least=LEAST_PEOPLE_FOR_A_RATE, why=why, source=source)


def priority_share(answers: Iterable[Collection[str]], priority: Collection[str]) -> Result:
    """LC-10: of the active people who answered the question, those in at least one priority group.

    `answers` are the groups of each active person, empty where the question was not answered.
    """
    answered = [set(groups) for groups in answers if groups]
    return share(sum(bool(groups & set(priority)) for groups in answered), len(answered), least=LEAST_PEOPLE_FOR_A_RATE)


def answer_rate(answered: Count, active: Count) -> Result:
    """LC-10, beside it: how many of the active people answered."""
    return share(answered, active, least=LEAST_PEOPLE_FOR_A_RATE)


def regular_share(regular: Count | None, active: Count | None, why: str = "") -> Result:
    """LC-11: regular learners, active in three different ISO weeks of a month, among the active ones."""
    return share(regular, active, least=LEAST_PEOPLE_FOR_A_RATE, why=why)


def completion_share(completed: Count | None, started: Count | None, why: str = "") -> Result:
    """LC-12: first completions of paths against those started in the same or the three months before."""
    return share(completed, started, least=LEAST_PEOPLE_FOR_A_RATE, why=why)


def volunteers(contributors: Mapping[str, Collection[str]]) -> Result:
    """LC-17: people with something accepted, each once, from people by kind of contribution."""
    return count(len(set().union(*contributors.values())))


# Formulas over use and its surroundings: LC-02, LC-09, LC-13, LC-14, LC-16, LC-18, LC-20.

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
