"""A report as DOCX: real headings, page numbers, captions that Word numbers, repeated header rows, embedded fonts."""

import io
import uuid
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from oer.indicators.reports.document import (
    FONT_FACES,
    FONT_FAMILY,
    Block,
    Facts,
    Heading,
    Paragraph,
    ReportDocument,
    Table,
    column_points,
    show,
)

CONTENTS = 'TOC \\o "1-2" \\h \\z \\u'


def add_field(paragraph: Any, instruction: str, shown: str = "1") -> None:
    """Add a field; `shown` is displayed until Word has computed it."""
    _begin(paragraph, instruction)
    paragraph.add_run(shown)
    _mark(paragraph, "end")


def _begin(paragraph: Any, instruction: str) -> None:
    _mark(paragraph, "begin")
    text = OxmlElement("w:instrText")
    text.set(qn("xml:space"), "preserve")
    text.text = f" {instruction} "
    paragraph.add_run()._r.append(text)
    _mark(paragraph, "separate")


def _mark(paragraph: Any, kind: str) -> None:
    element = OxmlElement("w:fldChar")
    element.set(qn("w:fldCharType"), kind)
    paragraph.add_run()._r.append(element)


def add_contents(made: Any, document: ReportDocument) -> None:
    """Add the table of contents with all entries: programs that do not compute fields show it without page numbers."""
    paragraph = made.add_paragraph()
    _begin(paragraph, CONTENTS)
    for number, heading in enumerate(document.headings()):
        paragraph = made.add_paragraph() if number else paragraph
        paragraph.paragraph_format.left_indent = Cm(0.6 * (heading.level - 1))
        paragraph.paragraph_format.space_after = Pt(2)
        paragraph.add_run(heading.text)
    _mark(paragraph, "end")


# Fonts embedded in a Word document (ISO/IEC 29500-1, 17.8: obfuscated fonts).

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.obfuscatedFont"
NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)
# From the OS/2 table of the font.
_ABOUT = (
    '<w:altName w:val="Times New Roman"/><w:panose1 w:val="02020603050405020304"/><w:charset w:val="00"/>'
    '<w:family w:val="roman"/><w:pitch w:val="variable"/><w:sig w:usb0="E0000AFF" w:usb1="500078FF" '
    'w:usb2="00000021" w:usb3="00000000" w:csb0="600001BF" w:csb1="DFF70000"/>'
)
_OBFUSCATED = 32


def obfuscated(font: bytes, key: uuid.UUID) -> bytes:
    """Return a font with its first 32 bytes obfuscated by a key. Applying it twice restores the font.

    The sixteen bytes of the key are used from the last digit to the first (17.8.1).
    """
    mask = key.bytes[::-1] * 2
    return bytes(one ^ other for one, other in zip(font[:_OBFUSCATED], mask, strict=True)) + font[_OBFUSCATED:]


def embed_fonts(made: Any) -> None:
    """Embed the font of the reports in a document, regular and bold."""
    table = made.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    faces = ""
    for number, (element, path) in enumerate(FONT_FACES.items(), 1):
        font = path.read_bytes()
        key = uuid.uuid5(uuid.NAMESPACE_URL, path.name)
        name = PackURI(f"/word/fonts/font{number}.odttf")
        part = Part(name, CONTENT_TYPE, obfuscated(font, key), made.part.package)
        relation = table.relate_to(part, RELATIONSHIP_TYPE.FONT)
        faces += f'<w:{element} r:id="{relation}" w:fontKey="{{{str(key).upper()}}}"/>'
    font_xml = f'<w:font w:name="{FONT_FAMILY}">{_ABOUT}{faces}</w:font>'
    table._blob = f'<?xml version="1.0" encoding="UTF-8"?>\n<w:fonts {NAMESPACES}>{font_xml}</w:fonts>'.encode()
    # Without this setting, Word drops the fonts when it saves.
    zoom = made.settings.element.find(qn("w:zoom"))
    zoom.addnext(OxmlElement("w:embedTrueTypeFonts"))


# Tables of a Word document, as WordprocessingML (ISO/IEC 29500-1, 17.4).

NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
TWIPS_IN_A_CENTIMETRE, TWIPS_IN_A_POINT = 567, 20
_SPACED = '<w:spacing w:before="20" w:after="20"/>'
_RIGHT = '<w:jc w:val="right"/>'
_SIZE = '<w:sz w:val="19"/>'
_SHADED = '<w:shd w:val="clear" w:color="auto" w:fill="E8E8E8"/>'
_STYLE = (
    '<w:tblStyle w:val="TableGrid"/><w:tblW w:w="5000" w:type="pct"/>'
    '<w:jc w:val="center"/><w:tblLayout w:type="fixed"/>'
)


