"""What a request for a COUNTER report asks for: read leniently where the Code says so, strictly where it does not."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from oer.core.errors import OerError
from oer.core.months import first_of_month, months_back, next_month
from oer.statistics.schemas.counter.definitions import (
    ACCESS_METHODS,
    ACCESS_TYPES,
    ITEM_TYPES,
    STATUS,
    Definition,
    exception,
)

COMMON = frozenset({"customer_id", "requestor_id", "api_key", "platform", "begin_date", "end_date"})
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?")
_YEARS = re.compile(r"[0-9]{4}(-[0-9]{4})?")


class CounterError(OerError):
    """A request that gets no report: answered with the exception's number and its HTTP status."""

    def __init__(self, code: int, data: str = "") -> None:
        super().__init__("COUNTER exception")
        self.exception = exception(code, data)
        self.status = STATUS[code]


@dataclass
class CounterRequest:
    """A request for one report. `filters` and `attributes` are those to be applied; `exceptions` say what was not."""

    report: Definition
    begin: date
    end: date
    filters: dict[str, list[str]] = field(default_factory=dict)
    author: str = ""
    item_id: str = ""
    attributes: list[str] = field(default_factory=list)
    granularity: str = ""
    parents: str = ""
    exceptions: list[dict[str, object]] = field(default_factory=list)

    @property
    def months(self) -> list[date]:
        """The months that are asked for, by their first days."""
        months, month = [], self.begin
        while month <= self.end:
            months.append(month)
            month = next_month(month)
        return months


def read_request(report: Definition, given: Mapping[str, str], months: Sequence[date], today: date) -> CounterRequest:
    """Return what a request asks of a report that can be made of `months`. Raises CounterError (1030, 3020)."""
    begin, end = _dates(given, today)
    request = CounterRequest(report, begin, end)
    _limit_to(request, months, today)
    for name, values in report.preset:
        request.filters[name] = list(values)
    unknown = sorted(name for name in given if name not in COMMON and not _take(request, name, given[name]))
    if unknown:
        request.exceptions.append(exception(3050, ", ".join(unknown)[:300]))
    return request


def _dates(given: Mapping[str, str], today: date) -> tuple[date, date]:
    missing = [name for name in ("begin_date", "end_date") if not given.get(name)]
    if missing:
        raise CounterError(1030, ", ".join(missing))
    begin, end = _first_day(given["begin_date"]), first_of_month(_day(given["end_date"]))
    if end < begin or begin >= first_of_month(today):
        raise CounterError(3020, f"begin_date={given['begin_date'][:20]}, end_date={given['end_date'][:20]}")
    return begin, end


def _first_day(text: str) -> date:
    return first_of_month(_day(text))


def _day(text: str) -> date:
    match = _DATE.fullmatch(text)
    try:
        if match is None or not 2000 <= int(match[1]) <= 2200:
            raise ValueError
        return date(int(match[1]), int(match[2]), int(match[3] or 1))
    except ValueError:
        raise CounterError(3020, text[:20]) from None


def _limit_to(request: CounterRequest, months: Sequence[date], today: date) -> None:
    """Say which of the months cannot be reported: not closed yet (3031), or from before there was counting (3032)."""
    if request.end >= first_of_month(today):
        request.end = months_back(today, 1)
        request.exceptions.append(exception(3031, f"from {today:%Y-%m}"))
    waiting = [month for month in request.months if month not in months and (not months or month > months[0])]
    if waiting and not any(each["Code"] == 3031 for each in request.exceptions):
        request.exceptions.append(exception(3031, ", ".join(f"{month:%Y-%m}" for month in waiting)[:300]))
    if months and request.begin < months[0]:
        request.exceptions.append(exception(3032, f"available from {months[0]:%Y-%m}"))


def _take(request: CounterRequest, name: str, value: str) -> bool:
    """Apply one parameter; return False where this report does not know it."""
    if request.report.is_view:
        return False
    if name == "attributes_to_show":
        _take_attributes(request, value)
    elif name == "granularity":
        _take_granularity(request, value)
    elif name == "include_parent_details" and request.report.by_item:
        request.parents = "True" if value.lower() == "true" else ""
    elif name == "include_component_details" and request.report.by_item:
        if value.lower() == "true":
            request.exceptions.append(exception(3063))
    elif name in request.report.filters:
        _take_filter(request, name, value)
    else:
        return False
    return True


def _take_attributes(request: CounterRequest, value: str) -> None:
    wanted = [name for name in value.split("|") if name]
    wrong = [name for name in wanted if name not in request.report.attributes]
    if wrong:
        request.exceptions.append(exception(3062, f"attributes_to_show={'|'.join(wrong)[:200]}"))
    request.attributes = [name for name in request.report.attributes if name in wanted]


def _take_granularity(request: CounterRequest, value: str) -> None:
    # The Code's text says Totals, its API file says Total: both are understood.
    word = {"month": "Month", "total": "Total", "totals": "Total"}.get(value.lower(), "")
    if not word:
        request.exceptions.append(exception(3062, f"granularity={value[:40]}"))
    request.granularity = word


def _take_filter(request: CounterRequest, name: str, value: str) -> None:
    if name == "author":
        request.author = value.strip()[:200]
        return
    if name == "item_id":
        request.item_id = value.strip()[:200]
        return
    wanted = [each for each in value.split("|") if each]
    valid = [each for each in wanted if _is_valid(request.report, name, each)]
    if len(valid) != len(wanted):
        wrong = "|".join(each for each in wanted if each not in valid)
        request.exceptions.append(exception(3060, f"{name}={wrong[:200]}"))
    if valid:
        request.filters[_header_name(name)] = list(dict.fromkeys(valid))


def _is_valid(report: Definition, name: str, value: str) -> bool:
    if name == "yop":
        return bool(_YEARS.fullmatch(value))
    known = {
        "metric_type": report.metrics,
        "data_type": (*ITEM_TYPES, "Platform") if not report.by_item else ITEM_TYPES,
        "access_method": ACCESS_METHODS,
        "access_type": ACCESS_TYPES,
    }
    return value in known[name]


def _header_name(name: str) -> str:
    return "YOP" if name == "yop" else "_".join(part.capitalize() for part in name.split("_"))
