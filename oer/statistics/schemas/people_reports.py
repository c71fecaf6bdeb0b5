"""The report of people: by one dimension, or by ward and age band, with small numbers hidden in every face."""

import re
from collections.abc import Mapping
from datetime import date

from sqlalchemy.orm import Session

from oer.accounts.queries.choices import DISABILITY, GENDERS
from oer.core.clock import today
from oer.core.errors import Invalid
from oer.core.i18n import N_
from oer.core.months import last_of_month, months_back
from oer.statistics.queries.people import DIMENSIONS, TOGETHER, PeopleRow, people_of
from oer.statistics.queries.small_numbers import Shown
from oer.statistics.schemas.reports import Cell, Column, Hidden, Report
from oer.usage.people import UNKNOWN
from oer.vocabularies import vocabularies

DIMENSION_WORDS = {
    "ward": N_("By ward"),
    "age-band": N_("By age"),
    "gender": N_("By gender"),
    "group": N_("By group"),
    "disability": N_("By disability"),
    "ward+age-band": N_("By ward and age"),
}
DEFINITIONS = (
    N_("People: account holders who agreed to be counted and opened at least one material in the period. Anonymous use"
       " is never turned into people."),
    N_("Regular: active in three or more ISO weeks of the month; a week belongs to the month of its Thursday."),
    N_("What people did not tell is “unknown”, and is never spread over the other values."),
)  # fmt: skip
HIDING = (
    N_("Numbers from 1 to 9 are shown as “<10”. A further number is withheld (“…”) where a hidden one could be worked"
       " out from it."),
    N_("People are counted by one dimension at a time, or by ward and age; who belongs to several groups counts in"
       " each."),
)  # fmt: skip
SMALL, WITHHELD = Hidden("<10"), Hidden("…")
NO_SUCH_PERIOD = N_("“period”: “%(value)s” is no month (2026-03), quarter (2026-Q1) or year (2026).")
NO_SUCH_DIMENSION = N_("“by”: there is no value “%(value)s”.")
UNKNOWN_FILTER = N_("There is no filter called “%(name)s”.")
_PERIOD = re.compile(r"([0-9]{4})(?:-(?:(0[1-9]|1[0-2])|Q([1-4])))?")


def read_period(given: Mapping[str, str], usual: str = "") -> tuple[str, str]:
    """Return the period and the dimension that are asked for; by default the usual period (this month) by ward.

    Raises Invalid, naming the field, for what is neither; so people are never counted by more than there is.
    """
    for name in given:
        if name not in {"period", "by"}:
            raise Invalid(UNKNOWN_FILTER, field=name[:40], name=name[:40])
    period = given.get("period") or usual or f"{today():%Y-%m}"
    match = _PERIOD.fullmatch(period)
    if match is None or not 2000 <= int(match[1]) <= today().year:
        raise Invalid(NO_SUCH_PERIOD, field="period", value=period[:20])
    by = given.get("by") or DIMENSIONS[0]
    if by not in DIMENSIONS:
        raise Invalid(NO_SUCH_DIMENSION, field="by", value=by[:40])
    return period, by


def people(session: Session, period: str, by: str) -> Report:
    """Return the people of a period by one dimension."""
    found = people_of(session, period, by)
    headings = [Column("value", _heading(by)), *([Column("second", N_("Age"))] if by == TOGETHER else [])]
    rows: list[dict[str, Cell]] = [{"value": N_("All people"), "second": "", "people": _number(found.total)}]
    if "-Q" not in period and "-" in period:
        rows.append({"value": N_("of these regularly"), "second": "", "people": _number(found.regular)})
    first, age = ("age-band", "") if by == "age-band" else (by, "age-band")
    for row in found.rows:
        value = row.second if by == "age-band" else row.value
        second = _words(age, row.second) if by == TOGETHER else ""
        rows.append({"value": _words(first, value), "second": second, "people": _number(row)})
    since, until = days_of(period)
    return Report(
        name="people",
        title=N_("People who used materials"),
        columns=[*headings, Column("people", N_("People"), number=True)],
        rows=rows,
        definitions=DEFINITIONS,
        since=since,
        until=until,
        filters=[(N_("Counted"), DIMENSION_WORDS[by])],
        exclusions=HIDING,
        provisional=until >= today(),
    )


def _heading(by: str) -> str:
    return {
        "ward": N_("Ward, commune or special zone"),
        "age-band": N_("Age"),
        "gender": N_("Gender"),
        "group": N_("Group"),
        "disability": N_("Disability"),
    }.get(by, N_("Ward, commune or special zone"))


def _words(dimension: str, value: str) -> Cell:
    if value == UNKNOWN:
        return N_("unknown")
    if dimension in {"ward", TOGETHER}:
        return dict(vocabularies().places.labels(value))
    if dimension == "group":
        return dict(vocabularies().audiences.labels(value))
    return {**GENDERS, **DISABILITY}.get(value, value)


def _number(row: PeopleRow) -> Cell:
    return {Shown.PLAIN: row.people, Shown.SMALL: SMALL, Shown.WITHHELD: WITHHELD}[row.shown]


def days_of(period: str) -> tuple[date, date]:
    """Return the first and last day of a month, quarter or year."""
    year = int(period[:4])
    if len(period) == 4:
        return date(year, 1, 1), date(year, 12, 31)
    if "Q" in period:
        first = date(year, int(period[-1]) * 3 - 2, 1)
        return first, last_of_month(months_back(first, -2))
    first = date(year, int(period[-2:]), 1)
    return first, last_of_month(first)
