"""Fields of a Word document, which Word works out itself: page numbers, numbers of tables, the table of contents."""

from typing import Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from oer.indicators.documents.blocks import Document

CONTENTS = 'TOC \\o "1-2" \\h \\z \\u'


def add_field(paragraph: Any, instruction: str, shown: str = "1") -> None:
    """Add a field; `shown` stands there until Word has worked it out."""
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


def add_contents(made: Any, document: Document) -> None:
    """Add the table of contents with every entry: programs that work out no fields show it without page numbers."""
    paragraph = made.add_paragraph()
    _begin(paragraph, CONTENTS)
    for number, heading in enumerate(document.headings()):
        paragraph = made.add_paragraph() if number else paragraph
        paragraph.paragraph_format.left_indent = Cm(0.6 * (heading.level - 1))
        paragraph.paragraph_format.space_after = Pt(2)
        paragraph.add_run(heading.text)
    _mark(paragraph, "end")
