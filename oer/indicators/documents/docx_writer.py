"""A report as DOCX: real headings, page numbers, captions that Word counts itself, header rows that repeat, fonts."""

import io
from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from oer.indicators.documents.blocks import Block, Document, Facts, Heading, Paragraph, Table
from oer.indicators.documents.docx_fields import add_contents, add_field
from oer.indicators.documents.docx_fonts import embed_fonts
from oer.indicators.documents.docx_tables import table_xml
from oer.indicators.documents.fonts import FAMILY

LANGUAGES = {"vi": "vi-VN", "en": "en-GB"}


def write_docx(document: Document) -> bytes:
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
        style.font.name, style.font.size = FAMILY, Pt(size)
        style.font.color.rgb = RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(script), FAMILY)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:cstheme", "w:eastAsiaTheme"):
            fonts.attrib.pop(qn(theme), None)
    spoken = OxmlElement("w:lang")
    spoken.set(qn("w:val"), LANGUAGES[language])
    made.styles["Normal"].element.get_or_add_rPr().append(spoken)


def _first_page(made: Any, document: Document) -> None:
    issuer = made.add_paragraph(document.issuer)
    title = made.add_paragraph(document.title, style="Title")
    subtitle = made.add_paragraph(document.subtitle)
    for each in (issuer, title, subtitle):
        each.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _facts(made, document.facts)
    footer = made.sections[0].footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    footer.add_run(f"{document.words.page} ")
    add_field(footer, "PAGE")
    footer.add_run(" / ")
    add_field(footer, "NUMPAGES")
    made.add_paragraph(document.words.contents, style="Heading 1")
    add_contents(made, document)
    made.add_page_break()


def _add(made: Any, block: Block, document: Document) -> None:
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


def _table(made: Any, block: Table, document: Document) -> None:
    caption = made.add_paragraph(f"{document.words.table} ", style="Caption")
    add_field(caption, f"SEQ {document.words.table} \\* ARABIC", str(document.tables().index(block) + 1))
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
