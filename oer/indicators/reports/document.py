"""The blocks of a report. Texts are ready to be read, in one language; numbers in tables stay numbers for XLSX."""

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from oer.indicators.quantities import show_figure

Value = str | Decimal | int | None
# Liberation Serif (OFL 1.1) has every Vietnamese letter, and the same widths as Times New Roman, which Decree
# 30/2020/NĐ-CP (annex I) prescribes for administrative documents: lines break in the same places on every machine.
FONT_FAMILY = "Liberation Serif"
FONT_FOLDER = Path(__file__).parent / "fonts"
FONT_FACES = {
    "embedRegular": FONT_FOLDER / "LiberationSerif-Regular.ttf",
    "embedBold": FONT_FOLDER / "LiberationSerif-Bold.ttf",
}


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 3."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; `kind` is plain, note (small), warning or box (a text box that somebody filled)."""

    text: str
    kind: str = "plain"


@dataclass(frozen=True)
class Facts:
    """Names and values in two columns."""

    rows: list[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """A table with its caption and header. `numbers` are the columns of figures, `widths` parts of the page's width.

    `sheet` is its name in a workbook; tables of one name and the same header are put below each other there, each row
    after `sheet_column` (a heading and a value), which tells them apart.
    """

    caption: str
    header: list[str]
    rows: list[list[Value]]
    numbers: frozenset[int] = frozenset()
    widths: tuple[int, ...] = ()
    sheet: str = ""
    sheet_column: tuple[str, str] | None = None

    def for_sheet(self) -> "Table":
        """Return the table with the column that it has in a workbook alone."""
        if self.sheet_column is None:
            return self
        heading, value = self.sheet_column
        rows: list[list[Value]] = [[value, *row] for row in self.rows]
        widths = (2, *self.widths) if self.widths else ()
        return Table(
            self.caption, [heading, *self.header], rows, frozenset(n + 1 for n in self.numbers), widths, self.sheet
        )


Block = Heading | Paragraph | Facts | Table


@dataclass(frozen=True)
class WriterLabels:
    """The few words that the writers put in themselves, in the report's language."""

    table: str
    page: str
    contents: str


@dataclass(frozen=True)
class ReportDocument:
    """A report: what stands on its first page, and its blocks in order; `annex_at` is the first block of its annex."""

    language: str
    title: str
    subtitle: str
    issuer: str
    facts: list[tuple[str, str]]
    blocks: list[Block]
    labels: WriterLabels
    landscape: bool = False
    signatures: list[str] = field(default_factory=list)
    annex_at: int | None = None

    @property
    def signed_at(self) -> int:
        """Before which block it is signed: that with which the annex begins, else behind the last one."""
        return len(self.blocks) if self.annex_at is None else self.annex_at

    def headings(self) -> list[Heading]:
        """Return the headings that stand in the table of contents."""
        return [block for block in self.blocks if isinstance(block, Heading) and block.level < 3]

    def tables(self) -> list[Table]:
        """Return the tables in order."""
        return [block for block in self.blocks if isinstance(block, Table)]


def show(value: Value, language: str) -> str:
    """Return a cell as it is read in a language."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return show_figure(value, language)
