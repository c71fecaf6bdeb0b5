"""Definitions of COUNTER reports, and requests for them (Code of Practice 5.1, 3.3, 4, 8 and appendix D)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from oer.core.clock import first_of_month, last_of_month, months_back, next_month
from oer.core.errors import OerError
from oer.core.i18n import N_

RELEASE = "5.1"
TOTALS = "Totals"
EVERY_YEAR = "0001-9999"
WORLD_ID, WORLD_NAME = "0000000000000000", "The World"
SEARCHES = "Searches_Platform"
INVESTIGATIONS_AND_REQUESTS = (
    "Total_Item_Investigations",
    "Total_Item_Requests",
    "Unique_Item_Investigations",
    "Unique_Item_Requests",
)
REQUESTS = ("Total_Item_Requests", "Unique_Item_Requests")
MULTIMEDIA = ("Audiovisual", "Image", "Interactive_Resource", "Multimedia", "Sound")
ITEM_TYPES = (
    "Article", "Audiovisual", "Book_Segment", "Conference_Item", "Database_Full_Item", "Dataset", "Image",
    "Interactive_Resource", "Multimedia", "News_Item", "Other", "Patent", "Reference_Item", "Report", "Software",
    "Sound", "Standard", "Thesis_or_Dissertation", "Unspecified",
)  # fmt: skip
ACCESS_TYPES = ("Controlled", "Free_To_Read", "Open")
ACCESS_METHODS = ("Regular", "TDM")
ITEM_ATTRIBUTES = ("Authors", "Publication_Date", "Article_Version", "YOP", "Access_Type", "Access_Method")


@dataclass(frozen=True)
class Definition:
    """One report: names, description, metrics, and for a standard view its fixed filters."""

    identifier: str
    name: str
    description: str
    metrics: tuple[str, ...]
    attributes: tuple[str, ...] = ()
    preset: tuple[tuple[str, tuple[str, ...]], ...] = ()
    filters: tuple[str, ...] = ()

    @property
    def is_view(self) -> bool:
        """Whether it is a standard view, whose filters are fixed."""
        return bool(self.preset)

    @property
    def by_item(self) -> bool:
        """Whether it reports each item, or the platform as a whole."""
        return self.identifier.startswith("IR")


PLATFORM_REPORT = Definition(
    "PR",
    "Platform Report",
    N_("Use of the whole repository, by kind of material."),
    (SEARCHES, *INVESTIGATIONS_AND_REQUESTS),
    attributes=("Access_Method",),
    filters=("metric_type", "data_type", "access_method"),
)
PLATFORM_USAGE = Definition(
    "PR_P1",
    "Platform Usage",
    N_("Searches and requests of the whole repository, by kind of material."),
    (SEARCHES, *REQUESTS),
    # COUNTER prescribes this list as it is, with a metric that only hosts of books have.
    preset=(("Access_Method", ("Regular",)), ("Metric_Type", (SEARCHES, *REQUESTS, "Unique_Title_Requests"))),
)
ITEM_REPORT = Definition(
    "IR",
    "Item Report",
    N_("Use of each material."),
    INVESTIGATIONS_AND_REQUESTS,
    attributes=ITEM_ATTRIBUTES,
    filters=("metric_type", "data_type", "access_method", "access_type", "yop", "item_id", "author"),
)
MULTIMEDIA_REQUESTS = Definition(
    "IR_M1",
    "Multimedia Item Requests",
    N_("Requests for videos, audio, images and interactive materials, by item."),
    REQUESTS,
    preset=(("Access_Method", ("Regular",)), ("Data_Type", MULTIMEDIA), ("Metric_Type", REQUESTS)),
)
REPORTS = {
    each.identifier.lower(): each for each in (PLATFORM_REPORT, PLATFORM_USAGE, ITEM_REPORT, MULTIMEDIA_REQUESTS)
}

MESSAGES = {
    1000: "Service Not Available",
    1020: "Client has made too many requests",
    1030: "Insufficient Information to Process Request",
    2000: "Requestor Not Authorized to Access Service",
    2010: "Requestor is Not Authorized to Access Usage for Institution",
    2020: "APIKey Invalid",
    3020: "Invalid Date Arguments",
    3030: "No Usage Available for Requested Dates",
    3031: "Usage Not Ready for Requested Dates",
    3032: "Usage No Longer Available for Requested Dates",
    3050: "Parameter Not Recognized in this Context",
    3060: "Invalid ReportFilter Value",
    3062: "Invalid ReportAttribute Value",
    3063: "Components Not Supported",
}
STATUS = {1000: 503, 1020: 429, 1030: 400, 2000: 401, 2010: 403, 2020: 401, 3020: 400}
"""HTTP status of the exceptions without a report; the others come with status 200 in the report's header."""


