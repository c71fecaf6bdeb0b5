"""Word documents (Office Open XML, ISO/IEC 29500): headings, lists, tables with header rows, pictures with alt text."""

from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from oer.samples.sources import figures
from oer.samples.sources.archives import LANGUAGE_TAGS, filled, write_archive
from oer.samples.sources.pages import PUBLISHER, RIGHTS, Text
from oer.samples.sources.texts import Block, Run, to_blocks

KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
CORE = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
EMU_PER_POINT = 12700
TEXT_WIDTH = 480  # points between the margins of an A4 page
TABLE_WIDTH = 9638  # the same in twentieths of a point


def write_docx(text: Text, target: Path, workshop: Path) -> None:
    """Writes a text as a Word document; `---` in it begins a new page."""
    blocks = to_blocks(text.markdown, text.folder)
    document = _Document(workshop)
    body = document.title(text) + "".join(document.block(block) for block in blocks)
    facts = {"language": LANGUAGE_TAGS[text.language], "creator": escape(PUBLISHER[text.language])}
    members: dict[str, bytes | str] = {
        "[Content_Types].xml": filled("docx/content-types.xml"),
        "_rels/.rels": relations(
            [(f"{KINDS}/officeDocument", "word/document.xml", False), (CORE, "docProps/core.xml", False)]
        ),
        "docProps/core.xml": filled("docx/core.xml", title=escape(text.title), **facts),
        "word/document.xml": filled("docx/document.xml", body=body),
        "word/styles.xml": filled("docx/styles.xml", **facts),
        "word/numbering.xml": filled("docx/numbering.xml", lists=_lists(blocks)),
        "word/settings.xml": filled("docx/settings.xml", **facts),
        "word/footer1.xml": filled("docx/footer1.xml", **facts),
        "word/_rels/document.xml.rels": relations(document.links),
    }
    write_archive(target, members | document.media)


def relations(entries: list[tuple[str, str, bool]]) -> str:
    """A relationships part: (kind, target, whether it lies outside the package), numbered from rId1."""
    lines = [
        f'<Relationship Id="rId{number}" Type="{kind}" Target={quoteattr(target)}{_outside(outside)}/>'
        for number, (kind, target, outside) in enumerate(entries, 1)
    ]
    return f'{HEAD}<Relationships xmlns="{PACKAGE}">{"".join(lines)}</Relationships>'


def _outside(outside: bool) -> str:
    return ' TargetMode="External"' if outside else ""


def _lists(blocks: list[Block]) -> str:
    """Each list of the text has a `num` of its own, so that its numbers begin at 1."""
    lists = {block.list_number: block.ordered for block in blocks if block.kind == "item"}
    restart = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>'
    return "".join(
        f'<w:num w:numId="{number}"><w:abstractNumId w:val="{int(ordered)}"/>{restart if ordered else ""}</w:num>'
        for number, ordered in lists.items()
    )


