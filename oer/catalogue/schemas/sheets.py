"""Materials as rows of a sheet: its columns, how a row is read and written. Reading what was written changes nothing.

A column goes by its code (`title.vi`), which its heading has in brackets: "Tên tiếng Việt (title.vi)". A heading that
begins with # is passed over. A cell that is empty takes a value away; a column that is not there leaves it as it is.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any, BinaryIO

from openpyxl import load_workbook

from oer.backends.extraction.archives import ArchiveLimits, check_archive
from oer.backends.extraction.encodings import decode_text
from oer.backends.extraction.zip_directory import ArchiveError
from oer.catalogue.fields import FIELDS, Field, Widget
from oer.core.errors import Invalid, OerError, TooLarge, Unprocessable
from oer.core.i18n import LANGUAGES, N_, translate
from oer.core.spreadsheets import Sheet, write_csv, write_xlsx
from oer.core.strict_json import read_json
from oer.vocabularies import vocabularies

SHEET_ENDINGS = (".csv", ".tsv", ".xlsx")
MOST_ROWS = 100_000
MOST_SHEET_BYTES = 50 * 1024**2
_MOST_COLUMNS = 300
# Texts of a workbook are in memory as a whole while it is read.
_UNPACKED = ArchiveLimits(entries=1000, total_bytes=256 * 1024**2, checks_nested=False)
IGNORED = "#"
_NOT_A_SHEET = N_("This is no sheet that can be read: it must be CSV, XLSX or JSON lines (one object on each line).")
_TOO_MANY_ROWS = N_("This sheet has more than %(most)s rows. Please split it.")
_NO_KEY = N_("The first row must name the columns, among them “identifier” or “id”.")
_UNKNOWN_COLUMN = N_("There is no column “%(name)s”. Begin it with # if it is to be passed over.")
_NEARLY_A_COLUMN = N_("There is no column “%(name)s”. Is it “%(nearest)s”? Begin it with # if it is to be passed over.")
_TWICE = N_("The column “%(name)s” is there twice.")
_BEYOND = N_("This row has more cells than there are columns.")
_NOT_JSON = N_("This must be JSON.")
_OF_FILES = frozenset({"files", "content"})
_BEGINS_FORMULA = tuple("=+-@\t\r\n＝＋－＠")


@dataclass(frozen=True)
class Row:
    """A row by the number that a spreadsheet shows: what it says as a line of an import, or what is wrong with it.

    `columns` are those that its sheet has; None: a line of JSON says all there is to say.
    """

    number: int
    line: Any = None
    error: OerError | None = None
    columns: frozenset[str] | None = None


@dataclass(frozen=True)
class Column:
    """A column: its code, its label, how its cell is read and written, and the field that it belongs to."""

    code: str
    label: str
    read: Callable[[str], Any]
    write: Callable[[Any], str]
    field: Field | None = None
    language: str = ""

    def heading(self, language: str) -> str:
        """Return what stands above it."""
        label = translate(language, self.label) if self.label else ""
        return f"{label} ({self.code})" if label and label != self.code else self.code

    def value_in(self, record: Mapping[str, Any]) -> Any:
        """Return its value in a record, None if the record has none."""
        value = self.field.of(record) if self.field else None
        return (value or {}).get(self.language) if self.language else value


def read_list(cell: str) -> list[str]:
    """Return the entries of a cell: one on each line, or on one line with semicolons between them."""
    parts = cell.split("\n") if "\n" in cell else cell.split(";")
    return [part.strip() for part in parts if part.strip()]


def write_list(entries: Iterable[str]) -> str:
    """Return entries as the text of a cell, so that `read_list` gives them back."""
    entries = list(entries)
    if any(";" in each for each in entries):
        return "\n".join(entries) + ("\n" if len(entries) == 1 else "")
    return "; ".join(entries)


def _parts(text: str) -> list[str]:
    return [part.strip().replace("\\|", "|") for part in re.split(r"(?<!\\)\|", text)]


def _of_parts(values: Sequence[str]) -> str:
    kept = [value.replace("|", "\\|") for value in values]
    while kept and not kept[-1]:
        kept.pop()
    return " | ".join(kept)


def _objects(names: Sequence[str]) -> tuple[Callable[[str], Any], Callable[[Any], str]]:
    """Return how to read and write a list of objects: the values of each, with | between them."""

    def read(cell: str) -> list[dict[str, str]]:
        found = []
        for entry in read_list(cell):
            values = _parts(entry)
            if len(values) > len(names):
                raise Invalid(N_("“%(entry)s” has more than %(most)s parts."), entry=entry[:100], most=len(names))
            found.append({name: value for name, value in zip(names, values, strict=False) if value})
        return found

    def write(value: Any) -> str:
        return write_list(_of_parts([str(each.get(name, "")) for name in names]) for each in value)

    return read, write


def _codes(of: Field) -> Callable[[str], Any]:
    """Return how a code is read: what is the label of a term, in whatever language, is its code."""
    names: dict[str, str] = {}

    def read(text: str) -> str:
        if not of.vocabulary or text in vocabularies().scheme(of.vocabulary):
            return text
        if not names:
            for term in vocabularies().scheme(of.vocabulary):
                for label in (*term.labels.values(), term.facts.get("short")):
                    names.setdefault(str(label or "").casefold(), term.code)
        return names.get(text.casefold(), text)

    return read


def _same(value: Any) -> Any:
    return value


def _columns_of(of: Field, languages: Sequence[str]) -> Iterator[Column]:
    is_by_language = isinstance(of.label, Mapping)
    if is_by_language:
        points = of.widget is Widget.LIST
        read: Callable[[str], Any] = (lambda cell: cell.split("\n")) if points else _same
        write: Callable[[Any], str] = "\n".join if points else str
        labels = of.label if isinstance(of.label, Mapping) else {}
        for language in languages:
            label = of.legend or labels.get(language, "")
            yield Column(f"{of.name}.{language}", label, read, write, of, language)
    elif of.widget is Widget.CREATORS:
        yield Column(of.name, N_("Authors"), *_objects(("name", "role", "affiliation", "orcid")), of)
    elif of.name == "relations":
        yield Column(of.name, "", *_objects(("type", "target")), of)
    elif of.widget in {Widget.SELECTS, Widget.TREE_SELECTS, Widget.CHECKBOXES, Widget.WORDS}:
        code = _codes(of)
        yield Column(of.name, of.heading, lambda cell: list(map(code, read_list(cell))), write_list, of)
    elif of.widget is Widget.NONE:
        yield Column(of.name, of.heading, _json_cell, lambda value: json.dumps(value, ensure_ascii=False), of)
    else:
        yield Column(of.name, of.heading, _codes(of), str, of)


def _json_cell(cell: str) -> Any:
    try:
        return json.loads(cell)
    except ValueError:
        raise Invalid(_NOT_JSON) from None


_read_files, _write_files = _objects(("name", "role", "language"))


def columns(languages: Sequence[str] = LANGUAGES) -> list[Column]:
    """Return all columns, with one for each of these languages where texts differ by language."""
    return [
        Column("id", "", _same, str),
        Column("identifier", "", _same, str),
        *(each for of in FIELDS for each in _columns_of(of, languages)),
        Column("files", N_("Files"), _read_files, _write_files),
        Column("content", N_("Text of the material"), _same, str),
    ]


@dataclass(frozen=True)
class _Head:
    columns: Sequence[Column | None]
    codes: frozenset[str] = field(default_factory=frozenset)


def _read_head(cells: Sequence[str]) -> _Head:
    known = {each.code: each for each in columns([term.code for term in vocabularies().languages])}
    labels = {
        name.casefold(): each
        for each in columns()
        for language in LANGUAGES
        for name in (each.heading(language), translate(language, each.label) if each.label else each.code)
    }
    found: list[Column | None] = []
    for cell in cells[:_MOST_COLUMNS]:
        name = " ".join(cell.split())
        in_brackets = re.search(r"\(([\w.-]+)\)$", name)
        column = known.get(in_brackets[1] if in_brackets else name) or labels.get(name.casefold())
        if column is None and name and not name.startswith(IGNORED):
            alike = [*(f"{name}.{each}" for each in LANGUAGES), *get_close_matches(name, known, n=1, cutoff=0.7)]
            nearest = next((code for code in alike if code in known), "")
            words = _NEARLY_A_COLUMN if nearest else _UNKNOWN_COLUMN
            raise Unprocessable(words, code="sheet", name=name[:100], nearest=nearest)
        if column is not None and column in found:
            raise Unprocessable(_TWICE, code="sheet", name=column.code)
        found.append(column)
    codes = frozenset(each.code for each in found if each is not None)
    if not codes & {"id", "identifier"}:
        raise Unprocessable(_NO_KEY, code="sheet")
    return _Head(found, codes)


def _read_row(number: int, head: _Head, cells: Sequence[str]) -> Row:
    line: dict[str, Any] = {"metadata": {}}
    if any(cell.strip() for cell in cells[len(head.columns) :]):
        return Row(number, error=Invalid(_BEYOND), columns=head.codes)
    for column, cell in zip(head.columns, cells, strict=False):
        if column is None or not cell.strip():
            continue
        try:
            value = column.read(cell if column.code == "content" else cell.replace("\r\n", "\n").strip(" "))
        except Invalid as error:
            return Row(number, error=Invalid(error.message, field=column.code, **error.values), columns=head.codes)
        if column.field is None:
            line[column.code] = value
        elif column.language:
            _at(line["metadata"], column.field.name)[column.language] = value
        else:
            column.field.put(line["metadata"], value)
    return Row(number, line, columns=head.codes)


def _at(record: dict[str, Any], path: str) -> dict[str, Any]:
    for part in path.split("."):
        record = record.setdefault(part, {})
    return record


def read_sheet(file: BinaryIO, name: str) -> Iterator[Row]:
    """Give the rows of a sheet (CSV, XLSX, JSON lines: what it is, its name and content say); empty ones are left out.

    CSV may be in UTF-8, UTF-16 or Windows-1258, with commas, semicolons or tabs. Of a formula its last value counts.
    Raises TooLarge, Unprocessable for what is no sheet, or has columns that there are not.
    """
    if file.seek(0, 2) > MOST_SHEET_BYTES:
        raise TooLarge(_TOO_MANY_ROWS, most=MOST_ROWS)
    file.seek(0)
    start = file.read(4)
    file.seek(0)
    if start.startswith(b"PK"):
        rows = _numbered(_workbook_rows(file))
    elif name.lower().endswith((".jsonl", ".ndjson", ".json")):
        yield from _json_rows(file)
        return
    else:
        rows = _numbered(_csv_rows(file.read()))
    head: _Head | None = None
    for number, cells in rows:
        if head is None:
            head = _read_head(cells)
        else:
            yield _read_row(number, head, cells)
    if head is None:
        raise Unprocessable(_NO_KEY, code="sheet")


def _numbered(rows: Iterable[Sequence[str]]) -> Iterator[tuple[int, Sequence[str]]]:
    for number, cells in enumerate(rows, 1):
        if number > MOST_ROWS + 1:
            raise TooLarge(_TOO_MANY_ROWS, most=MOST_ROWS)
        if any(cell.strip() for cell in cells):
            yield number, cells


def _json_rows(file: BinaryIO) -> Iterator[Row]:
    for number, written in enumerate(file, 1):
        if number > MOST_ROWS:
            raise TooLarge(_TOO_MANY_ROWS, most=MOST_ROWS)
        text = written.removeprefix(b"\xef\xbb\xbf") if number == 1 else written
        if text.strip():
            try:
                yield Row(number, read_json(text))
            except OerError as error:
                yield Row(number, error=error)


def _csv_rows(content: bytes) -> Iterator[list[str]]:
    if b"\0" in content[:2000] and not content.startswith((b"\xff\xfe", b"\xfe\xff")) and content[:200].count(0) < 20:
        raise Unprocessable(_NOT_A_SHEET, code="sheet")
    text = decode_text(content).removeprefix("\ufeff")
    first = text.partition("\n")[0]
    if first.startswith("sep=") and len(first.strip()) == 5:  # as Excel writes it
        delimiter, text = first[4], text.partition("\n")[2]
    else:
        delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(MOST_SHEET_BYTES)
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            yield [_unescaped(cell) for cell in cells]
    except csv.Error as error:
        raise Unprocessable(_NOT_A_SHEET, code="sheet") from error


def _unescaped(cell: str) -> str:
    """Take the apostrophe away that `core.spreadsheets.escape_formula` put before a text."""
    return cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(_BEGINS_FORMULA) else cell


def _workbook_rows(file: BinaryIO) -> Iterator[list[str]]:
    try:
        check_archive(file, _UNPACKED)
        file.seek(0)
        book = load_workbook(file, read_only=True, data_only=True)
        try:
            for row in book.worksheets[0].iter_rows(values_only=True, max_col=_MOST_COLUMNS):
                yield [_cell_text(cell) for cell in row]
        finally:
            book.close()
    except OerError:
        raise
    except (ArchiveError, Exception) as error:  # whatever openpyxl meets in what is no workbook
        raise Unprocessable(_NOT_A_SHEET, code="sheet") from error


def _cell_text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def written_columns(records: Iterable[Mapping[str, Any]]) -> list[Column]:
    """Return the columns that records need: those of our languages, and of others that one of them has."""
    by_language = [of for of in FIELDS if isinstance(of.label, Mapping)]
    used = {language for record in records for of in by_language for language in of.of(record) or ()}
    known = vocabularies().languages
    return columns([*LANGUAGES, *(term.code for term in known if term.code in used and term.code not in LANGUAGES)])


def written_row(record: Mapping[str, Any], given: Mapping[str, str], among: Sequence[Column]) -> list[str]:
    """Return the cells of a record; `given` are those of columns that are no field."""
    cells = []
    for column in among:
        value = column.value_in(record) if column.field else given.get(column.code)
        cells.append(column.write(value) if value else "")
    return cells


@dataclass(frozen=True)
class Written:
    """A material as it is written into a sheet. `others` are columns to look at alone, by their headings."""

    public_id: str
    identifier: str
    record: Mapping[str, Any]
    others: Mapping[str, str] = field(default_factory=dict)


def write_materials(materials: Sequence[Written], ending: str, language: str) -> bytes:
    """Return materials as "csv", "xlsx" or "jsonl", in columns that `read_sheet` reads."""
    if ending == "jsonl":
        lines = ({"id": each.public_id, "identifier": each.identifier, "metadata": each.record} for each in materials)
        whole = ({name: value for name, value in line.items() if value} for line in lines)
        return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in whole).encode()
    among = [each for each in written_columns(each.record for each in materials) if each.code not in _OF_FILES]
    others = list(dict.fromkeys(name for each in materials for name in each.others))
    head = [*(column.heading(language) for column in among), *(f"{IGNORED} {name}" for name in others)]
    rows = [
        [
            *written_row(each.record, {"id": each.public_id, "identifier": each.identifier}, among),
            *(each.others.get(name, "") for name in others),
        ]
        for each in materials
    ]
    if ending == "csv":
        return write_csv([head, *rows])
    # Not escaped: it is read back, and no text of a workbook is run.
    return write_xlsx([Sheet(translate(language, N_("Materials")), rows, head, escape=False, plain=not rows)])
