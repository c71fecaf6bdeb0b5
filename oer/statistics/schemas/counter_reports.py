"""COUNTER reports as JSON (Code of Practice 5.1, section 8) and as tables (3.2 and 4)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from oer.core.clock import last_of_month, now
from oer.core.links import Links
from oer.core.spreadsheets import Sheet, write_tsv, write_xlsx
from oer.statistics.queries.counter import (
    METRICS,
    ItemFacts,
    ItemUsage,
    available_months,
    item_facts,
    item_usage,
    searches_by_month,
)
from oer.statistics.schemas.counter_requests import (
    RELEASE,
    SEARCHES,
    TOTALS,
    WORLD_ID,
    WORLD_NAME,
    CounterRequest,
    Definition,
    exception,
)
from oer.usage.counter.event_kinds import REGULAR

Counts = dict[str, dict[str, int]]
"""By metric, by month (`2026-03`)."""


@dataclass(frozen=True)
class Host:
    """The reporting platform: its short name (a namespace of identifiers), its full name, its addresses.

    `registry_record`: the address of its entry in COUNTER's registry, empty while it has none.
    """

    platform: str
    name: str
    links: Links
    registry_record: str = ""


def make_report(session: Session, request: CounterRequest, host: Host) -> dict[str, Any]:
    """Return the requested report. Months, metrics and items without usage do not appear."""
    months = sorted(set(request.months) & set(available_months(session)))
    usage = [each for each in item_usage(session, months) if _method_is_wanted(request, each.method)]
    facts = item_facts(session, [each.item for each in usage])
    wanted = [each for each in usage if _is_wanted(request, each.item, facts.get(each.item, ItemFacts()), host)]
    report_items: list[dict[str, Any]] = []
    if request.report.by_item:
        items = _items(request, wanted, facts, host)
        report_items = [{"Items": items}] if items else []
    else:
        performance = _platform_performance(session, request, wanted, facts, months)
        report_items = [{"Platform": host.platform, "Attribute_Performance": performance}] if performance else []
    if not report_items and not any(each["Code"] in {3031, 3032} for each in request.exceptions):
        request.exceptions.append(exception(3030))
    return {"Report_Header": _header(request, host), "Report_Items": report_items}


def _header(request: CounterRequest, host: Host) -> dict[str, Any]:
    attributes = {
        **({"Attributes_To_Show": request.attributes} if request.attributes else {}),
        **({"Granularity": request.granularity} if request.granularity else {}),
        **({"Include_Parent_Details": request.parents} if request.parents else {}),
    }
    return {
        "Release": RELEASE,
        "Report_ID": request.report.identifier,
        "Report_Name": request.report.name,
        "Created": now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Created_By": host.name,
        "Registry_Record": host.registry_record,
        "Institution_Name": WORLD_NAME,
        "Institution_ID": {"Proprietary": [f"{host.platform}:{WORLD_ID}"]},
        "Report_Filters": {
            **request.filters,
            **({"Author": request.author} if request.author else {}),
            **({"Item_ID": request.item_id} if request.item_id else {}),
            "Begin_Date": request.begin.isoformat(),
            "End_Date": last_of_month(request.end).isoformat(),
        },
        **({"Report_Attributes": attributes} if attributes else {}),
        **({"Exceptions": request.exceptions} if request.exceptions else {}),
    }


def _method_is_wanted(request: CounterRequest, method: str) -> bool:
    return method in request.filters.get("Access_Method", [method])


def _is_wanted(request: CounterRequest, item: str, facts: ItemFacts, host: Host) -> bool:
    filters = request.filters
    if request.item_id and request.item_id not in {item, f"{host.platform}:{item}", _address(host, item)}:
        return False
    if request.author and not any(request.author in author.values() for author in facts.authors):
        return False
    return (
        facts.data_type in filters.get("Data_Type", [facts.data_type])
        and facts.access_type in filters.get("Access_Type", [facts.access_type])
        and _is_of_years(facts.year, filters.get("YOP"))
    )


def _is_of_years(year: str, wanted: list[str] | None) -> bool:
    if wanted is None:
        return True
    return any(each[:4] <= year <= each[-4:] for each in wanted)


def _address(host: Host, item: str) -> str:
    return host.links.material(item)


def _items(
    request: CounterRequest, usage: Iterable[ItemUsage], facts: Mapping[str, ItemFacts], host: Host
) -> list[dict[str, Any]]:
    by_item: defaultdict[str, list[ItemUsage]] = defaultdict(list)
    for each in usage:
        by_item[each.item].append(each)
    items = []
    for item, found in by_item.items():
        known = facts.get(item, ItemFacts())
        performance = _performance(request, [(known, each) for each in found])
        if performance:
            items.append({**_item(request, item, known, host), "Attribute_Performance": performance})
    return items


def _item(request: CounterRequest, item: str, facts: ItemFacts, host: Host) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "Item": facts.title,
        "Publisher": facts.publisher or host.name,
        "Platform": host.platform,
        "Item_ID": {"Proprietary": f"{host.platform}:{item}", "URI": _address(host, item)},
    }
    if "Authors" in request.attributes and facts.authors:
        shown["Authors"] = facts.authors
    if "Publication_Date" in request.attributes and facts.published:
        shown["Publication_Date"] = facts.published.isoformat()
    return shown


def _platform_performance(
    session: Session,
    request: CounterRequest,
    usage: Iterable[ItemUsage],
    facts: Mapping[str, ItemFacts],
    months: list[date],
) -> list[dict[str, Any]]:
    performance = _performance(request, [(facts.get(each.item, ItemFacts()), each) for each in usage])
    searches = {SEARCHES: {f"{month:%Y-%m}": n for month, n in searches_by_month(session, months).items()}}
    counts = _shown_counts(request, searches)
    wanted = "Platform" in request.filters.get("Data_Type", ["Platform"]) and _method_is_wanted(request, REGULAR)
    if counts and wanted:
        method = {"Access_Method": REGULAR} if "Access_Method" in request.attributes else {}
        performance.append({"Data_Type": "Platform", **method, "Performance": counts})
    return performance


def _performance(request: CounterRequest, usage: Iterable[tuple[ItemFacts, ItemUsage]]) -> list[dict[str, Any]]:
    """Return one entry for each combination of the attributes shown, summed over the others."""
    sums: defaultdict[tuple[tuple[str, str], ...], Counts] = defaultdict(lambda: defaultdict(dict))
    for facts, each in usage:
        counts = sums[_attributes(request, facts, each)]
        for month, figures in each.months.items():
            name = f"{month:%Y-%m}"
            for metric, measure in METRICS.items():
                number = getattr(figures, measure)
                if number:
                    counts[metric][name] = counts[metric].get(name, 0) + number
    shown = [(attributes, _shown_counts(request, counts)) for attributes, counts in sorted(sums.items())]
    return [{**dict(attributes), "Performance": counts} for attributes, counts in shown if counts]


def _attributes(request: CounterRequest, facts: ItemFacts, usage: ItemUsage) -> tuple[tuple[str, str], ...]:
    optional = {"YOP": facts.year, "Access_Type": facts.access_type, "Access_Method": usage.method}
    shown = [(name, value) for name, value in optional.items() if name in request.attributes]
    return (("Data_Type", facts.data_type), *shown)


def _shown_counts(request: CounterRequest, counts: Mapping[str, Mapping[str, int]]) -> Counts:
    wanted = request.filters.get("Metric_Type", list(request.report.metrics))
    shown = {metric: dict(sorted(counts[metric].items())) for metric in wanted if counts.get(metric)}
    if request.granularity == TOTALS:  # the sum of the period is given for its first month
        return {metric: {f"{request.begin:%Y-%m}": sum(months.values())} for metric, months in shown.items()}
    return shown


# As a table (Code of Practice 5.1, 3.2 and 4): one row for each metric, one column for each month.

_ITEM_COLUMNS = ("Item", "Publisher", "Publisher_ID", "Platform")
_IDENTIFIERS = ("DOI", "Proprietary_ID", "ISBN", "Print_ISSN", "Online_ISSN", "URI")
_VIEW_IDENTIFIERS = ("DOI", "Proprietary_ID", "URI")
_BEFORE_IDENTIFIERS = ("Authors", "Publication_Date", "Article_Version")
_AFTER_TYPE = ("YOP", "Access_Type", "Access_Method")


def columns_of(report: Definition, attributes: list[str]) -> list[str]:
    """Return the headings of a report's table in the Code's order, up to the figures."""
    extra = [name for name in _AFTER_TYPE if name in attributes]
    if not report.by_item:
        return ["Platform", "Data_Type", *extra]
    more = [name for name in _BEFORE_IDENTIFIERS if name in attributes]
    identifiers = _VIEW_IDENTIFIERS if report.is_view else _IDENTIFIERS
    return [*_ITEM_COLUMNS, *more, *identifiers, "Data_Type", *extra]


def table_rows(report: dict[str, Any], request: CounterRequest) -> Iterator[list[Any]]:
    """Yield the rows of the table: header, empty row, headings, then one row for each metric with usage."""
    yield from _header_rows(report["Report_Header"], request)
    yield []
    columns, months = columns_of(request.report, request.attributes), _months(request)
    yield [*columns, "Metric_Type", "Reporting_Period_Total", *(f"{month:%b-%Y}" for month in months)]
    for described, performance in _performances(report):
        for metric, counts in performance["Performance"].items():
            figures = [counts.get(f"{month:%Y-%m}", 0) for month in months]
            cells = {**described, **performance}
            yield [*(cells.get(name, "") for name in columns), metric, sum(counts.values()), *figures]


def _months(request: CounterRequest) -> list[date]:
    return [] if request.granularity == TOTALS else request.months


def _header_rows(header: dict[str, Any], request: CounterRequest) -> Iterator[list[Any]]:
    filters = {**header["Report_Filters"]}
    period = f"Begin_Date={filters.pop('Begin_Date')}; End_Date={filters.pop('End_Date')}"
    metrics = filters.pop("Metric_Type", None) or request.report.metrics
    attributes = dict(header.get("Report_Attributes", {}))
    if attributes.pop("Granularity", "") == TOTALS:
        attributes["Exclude_Monthly_Details"] = "True"
    yield ["Report_Name", header["Report_Name"]]
    yield ["Report_ID", header["Report_ID"]]
    yield ["Release", header["Release"]]
    yield ["Institution_Name", header["Institution_Name"]]
    yield ["Institution_ID", "; ".join(header["Institution_ID"]["Proprietary"])]
    yield ["Metric_Types", "; ".join(metrics)]
    yield ["Report_Filters", _pairs(filters)]
    yield ["Report_Attributes", _pairs(attributes)]
    yield ["Exceptions", "; ".join(_exception(each) for each in header.get("Exceptions", []))]
    yield ["Reporting_Period", period]
    yield ["Created", header["Created"]]
    yield ["Created_By", header["Created_By"]]
    yield ["Registry_Record", header["Registry_Record"]]


def _pairs(values: dict[str, Any]) -> str:
    return "; ".join(
        f"{name}={'|'.join(value) if isinstance(value, list) else value}" for name, value in values.items()
    )


def _exception(found: dict[str, Any]) -> str:
    return f"{found['Code']}: {found['Message']}" + (f" ({found['Data']})" if found.get("Data") else "")


def _performances(report: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for part in report["Report_Items"]:
        for item in part.get("Items", [part]):
            identifiers = item.get("Item_ID", {})
            described = {
                **{name: item.get(name, "") for name in ("Item", "Publisher", "Platform", "Publication_Date")},
                "Authors": "; ".join(_author(author) for author in item.get("Authors", [])),
                "Proprietary_ID": identifiers.get("Proprietary", ""),
                "URI": identifiers.get("URI", ""),
            }
            for performance in item["Attribute_Performance"]:
                yield described, performance


def _author(author: dict[str, str]) -> str:
    return f"{author['Name']} (ORCID:{author['ORCID']})" if "ORCID" in author else author["Name"]


def counter_tsv(report: dict[str, Any], request: CounterRequest) -> bytes:
    """Return the table as tab-separated values in UTF-8 with a byte order mark."""
    return write_tsv(table_rows(report, request))


def counter_xlsx(report: dict[str, Any], request: CounterRequest) -> bytes:
    """Return the table as a workbook of one sheet."""
    return write_xlsx([Sheet(request.report.identifier, table_rows(report, request), plain=True)])
