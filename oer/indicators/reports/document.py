"""A report as a document of blocks, in one language. Numbers in tables stay numbers, for XLSX."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from oer import core
from oer.indicators.quantities import show_figure
from oer.indicators.reports.form import AdministrativeForm

Value = str | Decimal | int | None
# Liberation Serif (OFL 1.1) has every Vietnamese letter, and the same widths as Times New Roman, which Decree
# 30/2020/NĐ-CP (annex I) prescribes for administrative documents: lines break in the same places on every machine.
FONT_FAMILY = "Liberation Serif"
FONT_FOLDER = Path(core.__file__).parent / "fonts"
FONT_FACES = {
    "embedRegular": FONT_FOLDER / "LiberationSerif-Regular.ttf",
    "embedBold": FONT_FOLDER / "LiberationSerif-Bold.ttf",
    "embedItalic": FONT_FOLDER / "LiberationSerif-Italic.ttf",
    "embedBoldItalic": FONT_FOLDER / "LiberationSerif-BoldItalic.ttf",
}


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 3."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; `kind` is plain, note (small), warning or box (from a text box)."""

    text: str
    kind: str = "plain"


@dataclass(frozen=True)
class Facts:
    """Names and values in two columns."""

    rows: list[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """A table with caption and header. `numbers` are the columns with figures, `widths` relative column widths.

    `sheet` is its name in a workbook. Tables with the same name and header share one sheet there, and `sheet_column` (a
    heading and a value) is put before each row to tell them apart.
    """

    caption: str
    header: list[str]
    rows: list[list[Value]]
    numbers: frozenset[int] = frozenset()
    widths: tuple[int, ...] = ()
    sheet: str = ""
    sheet_column: tuple[str, str] | None = None

    def for_sheet(self) -> "Table":
        """Return the table with the column that it only has in workbooks."""
        if self.sheet_column is None:
            return self
        heading, value = self.sheet_column
        rows: list[list[Value]] = [[value, *row] for row in self.rows]
        widths = (2, *self.widths) if self.widths else ()
        return Table(
            self.caption, [heading, *self.header], rows, frozenset(n + 1 for n in self.numbers), widths, self.sheet
        )


# A date or a number stays on one line: in a column that is too narrow, Word breaks it at any letter.
_UNBROKEN = re.compile(r"[-+]?\d[\d.,/-]*")
# Of Liberation Serif at 9.5 pt, a letter of bold words; the space within a cell and its line.
DIGIT_POINTS, LETTER_POINTS, CELL_POINTS = 4.75, 5.3, 12


def column_points(table: Table, language: str, total: float) -> list[float]:
    """Return the widths of a table's columns in points, `total` together.

    They are as `widths` says, but none is narrower than the dates and numbers in it, nor, where that
    leaves room, than the longest word of its heading.
    """
    parts = list(table.widths) or [1] * len(table.header)
    needed = [_points_needed(show(row[n], language) for row in table.rows) for n in range(len(parts))]
    longest = [max(map(len, words.split()), default=0) for words in table.header]
    with_words = [max(at, LETTER_POINTS * word + CELL_POINTS) for at, word in zip(needed, longest, strict=True)]
    widths, fit = _widened(parts, with_words, total)
    return widths if fit else _widened(parts, needed, total)[0]


def _widened(parts: Sequence[int], needed: Sequence[float], total: float) -> tuple[list[float], bool]:
    """Return the widths, and whether every column has what it needs: half of the room stays for the others."""
    fixed: dict[int, float] = {}
    while True:
        left = total - sum(fixed.values())
        share = left / (sum(part for n, part in enumerate(parts) if n not in fixed) or 1)
        narrow = {n: needed[n] for n, part in enumerate(parts) if n not in fixed and needed[n] > part * share}
        if not narrow or sum(narrow.values()) > left / 2:
            return [fixed.get(n, part * share) for n, part in enumerate(parts)], not narrow
        fixed |= narrow


def _points_needed(texts: Iterable[str]) -> float:
    longest = max((len(text) for text in texts if _UNBROKEN.fullmatch(text)), default=0)
    return longest * DIGIT_POINTS + CELL_POINTS if longest else 0


@dataclass(frozen=True)
class Answers:
    """Answers in words, each after what it answers: paragraphs in a document, rows of a sheet in a workbook."""

    caption: str
    header: tuple[str, str]
    rows: list[tuple[str, str]]
    sheet: str

    def for_sheet(self) -> Table:
        """Return the answers as a table of a workbook."""
        rows: list[list[Value]] = [[self.caption, *row] for row in self.rows]
        return Table(self.caption, ["", *self.header], rows, widths=(6, 6, 12), sheet=self.sheet)


@dataclass(frozen=True)
class Bar:
    """A bar of a chart: a percentage, the words that are shown beside it, and the percentage it should reach."""

    label: str
    percent: Decimal
    shown: str
    target: Decimal | None = None


@dataclass(frozen=True)
class Chart:
    """Percentages as lying bars. Whatever it draws also stands in words at the bars."""

    caption: str
    bars: list[Bar]

    @property
    def in_words(self) -> str:
        """What it shows, for those who do not see it."""
        return "; ".join(f"{each.label}: {each.shown}" for each in self.bars)


@dataclass(frozen=True)
class PageBreak:
    """What follows begins on a page of its own."""


Block = Heading | Paragraph | Facts | Table | Answers | Chart | PageBreak


@dataclass(frozen=True)
class WriterLabels:
    """The words that the writers add themselves, in the language of the report."""

    table: str
    page: str
    contents: str
    figure: str = ""
    target: str = ""


@dataclass(frozen=True)
class ReportDocument:
    """A report: the texts of its first page, and its blocks; `annex_at` is the index of the annex's first block.

    With a `form` it is an administrative document: that stands around the blocks, in the place of title and issuer.
    """

    language: str
    title: str
    subtitle: str
    issuer: str
    facts: list[tuple[str, str]]
    blocks: list[Block]
    labels: WriterLabels
    landscape: bool = False
    form: AdministrativeForm | None = None
    annex_at: int | None = None

    @property
    def signed_at(self) -> int:
        """The index of the block before which the signature stands: the annex, or the end."""
        return len(self.blocks) if self.annex_at is None else self.annex_at

    def headings(self) -> list[Heading]:
        """Return the headings of the table of contents."""
        return [block for block in self.blocks if isinstance(block, Heading) and block.level < 3]

    def tables(self) -> list[Table]:
        """Return the tables in order."""
        return [block for block in self.blocks if isinstance(block, Table)]


def show(value: Value, language: str) -> str:
    """Return the text of a cell in a language."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return show_figure(value, language)