class _Document:
    """Collects the pictures and links of one document while its body is written."""

    def __init__(self, workshop: Path) -> None:
        self.workshop = workshop
        self.media: dict[str, bytes | str] = {}
        parts = {
            "styles": "styles.xml",
            "numbering": "numbering.xml",
            "settings": "settings.xml",
            "footer": "footer1.xml",
        }
        self.links = [(f"{KINDS}/{kind}", target, False) for kind, target in parts.items()]

    def title(self, text: Text) -> str:
        rights = f"{PUBLISHER[text.language]}. {RIGHTS[text.language]}"
        lines = (("Title", text.title), ("Subtitle", text.subtitle), ("Rights", rights))
        return "".join(_paragraph(style, _run(Run(line))) for style, line in lines)

    def block(self, block: Block) -> str:
        if block.kind == "heading":
            return _paragraph(f"Heading{block.level - 1}", self._runs(block.runs))
        if block.kind == "item":
            number = f'<w:numPr><w:ilvl w:val="{block.level - 1}"/><w:numId w:val="{block.list_number}"/></w:numPr>'
            return _paragraph("BoxList" if block.box else "ListParagraph", self._runs(block.runs), number)
        if block.kind == "picture":
            return self._picture(block)
        if block.kind == "table":
            return self._table(block)
        if block.kind == "break":
            return '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
        indent = f'<w:ind w:left="{block.level * 454}"/>' if block.level else ""
        return _paragraph("Box" if block.box else "BodyText", self._runs(block.runs), indent)

    def _link(self, kind: str, target: str, *, outside: bool) -> str:
        self.links.append((f"{KINDS}/{kind}", target, outside))
        return f"rId{len(self.links)}"

    def _runs(self, runs: list[Run]) -> str:
        return "".join(self._linked(run) if run.address else _run(run) for run in runs)

    def _linked(self, run: Run) -> str:
        link = self._link("hyperlink", run.address, outside=True)
        return f'<w:hyperlink r:id="{link}">{_run(run, "Hyperlink")}</w:hyperlink>'

    def _picture(self, block: Block) -> str:
        assert block.picture is not None
        png = figures.as_png(block.picture, self.workshop)
        number = len(self.media) + 1
        self.media[f"word/media/image{number}.png"] = png.read_bytes()
        across, down = (side * 0.75 for side in figures.size(block.picture))
        scale = min(1.0, TEXT_WIDTH / across) * EMU_PER_POINT
        drawing = filled(
            "docx/picture.xml",
            extent=f'cx="{int(across * scale)}" cy="{int(down * scale)}"',
            named=f'id="{number}" name="{png.name}" descr={quoteattr(block.alt)}',
            link=self._link("image", f"media/image{number}.png", outside=False),
        )
        caption = _paragraph("Caption", self._runs(block.runs)) if block.runs[0].text else ""
        return _paragraph("Figure", drawing) + caption

    def _table(self, block: Block) -> str:
        widths = [int(TABLE_WIDTH * share) for share in shares(block)]
        rows = "".join(self._row(row, widths, first=number == 0) for number, row in enumerate(block.rows))
        grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
        return filled("docx/table.xml", width=sum(widths), grid=grid, rows=rows) + _paragraph("BodyText", "")

    def _row(self, row: list[list[Run]], widths: list[int], *, first: bool) -> str:
        cells = "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
            f"{_paragraph('TableText', self._runs(cell))}</w:tc>"
            for cell, width in zip(row, widths, strict=True)
        )
        return f"<w:tr><w:trPr><w:cantSplit/>{'<w:tblHeader/>' if first else ''}</w:trPr>{cells}</w:tr>"


def shares(block: Block) -> list[float]:
    """The share of a table's width that each column gets, by its longest cell; empty ones get room to write."""
    weights = [_weight(column, len(block.rows[0])) for column in zip(*block.rows, strict=True)]
    return [weight / sum(weights) for weight in weights]


def _weight(column: tuple[list[Run], ...], columns: int) -> int:
    if any(column[1:]):
        return min(38, max(9, *map(_length, column)))
    return 34 if columns == 2 else min(24, max(8, _length(column[0]) * 3 // 2))


def _length(cell: list[Run]) -> int:
    return len("".join(run.text for run in cell))


def _paragraph(style: str, content: str, more: str = "") -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{more}</w:pPr>{content}</w:p>'


def _run(run: Run, style: str = "") -> str:
    styled = f'<w:rStyle w:val="{style}"/>' if style else ""
    marks = styled + ("<w:b/>" if run.bold else "") + ("<w:i/>" if run.italic else "")
    properties = f"<w:rPr>{marks}</w:rPr>" if marks else ""
    if run.text == "\n":
        return f"<w:r>{properties}<w:br/></w:r>"
    return f'<w:r>{properties}<w:t xml:space="preserve">{escape(run.text)}</w:t></w:r>'
