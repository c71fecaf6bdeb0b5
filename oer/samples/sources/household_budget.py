"""The household budget workbook: a plan, a diary, the year and a goal, with formulas and their results."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter
import yaml

GREEN = "#0b5a4b"
FONT = {"font_name": "Arial", "font_size": 12, "valign": "vcenter"}
FRAMED = {**FONT, "border": 1}
MONEY = {**FRAMED, "num_format": "#,##0"}
CELL_STYLES: dict[str, dict[str, Any]] = {
    "title": {**FONT, "bold": True, "font_size": 20, "font_color": GREEN},
    "head": {**FRAMED, "bold": True, "bg_color": GREEN, "font_color": "#ffffff", "text_wrap": True},
    "text": FRAMED,
    "plain": {**FONT, "text_wrap": True, "valign": "top"},
    "money": MONEY,
    "input": {**MONEY, "bg_color": "#fdf6e6"},
    "total": {**MONEY, "bold": True, "bg_color": "#e9f1ee"},
    "percent": {**FRAMED, "num_format": "0%"},
    "date": {**FRAMED, "num_format": "dd/mm/yyyy"},
    "month": {**FRAMED, "num_format": "mm/yyyy", "bg_color": "#fdf6e6", "bold": True},
    "label": {**FRAMED, "bold": True, "bg_color": "#e9f1ee"},
    "empty_date": {**FONT, "num_format": "dd/mm/yyyy"},
    "empty_money": {**FONT, "num_format": "#,##0"},
}


MONTH = date(2026, 3, 1)
DIARY_ROWS = 600


@dataclass(frozen=True)
class Entry:
    """One line of the diary; `group` is the key of an income or spending group."""

    day: date
    what: str
    group: str
    amount: int


def write_budget(words_file: Path, language: str, target: Path) -> None:
    """Writes the workbook in one language; words, groups and the example come from the YAML file."""
    source = yaml.safe_load(words_file.read_text("utf-8"))
    _Workbook(source, language, target).write()


class _Workbook:
    def __init__(self, source: dict[str, Any], language: str, target: Path) -> None:
        self.words: dict[str, str] = source["words"][language]
        self.groups: list[dict[str, Any]] = source["groups"]
        self.language = language
        self.entries = [
            Entry(date.fromisoformat(str(e[0])), e[{"vi": 1, "en": 2}[language]], e[3], e[4]) for e in source["diary"]
        ]
        self.goal: list[tuple[str, str | int, int]] = source["goal"]
        self.guide: list[str] = source["guide"][language]
        self.book = xlsxwriter.Workbook(str(target), {"default_date_format": "dd/mm/yyyy"})
        self.looks = {name: self.book.add_format(look) for name, look in CELL_STYLES.items()}

    def write(self) -> None:
        self.book.set_properties(
            {"title": self.words["title"], "author": self.words["publisher"], "comments": "CC BY 4.0"}
        )
        self._guide()
        self._plan()
        self._diary()
        self._year()
        self._goal()
        self.book.close()

    def _sheet(self, key: str, widths: list[int]) -> Any:
        sheet = self.book.add_worksheet(self.words[key])
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.write("A1", self.words[f"{key}_title"], self.looks["title"])
        sheet.set_default_row(22)
        sheet.set_row(0, 34)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        return sheet

    def _head(self, sheet: Any, row: int, keys: list[str]) -> None:
        for column, key in enumerate(keys):
            sheet.write(row, column, self.words[key], self.looks["head"])

    def _guide(self) -> None:
        sheet = self._sheet("guide", [82])
        for row, line in enumerate(self.guide, 2):
            sheet.write(row, 0, line, self.looks["plain"])
            sheet.set_row(row, 20 * -(-len(line) // 76) + 6)
        sheet.hide_gridlines(2)

    def _actual(self, group: str, month: date) -> int:
        return sum(
            e.amount
            for e in self.entries
            if e.group == group and (e.day.year, e.day.month) == (month.year, month.month)
        )

    def _notes(self, letter: str) -> str:
        return f"'{self.words['diary']}'!${letter}$3:${letter}${DIARY_ROWS + 2}"

    def _sum_formula(self, kind: str, month: str, group: str = "") -> str:
        """The sum of a month's notes, income or spending, of one group (the cell of its name) or of all."""
        days, amounts = self._notes("A"), self._notes("D" if kind == "income" else "E")
        of_group = f",{self._notes('C')},{group}" if group else ""
        return f'SUMIFS({amounts}{of_group},{days},">="&{month},{days},"<"&EDATE({month},1))'

    def _plan(self) -> None:
        sheet = self._sheet("plan", [34, 18, 18, 18, 14])
        sheet.write("A2", self.words["month"], self.looks["label"])
        sheet.write_datetime("B2", MONTH, self.looks["month"])
        row = 3
        totals: dict[str, int] = {}
        for kind in ("income", "spending"):
            self._head(sheet, row, [kind, "planned", "actual", "left" if kind == "spending" else "difference", "share"])
            members = [group for group in self.groups if group["kind"] == kind]
            for offset, group in enumerate(members, 1):
                self._plan_row(sheet, row + offset, group, kind)
            totals[kind] = row + len(members) + 1
            self._plan_total(sheet, row + 1, totals[kind], members, kind)
            row = totals[kind] + 2
        self._balance(sheet, row, totals)
        sheet.freeze_panes(3, 1)

    def _plan_row(self, sheet: Any, row: int, group: dict[str, Any], kind: str) -> None:
        line, planned = row + 1, group["plan"]
        actual = self._actual(group["key"], MONTH)
        sheet.write(row, 0, group[self.language], self.looks["text"])
        sheet.write(row, 1, planned, self.looks["input"])
        sheet.write_formula(
            row,
            2,
            "=" + self._sum_formula(kind, "$B$2", f"$A{line}"),
            self.looks["money"],
            actual,
        )
        difference, result = (
            (f"=B{line}-C{line}", planned - actual) if kind == "spending" else (f"=C{line}-B{line}", actual - planned)
        )
        sheet.write_formula(row, 3, difference, self.looks["money"], result)
        sheet.write_formula(
            row, 4, f"=IF(B{line}=0,0,C{line}/B{line})", self.looks["percent"], actual / planned if planned else 0
        )

    def _plan_total(self, sheet: Any, first: int, row: int, members: list[dict[str, Any]], kind: str) -> None:
        planned = sum(group["plan"] for group in members)
        actual = sum(self._actual(group["key"], MONTH) for group in members)
        sheet.write(row, 0, self.words["total"], self.looks["label"])
        for column, value in (
            (1, planned),
            (2, actual),
            (3, planned - actual if kind == "spending" else actual - planned),
        ):
            letter = "ABCD"[column]
            sheet.write_formula(row, column, f"=SUM({letter}{first + 1}:{letter}{row})", self.looks["total"], value)
        sheet.write_formula(
            row, 4, f"=IF(B{row + 1}=0,0,C{row + 1}/B{row + 1})", self.looks["percent"], actual / planned
        )

    def _balance(self, sheet: Any, row: int, totals: dict[str, int]) -> None:
        sheet.write(row, 0, self.words["balance"], self.looks["label"])
        for column, letter in ((1, "B"), (2, "C")):
            value = self._all("income", column) - self._all("spending", column)
            formula = f"={letter}{totals['income'] + 1}-{letter}{totals['spending'] + 1}"
            sheet.write_formula(row, column, formula, self.looks["total"], value)

    def _all(self, kind: str, column: int) -> int:
        members = [group for group in self.groups if group["kind"] == kind]
        return sum(group["plan"] if column == 1 else self._actual(group["key"], MONTH) for group in members)

    def _diary(self) -> None:
        sheet = self._sheet("diary", [14, 40, 30, 16, 16])
        self._head(sheet, 1, ["day", "what", "group", "in", "out"])
        names = {group["key"]: group[self.language] for group in self.groups}
        kinds = {group["key"]: group["kind"] for group in self.groups}
        for row in range(2, DIARY_ROWS + 2):
            if row - 2 < len(self.entries):
                entry = self.entries[row - 2]
                sheet.write_datetime(row, 0, entry.day, self.looks["date"])
                sheet.write(row, 1, entry.what, self.looks["text"])
                sheet.write(row, 2, names[entry.group], self.looks["text"])
                sheet.write(row, 3 if kinds[entry.group] == "income" else 4, entry.amount, self.looks["money"])
        sheet.data_validation(
            2,
            2,
            DIARY_ROWS + 1,
            2,
            {
                "validate": "list",
                "source": [group[self.language] for group in self.groups],
                "error_message": self.words["choose"][:255],
            },
        )
        sheet.freeze_panes(2, 0)
        sheet.autofilter(1, 0, DIARY_ROWS + 1, 4)
        sheet.set_column(0, 0, 14, self.looks["empty_date"])
        sheet.set_column(3, 4, 16, self.looks["empty_money"])

    def _year(self) -> None:
        sheet = self._sheet("year", [16, 18, 18, 18])
        self._head(sheet, 1, ["month", "income", "spending", "balance"])
        for number in range(12):
            self._month(sheet, number + 2, date(MONTH.year, number + 1, 1))
        self._year_total(sheet)
        self._chart(sheet)

    def _month(self, sheet: Any, row: int, month: date) -> None:
        line, serial = row + 1, (month - date(1899, 12, 30)).days
        if month.month == 1:
            sheet.write_datetime(row, 0, month, self.looks["month"])
        else:
            sheet.write_formula(row, 0, f"=EDATE(A{line - 1},1)", self.looks["month"], serial)
        sums: list[int] = []
        for column, kind in enumerate(("income", "spending"), 1):
            sums.append(sum(self._actual(group["key"], month) for group in self.groups if group["kind"] == kind))
            formula = "=" + self._sum_formula(kind, f"A{line}")
            sheet.write_formula(row, column, formula, self.looks["money"], sums[-1])
        sheet.write_formula(row, 3, f"=B{line}-C{line}", self.looks["money"], sums[0] - sums[1])

    def _year_total(self, sheet: Any) -> None:
        incomes = {group["key"] for group in self.groups if group["kind"] == "income"}
        income = sum(e.amount for e in self.entries if e.group in incomes)
        spending = sum(e.amount for e in self.entries if e.group not in incomes)
        sheet.write(14, 0, self.words["total"], self.looks["label"])
        for column, value in ((1, income), (2, spending), (3, income - spending)):
            letter = "ABCD"[column]
            sheet.write_formula(14, column, f"=SUM({letter}3:{letter}14)", self.looks["total"], value)

    def _chart(self, sheet: Any) -> None:
        chart = self.book.add_chart({"type": "column"})
        name = self.words["year"]
        for column, key, colour in ((1, "income", GREEN), (2, "spending", "#f3b63f")):
            series = {
                "name": self.words[key],
                "categories": [name, 2, 0, 13, 0],
                "values": [name, 2, column, 13, column],
                "fill": {"color": colour},
            }
            chart.add_series(series)
        chart.set_title({"name": self.words["chart"]})
        chart.set_x_axis({"text_axis": True, "num_format": "mm/yyyy"})
        chart.set_y_axis({"num_format": "#,##0"})
        chart.set_legend({"position": "bottom"})
        chart.set_size({"width": 760, "height": 320})
        sheet.insert_chart("A17", chart, {"description": self.words["chart_alt"]})

    def _goal(self) -> None:
        sheet = self._sheet("goal", [52, 20])
        for row, (key, value, result) in enumerate(self.goal, 2):
            sheet.write(row, 0, self.words[key], self.looks["label"])
            if isinstance(value, str):
                sheet.write_formula(row, 1, value, self.looks["total"], result)
            else:
                sheet.write(row, 1, value, self.looks["input"])
        sheet.write(10, 0, self.words["goal_note"], self.looks["plain"])
        sheet.set_row(10, 66)
