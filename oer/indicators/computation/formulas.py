"""The formulas of LC-03 to LC-20: pure functions from counts to results; no database.

Each formula is tested with the worked example of its indicator in computed_indicators.yaml. LC-01, LC-02 and LC-17 need
none: they are counts.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from oer.core.disclosure import Disclosure
from oer.core.i18n import N_
from oer.core.spreadsheets import write_csv

NOTHING_TO_DIVIDE_BY = N_("There is nothing to divide by: the denominator is zero.")
FEWER_THAN_30 = N_("Fewer than 30 people: too few for a rate.")
LEAST_PEOPLE_FOR_A_RATE = 30
Count = int | Decimal


class FigureState(StrEnum):
    """Whether there is a figure, and if not, why not.

    A hidden figure counts 1 to 9 people; a withheld one would let a hidden one be computed. Both are stored and never
    shown.
    """

    OK = "ok"
    NO_DATA = "no_data"
    HIDDEN = "hidden"
    WITHHELD = "withheld"
    TOO_FEW = "too_few"


@dataclass(frozen=True)
class Result:
    """A figure with its numerator and denominator, or an English message (`why`) saying why there is none."""

    state: FigureState
    value: Decimal | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    why: str = ""
    denominator_source: str = ""

    @classmethod
    def nothing(cls, why: str) -> "Result":
        """Return a result without a figure, with the reason."""
        return cls(FigureState.NO_DATA, why=why)

    def suppressed(self, state: FigureState) -> "Result":
        """Return the same figure marked as one that must not be shown: hidden or withheld."""
        return self if self.state is FigureState.NO_DATA else replace(self, state=state)


def count(number: Count | None, why: str = "") -> Result:
    """Return a count as a result; None means no data, for the reason `why`."""
    if number is None:
        return Result.nothing(why)
    return Result(FigureState.OK, Decimal(number), Decimal(number))


def per(
    numerator: Count | None, denominator: Count | None, scale: int, *, least: int = 0, why: str = "", source: str = ""
) -> Result:
    """Return `numerator` per `scale` of `denominator`.

    There is no data if a number is missing (for the reason `why`) or the denominator is zero; a denominator below
    `least` gives the state TOO_FEW. `source` says where the denominator comes from.
    """
    if numerator is None or denominator is None:
        return Result.nothing(why)
    top, bottom = Decimal(numerator), Decimal(denominator)
    if bottom == 0:
        return Result(FigureState.NO_DATA, None, top, bottom, NOTHING_TO_DIVIDE_BY, source)
    if bottom < least:
        return Result(FigureState.TOO_FEW, None, top, bottom, FEWER_THAN_30, source)
    return Result(FigureState.OK, scale * top / bottom, top, bottom, denominator_source=source)


def share(numerator: Count | None, denominator: Count | None, *, least: int = 0, why: str = "") -> Result:
    """Return `numerator` as a percentage of `denominator`."""
    return per(numerator, denominator, 100, least=least, why=why)


# A computation: the figures of an indicator, and the rows they were computed from.

WHOLE = ""
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Figure:
    """The result of the whole, or of one member of a dimension (a ward, say); `measure` names secondary figures."""

    result: Result
    dimension: str = WHOLE
    member: str = ""
    measure: str = ""


@dataclass(frozen=True)
class SourceRows:
    """The rows of one table that figures were computed from, put in an order that does not depend on the database."""

    table: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]

    def __post_init__(self) -> None:
        self.rows.sort(key=str)


RECIPE = 2


def rows_file(tables: Iterable[tuple[str, Sequence[str], Iterable[Sequence[Any]]]]) -> bytes:
    """Return tables (name, columns, rows) as the CSV whose SHA-256 is the data version: anybody can compute it anew.

    Whoever changes this makes a new `RECIPE`.
    """
    lines: list[list[Any]] = []
    for name, columns, rows in tables:
        lines.append(["table", *columns])
        lines += [[name, *row] for row in rows]
    return write_csv(lines, byte_order_mark=False)


@dataclass
class Computation:
    """All figures of one indicator for one period."""

    figures: list[Figure] = field(default_factory=list)
    sources: list[SourceRows] = field(default_factory=list)

    @property
    def row_count(self) -> int:
        """How many rows the figures were computed from."""
        return sum(len(each.rows) for each in self.sources)

    def digest(self) -> str:
        """Return the SHA-256 of the file of the rows: the same totals give the same digest on every machine."""
        return hashlib.sha256(self.file()).hexdigest()

    def file(self) -> bytes:
        """Return the file of the rows."""
        return rows_file((each.table, each.columns, each.rows) for each in self.sources)

    def whole(self, measure: str = "") -> Result | None:
        """Return the result of the whole."""
        return next((each.result for each in self.figures if each.dimension == WHOLE and each.measure == measure), None)


def no_data(why: str) -> Computation:
    """Return a computation without a figure, with the reason."""
    return Computation([Figure(Result.nothing(why))])


_HIDDEN_STATES = {Disclosure.SMALL: FigureState.HIDDEN, Disclosure.WITHHELD: FigureState.WITHHELD}


def disclosed(result: Result, disclosure: Disclosure) -> Result:
    """Return a result about people as it may be shown: the rule is the one of the statistics pages."""
    return result if disclosure is Disclosure.PLAIN else result.suppressed(_HIDDEN_STATES[disclosure])


# Formulas about the catalogue: LC-04 to LC-08, LC-15, LC-19.

MATERIALS_FOR_A_SUBJECT = 5
MATERIALS_FOR_A_LEVEL = 20
# By the definition of LC-19: CC0, CC BY, CC BY-SA and the public domain mark. NC and ND are reported separately.
OPEN_LICENCES = ("zero/", "by/", "by-sa/", "mark/")
LOCAL_SUBJECTS = ("cul.lich-su-dia-phuong", "cul.di-san")
SUSTAINABILITY = "env"


def subject_coverage(materials: Mapping[str, int], subjects: Collection[str]) -> Result:
    """LC-04, coverage: second-level subjects with at least 5 materials, among all second-level subjects."""
    return _coverage(materials, subjects, MATERIALS_FOR_A_SUBJECT)


def level_coverage(materials: Mapping[str, int], levels: Collection[str]) -> Result:
    """LC-05: levels with at least 20 materials, among all levels except "every level"."""
    return _coverage(materials, levels, MATERIALS_FOR_A_LEVEL)


def _coverage(materials: Mapping[str, int], codes: Collection[str], least: int) -> Result:
    return share(sum(materials.get(code, 0) >= least for code in codes), len(codes))


def is_local_or_sustainable(main_subject: str) -> bool:
    """LC-08: whether a main subject is local history, heritage, or any environmental subject."""
    return main_subject in LOCAL_SUBJECTS or main_subject.split(".", maxsplit=1)[0] == SUSTAINABILITY


def is_open_licence(licence: str) -> bool:
    """LC-19: whether a licence URL is CC0, CC BY, CC BY-SA or the public domain mark, in any version."""
    _, _, rest = licence.partition("creativecommons.org/")
    kind = rest.removeprefix("licenses/").removeprefix("publicdomain/")
    return kind.startswith(OPEN_LICENCES)


def contributing_organisations(kinds: Iterable[str]) -> Result:
    """LC-15: organisations with a material first published in the last 12 months, given the kind of each."""
    return count(len(list(kinds)))


# Formulas about people: LC-03, LC-10, LC-11, LC-12.


def active_per_thousand(people: Count | None, residents: Count | None, source: str, why: str) -> Result:
    """LC-03: active learners per 1,000 residents. Without a dated table (`source`) there is no rate."""
    return per(people, residents if source else None, 1000, least=LEAST_PEOPLE_FOR_A_RATE, why=why, source=source)


def priority_share(answers: Iterable[Collection[str]], priority: Collection[str]) -> Result:
    """LC-10: people in at least one priority group, among the active people who answered the question.

    `answers` are the groups of each active person, empty if the question was not answered.
    """
    answered = [set(groups) for groups in answers if groups]
    return share(sum(bool(groups & set(priority)) for groups in answered), len(answered), least=LEAST_PEOPLE_FOR_A_RATE)


def answer_rate(answered: Count, active: Count) -> Result:
    """LC-10, secondary figure: the share of active people who answered."""
    return share(answered, active, least=LEAST_PEOPLE_FOR_A_RATE)


def regular_share(regular: Count | None, active: Count | None, why: str = "") -> Result:
    """LC-11: regular learners (active in three different ISO weeks of a month) among the active ones."""
    return share(regular, active, least=LEAST_PEOPLE_FOR_A_RATE, why=why)


def completion_share(completed: Count | None, started: Count | None, why: str = "") -> Result:
    """LC-12: first completions of paths, among the paths started in the same or the three preceding months."""
    return share(completed, started, least=LEAST_PEOPLE_FOR_A_RATE, why=why)


# Formulas about use and the city: LC-09, LC-13, LC-14, LC-16, LC-18, LC-20.

LEAST_RATINGS = LEAST_PEOPLE_FOR_A_RATE
GOOD_RATING = 4
WINDOWS_BEFORE = 4
FEW_RATINGS = N_("Fewer than 30 ratings: shown once there are 30.")


def requests_per_unique(total: Count | None, unique: Count | None, why: str = "") -> Result:
    """LC-09, secondary figure: Total_Item_Requests per Unique_Item_Request."""
    return per(total, unique, 1, why=why)


def satisfaction(stars: Mapping[int, int]) -> tuple[Result, Result]:
    """LC-13: the share of ratings 4 and 5, and the mean, from how often each was given; from 30 ratings on."""
    number = sum(stars.values())
    good = sum(times for star, times in stars.items() if star >= GOOD_RATING)
    if 0 < number < LEAST_RATINGS:
        few = Result(FigureState.TOO_FEW, None, Decimal(good), Decimal(number), FEW_RATINGS)
        return few, few
    return share(good, number), per(sum(star * times for star, times in stars.items()), number, 1)


def without_result(empty: Count, searches: Count) -> Result:
    """LC-14: searches without results, among Searches_Platform."""
    return share(empty, searches)


def points_in_use(in_use: Count | None, registered: Count | None, why: str = "") -> Result:
    """LC-16: learning points in use, among those registered."""
    return share(in_use, registered, why=why)


def event_uplift(window: Count, before: Sequence[Count], why: str = "") -> Result:
    """LC-18: unique item requests during an event, over the mean of the four preceding windows of the same length.

    Of a repository that is younger there are fewer, and of none there is no figure, for the reason `why`.
    """
    if len(before) > WINDOWS_BEFORE:
        raise ValueError("an uplift is over the four windows before")
    return per(window, Decimal(sum(before)) / len(before) if before else None, 1, why=why)


def timeliness(complete_and_in_time: Count, due: Count) -> Result:
    """LC-20: reports submitted complete and on time, among those due."""
    return share(complete_and_in_time, due)
