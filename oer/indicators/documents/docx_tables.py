"""Tables of a Word document, as WordprocessingML (ISO/IEC 29500-1, 17.4).

Written as text and parsed once: a cell at a time takes python-docx half a minute for a round's ten thousand values.
"""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from oer.indicators.documents.blocks import Table, show

NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TWIPS_IN_A_CENTIMETRE = 567
_SPACED = '<w:spacing w:before="20" w:after="20"/>'
_RIGHT = '<w:jc w:val="right"/>'
_SIZE = '<w:sz w:val="19"/>'
_SHADED = '<w:shd w:val="clear" w:color="auto" w:fill="E8E8E8"/>'
_STYLE = (
    '<w:tblStyle w:val="TableGrid"/><w:tblW w:w="5000" w:type="pct"/>'
    '<w:jc w:val="center"/><w:tblLayout w:type="fixed"/>'
)


def table_xml(block: Table, language: str, centimetres: int) -> str:
    """Return a table whose header row stands on every page, and whose caption a screen reader says."""
    widths = _widths(block, centimetres)
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    caption = quoteattr(_clean(block.caption)[:250])
    return (
        f'<w:tbl xmlns:w="{NAMESPACE}"><w:tblPr>{_STYLE}<w:tblCaption w:val={caption}/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(_rows(block, language, widths))}</w:tbl>"
    )


def _widths(block: Table, centimetres: int) -> list[int]:
    parts = block.widths or (1,) * len(block.header)
    return [centimetres * TWIPS_IN_A_CENTIMETRE * part // sum(parts) for part in parts]


def _rows(block: Table, language: str, widths: list[int]) -> Iterator[str]:
    cells = "".join(_header_cell(words, width) for words, width in zip(block.header, widths, strict=True))
    yield f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{cells}</w:tr>"
    marks = [_RIGHT if column in block.numbers else "" for column in range(len(widths))]
    for row in block.rows:
        cells = "".join(
            _cell(show(cell, language), width, mark) for cell, width, mark in zip(row, widths, marks, strict=True)
        )
        yield f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>"


def _header_cell(words: str, width: int) -> str:
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{_SHADED}</w:tcPr><w:p><w:pPr>{_SPACED}</w:pPr>'
        f'<w:r><w:rPr><w:b/>{_SIZE}</w:rPr><w:t xml:space="preserve">{escape(_clean(words))}</w:t></w:r></w:p></w:tc>'
    )


def _cell(text: str, width: int, mark: str) -> str:
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr><w:p><w:pPr>{_SPACED}{mark}</w:pPr>'
        f'<w:r><w:rPr>{_SIZE}</w:rPr><w:t xml:space="preserve">{escape(_clean(text))}</w:t></w:r></w:p></w:tc>'
    )


def _clean(text: str) -> str:
    # Control characters cannot stand in XML at all.
    return "".join(letter for letter in text if letter >= " " or letter == "\t")
