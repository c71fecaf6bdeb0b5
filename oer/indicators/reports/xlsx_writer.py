"""A report as a workbook: a sheet about the report, then its tables, with figures as numbers."""

from collections.abc import Iterator

from oer.core.spreadsheets import Sheet, write_xlsx
from oer.indicators.reports.document import Paragraph, ReportDocument, Table

ABOUT_WIDTHS = (28, 80)
CHARACTERS_PER_PART = 7
NARROWEST, WIDEST = 10, 60


def write_workbook(document: ReportDocument) -> bytes:
    """Return a report as a workbook."""
    return write_xlsx([_about(document), *_sheets(document)], title=document.title, author=document.issuer)


def _about(document: ReportDocument) -> Sheet:
    notes = [block.text for block in document.blocks if isinstance(block, Paragraph) and block.kind == "note"]
    rows = [(document.subtitle, ""), ("", ""), (document.issuer, ""), *document.facts, ("", "")]
    rows += [("", text) for text in dict.fromkeys(notes)]
    return Sheet(document.labels.contents, rows, title=document.title, widths=ABOUT_WIDTHS)


def _sheets(document: ReportDocument) -> Iterator[Sheet]:
    """Give the sheets of the tables; tables with the same name and header share one."""
    together: dict[tuple[str, tuple[str, ...]], list[Table]] = {}
    for number, table in enumerate((each.for_sheet() for each in document.tables()), 1):
        name = table.sheet or f"{document.labels.table} {number}"
        together.setdefault((name, tuple(table.header)), []).append(table)
    for number, ((name, header), tables) in enumerate(together.items(), 1):
        parts = tables[0].widths or (2,) * len(header)
        widths = [max(NARROWEST, min(WIDEST, CHARACTERS_PER_PART * part)) for part in parts]
        rows = [row for table in tables for row in table.rows]
        yield Sheet(f"{number}. {name}", rows, header, widths=widths, filtered=True)
