"""A report as DOCX: real headings, page numbers, captions that Word numbers, repeated header rows, embedded fonts."""

import io
import uuid
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.shared import Cm
from docx.text.paragraph import Paragraph as WordParagraph

from oer.indicators.reports.document import (
    FONT_FACES,
    FONT_FAMILY,
    Answers,
    Block,
    Chart,
    Facts,
    Heading,
    PageBreak,
    Paragraph,
    ReportDocument,
    Table,
    column_points,
    show,
)
from oer.indicators.reports.docx_form import add_chart, add_head, add_signature, keep_dates_whole
from oer.indicators.reports.docx_styles import (
    LANDSCAPE_CENTIMETRES,
    LANGUAGES,
    PORTRAIT_CENTIMETRES,
    set_page,
    set_styles,
    style_id,
)
from oer.indicators.reports.form import AdministrativeForm

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
    paragraph = made.add_paragraph(style="Contents entry")
    _begin(paragraph, CONTENTS)
    for number, heading in enumerate(document.headings()):
        paragraph = made.add_paragraph(style="Contents entry") if number else paragraph
        paragraph.paragraph_format.left_indent = Cm(0.6 * (heading.level - 1))
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
    """Embed the font of the reports in a document, with all its faces."""
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
_HEADING, _TEXT, _NUMBER = (
    f'<w:pStyle w:val="{style_id(f"Table {each}")}"/>' for each in ("heading", "text", "number")
)
_SHADED = '<w:shd w:val="clear" w:color="auto" w:fill="E8E8E8"/>'
_STYLE = (
    '<w:tblStyle w:val="TableGrid"/><w:tblW w:w="5000" w:type="pct"/>'
    '<w:jc w:val="center"/><w:tblLayout w:type="fixed"/>'
)


def table_xml(block: Table, language: str, centimetres: float) -> str:
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
    marks = [_NUMBER if column in block.numbers else _TEXT for column in range(len(widths))]
    for row in block.rows:
        cells = "".join(
            _cell(show(cell, language), width, mark) for cell, width, mark in zip(row, widths, marks, strict=True)
        )
        yield f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>"


def _header_cell(words: str, width: int) -> str:
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{_SHADED}</w:tcPr><w:p><w:pPr>{_HEADING}</w:pPr>'
        f'<w:r><w:t xml:space="preserve">{escape(_clean(words))}</w:t></w:r></w:p></w:tc>'
    )


def _cell(text: str, width: int, mark: str) -> str:
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr><w:p><w:pPr>{mark}</w:pPr>'
        f'<w:r><w:t xml:space="preserve">{escape(_clean(text))}</w:t></w:r></w:p></w:tc>'
    )


def _clean(text: str) -> str:
    # Control characters are not allowed in XML.
    return "".join(letter for letter in text if letter >= " " or letter == "\t")


# The document.


def write_docx(document: ReportDocument) -> bytes:
    """Return a report as a Word document."""
    made = docx.Document()
    set_page(made, document.landscape)
    set_styles(made, document.language)
    made.core_properties.title, made.core_properties.author = document.title, document.issuer
    made.core_properties.language = LANGUAGES[document.language]
    _first_page(made, document)
    begins_page = True  # after the first
    for place, block in enumerate(document.blocks):
        if place == document.signed_at:
            _sign(made, document)
            begins_page = True
        if isinstance(block, PageBreak):
            begins_page = True
            continue
        before = len(made.element.body)
        _add(made, block, document, in_annex=place == document.annex_at)
        if begins_page:
            _begin_page(made, before)
            begins_page = False
    if document.signed_at >= len(document.blocks):
        _sign(made, document)
    for paragraph in made.paragraphs:
        keep_dates_whole(paragraph)
    embed_fonts(made)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def _first_page(made: Any, document: ReportDocument) -> None:
    if document.form is not None:
        add_head(made, document.form, document)
    else:
        made.add_paragraph(document.issuer, style="Subtitle line")
        made.add_paragraph(document.title, style="Title")
        made.add_paragraph(document.subtitle, style="Subtitle line")
    _facts(made, document.facts)
    header = made.sections[0].header.paragraphs[0]
    header.style = "Header"
    add_field(header, "PAGE")
    made.add_paragraph(document.labels.contents, style="Heading 1")
    add_contents(made, document)


def _sign(made: Any, document: ReportDocument) -> None:
    if document.form is not None:
        add_signature(made, document.form, document.landscape)


def _add(made: Any, block: Block, document: ReportDocument, *, in_annex: bool) -> None:
    if isinstance(block, Heading):
        _heading(made, block, document.form if in_annex else None)
    elif isinstance(block, Paragraph):
        made.add_paragraph(block.text, style=_KINDS[block.kind])
    elif isinstance(block, Facts):
        _facts(made, block.rows)
    elif isinstance(block, Answers):
        for name, text in block.rows:
            made.add_paragraph(name, style="Answer heading")
            for line in text.splitlines():
                made.add_paragraph(line, style="Answer")
    elif isinstance(block, Chart):
        charts = [each for each in document.blocks if isinstance(each, Chart)]
        add_chart(made, block, next(n for n, each in enumerate(charts, 1) if each is block), document)
    elif isinstance(block, Table):
        _table(made, block, document)


def _begin_page(made: Any, first: int) -> None:
    """Let the paragraph that was added at a place of the body begin a page.

    A break would need a paragraph of its own, which makes an empty page where the page before is full to its last line.
    """
    # The last element of the body is the section's.
    WordParagraph(made.element.body[first - 1], made).paragraph_format.page_break_before = True


_KINDS = {"plain": "Body Text", "note": "Note", "warning": "Warning", "box": "Text box"}


def _heading(made: Any, block: Heading, annex: AdministrativeForm | None) -> None:
    if annex is None:
        made.add_heading(block.text, level=block.level)
        return
    made.add_paragraph(annex.annex, style="Annex")
    made.add_paragraph(block.text.upper(), style="Annex title")
    made.add_paragraph(annex.annex_of, style="Annex of")


def _facts(made: Any, rows: list[tuple[str, str]]) -> None:
    for name, value in rows:
        line = made.add_paragraph(style="Fact")
        line.add_run(f"{name}: ", style="Strong")
        line.add_run(value)


def _table(made: Any, block: Table, document: ReportDocument) -> None:
    caption = made.add_paragraph(f"{document.labels.table} ", style="Caption")
    add_field(caption, f"SEQ {document.labels.table} \\* ARABIC", str(document.tables().index(block) + 1))
    caption.add_run(f". {block.caption}")
    width = LANDSCAPE_CENTIMETRES if document.landscape else PORTRAIT_CENTIMETRES
    caption._p.addnext(parse_xml(table_xml(block, document.language, width)))
    made.add_paragraph(style="Rule")
