"""A COUNTER report as a table (Code of Practice 5.1, 3.2 and 4): one row for each metric, one column for each month."""

import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import xlsxwriter

from oer.core.spreadsheets import harmless
from oer.statistics.schemas.counter.definitions import Definition
from oer.statistics.schemas.counter.requests import CounterRequest

BYTE_ORDER_MARK = "\ufeff"
_ITEM_COLUMNS = ("Item", "Publisher", "Publisher_ID", "Platform")
_IDENTIFIERS = ("DOI", "Proprietary_ID", "ISBN", "Print_ISSN", "Online_ISSN", "URI")
_VIEW_IDENTIFIERS = ("DOI", "Proprietary_ID", "URI")
_BEFORE_IDENTIFIERS = ("Authors", "Publication_Date", "Article_Version")
_AFTER_TYPE = ("YOP", "Access_Type", "Access_Method")


def columns_of(report: Definition, attributes: list[str]) -> list[str]:
    """Return the headings of a report's table, in the Code's order, without those of the figures."""
    extra = [name for name in _AFTER_TYPE if name in attributes]
    if not report.by_item:
        return ["Platform", "Data_Type", *extra]
    more = [name for name in _BEFORE_IDENTIFIERS if name in attributes]
    identifiers = _VIEW_IDENTIFIERS if report.is_view else _IDENTIFIERS
    return [*_ITEM_COLUMNS, *more, *identifiers, "Data_Type", *extra]


def table_rows(report: dict[str, Any], request: CounterRequest) -> Iterator[list[Any]]:
    """Give the rows of the table: the header's, an empty one, the headings, then one for each metric with any use."""
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
    return [] if request.granularity == "Total" else request.months


def _header_rows(header: dict[str, Any], request: CounterRequest) -> Iterator[list[Any]]:
    filters = {**header["Report_Filters"]}
    period = f"Begin_Date={filters.pop('Begin_Date')}; End_Date={filters.pop('End_Date')}"
    metrics = filters.pop("Metric_Type", None) or request.report.metrics
    attributes = dict(header.get("Report_Attributes", {}))
    if attributes.pop("Granularity", "") == "Total":
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


def write_tsv(report: dict[str, Any], request: CounterRequest) -> bytes:
    """Return the table as tab-separated values in UTF-8 with a byte order mark."""
    lines = ("\t".join(_plain(cell) for cell in row) for row in table_rows(report, request))
    return (BYTE_ORDER_MARK + "\r\n".join(lines) + "\r\n").encode()


def _plain(cell: Any) -> str:
    return harmless(" ".join(cell.split())) if isinstance(cell, str) else str(cell)


def write_xlsx(report: dict[str, Any], request: CounterRequest) -> bytes:
    """Return the table as a workbook of one sheet."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(buffer, options)
    sheet = book.add_worksheet(request.report.identifier)
    for number, row in enumerate(table_rows(report, request)):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(number, column, _plain(cell))
            else:
                sheet.write_number(number, column, cell)
    book.close()
    return buffer.getvalue()