def table_xml(block: Table, language: str, centimetres: int) -> str:
    """Return a table whose header row repeats on every page, and whose caption is read by screen readers."""
    points = centimetres * TWIPS_IN_A_CENTIMETRE / TWIPS_IN_A_POINT
    widths = [int(width * TWIPS_IN_A_POINT) for width in column_points(block, language, points)]
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    caption = quoteattr(_clean(block.caption)[:250])
    return (
        f'<w:tbl xmlns:w="{NAMESPACE}"><w:tblPr>{_STYLE}<w:tblCaption w:val={caption}/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{''.join(_rows(block, language, widths))}</w:tbl>"
    )


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
    # Control characters are not allowed in XML.
    return "".join(letter for letter in text if letter >= " " or letter == "\t")


# The document.

LANGUAGES = {"vi": "vi-VN", "en": "en-GB"}


def write_docx(document: ReportDocument) -> bytes:
    """Return a report as a Word document."""
    made = docx.Document()
    _set_page(made, document.landscape)
    _set_styles(made, document.language)
    made.core_properties.title, made.core_properties.author = document.title, document.issuer
    made.core_properties.language = LANGUAGES[document.language]
    _first_page(made, document)
    for place, block in enumerate(document.blocks):
        if place == document.signed_at:
            _sign(made, document.signatures)
            _break_page(made)
        _add(made, block, document)
    if document.signed_at >= len(document.blocks):
        _sign(made, document.signatures)
    embed_fonts(made)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def _set_page(made: Any, landscape: bool) -> None:
    section = made.sections[0]
    width, height = Cm(21), Cm(29.7)
    section.page_width, section.page_height = (height, width) if landscape else (width, height)
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.left_margin, section.right_margin = Cm(2.5), Cm(2)
    section.top_margin = section.bottom_margin = Cm(2)


def _set_styles(made: Any, language: str) -> None:
    for name, size in (
        ("Normal", 12),
        ("Title", 20),
        ("Heading 1", 16),
        ("Heading 2", 13.5),
        ("Heading 3", 12),
        ("Caption", 10.5),
    ):
        style = made.styles[name]
        style.font.name, style.font.size = FONT_FAMILY, Pt(size)
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(script), FONT_FAMILY)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:cstheme", "w:eastAsiaTheme"):
            fonts.attrib.pop(qn(theme), None)
    spoken = OxmlElement("w:lang")
    spoken.set(qn("w:val"), LANGUAGES[language])
    made.styles["Normal"].element.get_or_add_rPr().append(spoken)


def _first_page(made: Any, document: ReportDocument) -> None:
    issuer = made.add_paragraph(document.issuer)
    title = made.add_paragraph(document.title, style="Title")
    subtitle = made.add_paragraph(document.subtitle)
    for each in (issuer, title, subtitle):
        each.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _facts(made, document.facts)
    footer = made.sections[0].footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    footer.add_run(f"{document.labels.page} ")
    add_field(footer, "PAGE")
    footer.add_run(" / ")
    add_field(footer, "NUMPAGES")
    made.add_paragraph(document.labels.contents, style="Heading 1")
    add_contents(made, document)
    made.add_page_break()


def _add(made: Any, block: Block, document: ReportDocument) -> None:
    if isinstance(block, Heading):
        made.add_heading(block.text, level=block.level)
    elif isinstance(block, Paragraph):
        _paragraph(made, block)
    elif isinstance(block, Facts):
        _facts(made, block.rows)
    else:
        _table(made, block, document)


def _paragraph(made: Any, block: Paragraph) -> None:
    added = made.add_paragraph(block.text)
    if block.kind == "note":
        for run in added.runs:
            run.font.size, run.font.color.rgb = Pt(10), RGBColor(0x46, 0x46, 0x46)
    if block.kind in {"box", "warning"}:
        added.paragraph_format.left_indent = Cm(0.6)
        added.paragraph_format.right_indent = Cm(0.6)


def _facts(made: Any, rows: list[tuple[str, str]]) -> None:
    for name, value in rows:
        line = made.add_paragraph()
        line.paragraph_format.space_after = Pt(2)
        line.add_run(f"{name}: ").bold = True
        line.add_run(value)


def _table(made: Any, block: Table, document: ReportDocument) -> None:
    caption = made.add_paragraph(f"{document.labels.table} ", style="Caption")
    add_field(caption, f"SEQ {document.labels.table} \\* ARABIC", str(document.tables().index(block) + 1))
    caption.add_run(f". {block.caption}")
    caption.paragraph_format.keep_with_next = True
    caption._p.addnext(parse_xml(table_xml(block, document.language, 24 if document.landscape else 16)))
    made.add_paragraph()


def _break_page(made: Any) -> None:
    made.add_page_break()


def _sign(made: Any, signatures: list[str]) -> None:
    if not signatures:
        return
    made.add_paragraph()
    table = made.add_table(rows=1, cols=len(signatures))
    for cell, words in zip(table.rows[0].cells, signatures, strict=True):
        line = cell.paragraphs[0]
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        line.add_run(words).bold = True
        for _ in range(4):
            cell.add_paragraph()