def exception(code: int, data: str = "") -> dict[str, object]:
    """Return an exception in the form of appendix D."""
    return {"Code": code, "Message": MESSAGES[code], **({"Data": data} if data else {})}


# Requests: read leniently where the Code says so, otherwise strictly.

COMMON = frozenset({"customer_id", "requestor_id", "api_key", "platform", "begin_date", "end_date"})
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?")
_YEARS = re.compile(r"[0-9]{4}(-[0-9]{4})?")


class CounterError(OerError):
    """A request that is answered with an exception and its HTTP status instead of a report."""

    def __init__(self, code: int, data: str = "") -> None:
        super().__init__("COUNTER exception")
        self.exception = exception(code, data)
        self.status = STATUS[code]


@dataclass
class CounterRequest:
    """A request for one report. `filters` and `attributes` are applied; `exceptions` name what was not."""

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
        """The requested months, by their first days."""
        months, month = [], self.begin
        while month <= self.end:
            months.append(month)
            month = next_month(month)
        return months


def read_request(report: Definition, given: Mapping[str, str], months: Sequence[date], today: date) -> CounterRequest:
    """Read a request for a report; `months` are available. Raises CounterError (1030, 3020)."""
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
    begin, end = _day(given["begin_date"]), _day(given["end_date"], is_end=True)
    # Usage is kept by whole months: half a month would be given more than it asked for.
    if begin != first_of_month(begin) or end != last_of_month(end):
        wrong = "begin_date is no first" if begin != first_of_month(begin) else "end_date is no last"
        raise CounterError(3020, f"{wrong} day of a month")
    end = first_of_month(end)
    if end < begin or begin >= first_of_month(today):
        raise CounterError(3020, f"begin_date={given['begin_date'][:20]}, end_date={given['end_date'][:20]}")
    return begin, end


def _day(text: str, *, is_end: bool = False) -> date:
    match = _DATE.fullmatch(text)
    try:
        if match is None or not 2000 <= int(match[1]) <= 2200:
            raise ValueError
        month = date(int(match[1]), int(match[2]), 1)
        return month.replace(day=int(match[3])) if match[3] else last_of_month(month) if is_end else month
    except ValueError:
        raise CounterError(3020, text[:20]) from None


def _limit_to(request: CounterRequest, months: Sequence[date], today: date) -> None:
    """Add exceptions for months that are not closed yet (3031) or before the first available one (3032)."""
    if request.end >= first_of_month(today):
        request.end = months_back(today, 1)
        request.exceptions.append(exception(3031, f"from {today:%Y-%m}"))
    waiting = [month for month in request.months if month not in months and (not months or month > months[0])]
    if waiting and not any(each["Code"] == 3031 for each in request.exceptions):
        request.exceptions.append(exception(3031, ", ".join(f"{month:%Y-%m}" for month in waiting)[:300]))
    if months and request.begin < months[0]:
        request.exceptions.append(exception(3032, f"available from {months[0]:%Y-%m}"))


def _take(request: CounterRequest, name: str, value: str) -> bool:
    """Apply one parameter; return False if this report does not have it."""
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
    # The Code and its validator say Totals, the API specification of 2024 Total. The default is left out of headers.
    word = {"month": "", "total": TOTALS, "totals": TOTALS}.get(value.lower())
    if word is None:
        request.exceptions.append(exception(3062, f"granularity={value[:40]}"))
    request.granularity = word or ""


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
    if valid and not _is_default(request.report, name, valid):
        request.filters[_header_name(name)] = list(dict.fromkeys(valid))


def _is_default(report: Definition, name: str, values: Sequence[str]) -> bool:
    """Tell whether a filter names everything there is: that is the default, which a header must leave out."""
    return EVERY_YEAR in values if name == "yop" else set(values) == set(_known(report, name))


def _is_valid(report: Definition, name: str, value: str) -> bool:
    return bool(_YEARS.fullmatch(value)) if name == "yop" else value in _known(report, name)


def _known(report: Definition, name: str) -> tuple[str, ...]:
    return {
        "metric_type": report.metrics,
        "data_type": (*ITEM_TYPES, "Platform") if not report.by_item else ITEM_TYPES,
        "access_method": ACCESS_METHODS,
        "access_type": ACCESS_TYPES,
    }[name]


def _header_name(name: str) -> str:
    return "YOP" if name == "yop" else "_".join(part.capitalize() for part in name.split("_"))
