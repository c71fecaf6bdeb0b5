"""Indicator sets as XLSX: a sheet for the set, one for its lines, one for their targets."""

import json
from collections.abc import Iterator
from typing import Any

from oer.core.errors import Unprocessable
from oer.core.i18n import N_
from oer.core.spreadsheets import Sheet, UnreadableWorkbook, read_xlsx, write_xlsx
from oer.indicators.set_files.documents import SCHEMA, LineDocument, SetDocument, field_names, set_from_plain, to_plain

NOT_XLSX = N_("This is not an XLSX workbook of an indicator set: %(why)s.")
TEXTS = ("wording", "label", "area", "group", "feature")
LANGUAGES = ("vi", "en")
TARGET_COLUMNS = ["line", "year", "grade", "value", "text"]
MOST_ROWS = 5000


def write_workbook(document: SetDocument) -> bytes:
    """Return a set as a workbook that can be corrected and read again."""
    plain = to_plain(document)
    lines = plain.pop("lines", [])
    columns = _line_columns()
    targets = [{"line": line["code"], **target} for line in lines for target in line.get("targets", [])]
    sheets = {
        "set": (["key", "value"], _set_rows(plain)),
        "lines": (columns, [[_cell_value(line, column) for column in columns] for line in lines]),
        "targets": (TARGET_COLUMNS, [[str(each.get(column, "")) for column in TARGET_COLUMNS] for each in targets]),
    }
    # Not escaped: the file is read back, and an apostrophe would become part of the wording.
    return write_xlsx(Sheet(name, rows, header, escape=False) for name, (header, rows) in sheets.items())


def read_workbook(content: bytes) -> list[SetDocument]:
    """Return the set of a workbook. Raises Unprocessable, naming what is wrong and where."""
    try:
        book = read_xlsx(content, most_rows=MOST_ROWS)
        rows = {name: list(_rows(book[name])) for name in ("set", "lines", "targets")}
    except (UnreadableWorkbook, KeyError) as error:
        raise Unprocessable(NOT_XLSX, why=str(error)[:100]) from None
    plain = _set_from(rows["set"])
    targets: dict[str, list[dict[str, Any]]] = {}
    for row in rows["targets"]:
        targets.setdefault(str(row.pop("line", "")), []).append(row)
    plain["lines"] = [_line_from(row, targets) for row in rows["lines"]]
    return [set_from_plain(plain)]


def _set_rows(plain: dict[str, Any]) -> Iterator[list[Any]]:
    yield ["schema", SCHEMA]
    for key, value in plain.items():
        if key == "name":
            yield from ([f"name.{language}", text] for language, text in value.items())
        else:
            yield [key, json.dumps(value, ensure_ascii=False) if key == "facts" else value]


def _line_columns() -> list[str]:
    columns = []
    for name in field_names(LineDocument):
        columns += [f"{name}.{language}" for language in LANGUAGES] if name in TEXTS else [name]
    return [column for column in columns if column != "targets"]


def _cell_value(line: dict[str, Any], column: str) -> str:
    name, _, language = column.partition(".")
    value = line.get(name, "")
    if language:
        return str(value.get(language, "")) if value else ""
    if name == "verification":
        return "; ".join(f"{part}={status}" for part, status in value.items()) if value else ""
    if name == "feeds_from":
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False) if name == "facts" and value else str(value)


def _rows(sheet: list[tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    header = [str(each or "") for each in (sheet[0] if sheet else ())]
    for row in sheet[1:]:
        if any(each not in (None, "") for each in row):
            yield {name: each for name, each in zip(header, row, strict=False) if name and each not in (None, "")}


def _set_from(rows: list[dict[str, Any]]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for row in rows:
        _put(plain, str(row.get("key", "")), row.get("value"))
    return plain


def _line_from(row: dict[str, Any], targets: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    line: dict[str, Any] = {}
    for column, value in row.items():
        _put(line, column, value)
    line["targets"] = targets.get(str(line.get("code", "")), [])
    return line


def _put(plain: dict[str, Any], key: str, value: Any) -> None:
    name, _, language = key.partition(".")
    if language:
        plain.setdefault(name, {})[language] = value
    elif name == "facts":
        plain[name] = _facts(value)
    elif name == "verification":
        plain[name] = dict(part.strip().split("=", 1) for part in str(value).split(";") if "=" in part)
    elif name == "feeds_from":
        plain[name] = [each.strip() for each in str(value).split(",") if each.strip()]
    else:
        plain[name] = value


def _facts(value: Any) -> Any:
    try:
        return json.loads(str(value))
    except ValueError:
        return value
