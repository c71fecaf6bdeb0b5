"""The page and the named styles of reports in Word: whoever changes a style there changes it everywhere."""

from dataclasses import dataclass
from typing import Any

from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from oer.indicators.reports.document import FONT_FAMILY

LANGUAGES = {"vi": "vi-VN", "en": "en-GB"}
LEFT, CENTRE, RIGHT, BOTH = (
    WD_ALIGN_PARAGRAPH.LEFT,
    WD_ALIGN_PARAGRAPH.CENTER,
    WD_ALIGN_PARAGRAPH.RIGHT,
    WD_ALIGN_PARAGRAPH.JUSTIFY,
)
PORTRAIT_CENTIMETRES, LANDSCAPE_CENTIMETRES = 16.5, 25.2


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a style looks: points, and centimetres for indents. `base` is the style that it is made of."""

    size: float
    bold: bool = False
    italic: bool = False
    align: Any = LEFT
    before: float = 0
    after: float = 0
    first: float = 0
    left: float = 0
    sticky: bool = False
    base: str = "Normal"


STYLES = {
    "Normal": Look(size=13, after=6, base=""),
    "Body Text": Look(size=13, align=BOTH, after=6, first=1),
    "Title": Look(size=18, bold=True, align=CENTRE, after=6),
    "Heading 1": Look(size=14, bold=True, before=12, after=6, sticky=True),
    "Heading 2": Look(size=13, bold=True, before=10, after=6, sticky=True),
    "Heading 3": Look(size=13, bold=True, italic=True, before=8, after=4, sticky=True),
    "Caption": Look(size=11, bold=True, before=6, after=4, sticky=True),
    "Header": Look(size=13, align=CENTRE),
    "Nation": Look(size=12, bold=True, align=CENTRE),
    "Motto": Look(size=13, bold=True, align=CENTRE),
    "Agency above": Look(size=12, align=CENTRE),
    "Agency": Look(size=12, bold=True, align=CENTRE),
    "Document number": Look(size=13, align=CENTRE, before=6),
    "Place and day": Look(size=13, italic=True, align=CENTRE, before=6),
    "Document kind": Look(size=14, bold=True, align=CENTRE, before=14),
    "Document about": Look(size=14, bold=True, align=CENTRE),
    "Subtitle line": Look(size=13, align=CENTRE),
    "Rule": Look(size=2, align=CENTRE, before=4, after=4),
    "Fact": Look(size=13, after=2),
    "Contents entry": Look(size=12, after=2),
    "Note": Look(size=11, align=BOTH, after=6),
    "Warning": Look(size=13, align=BOTH, after=6, left=0.6),
    "Text box": Look(size=13, align=BOTH, after=6, first=1),
    "Answer heading": Look(size=13, bold=True, before=6, after=3, sticky=True),
    "Answer": Look(size=13, align=BOTH, after=6, first=1),
    "Table heading": Look(size=9.5, bold=True, before=1, after=1),
    "Table text": Look(size=9.5, before=1, after=1),
    "Table number": Look(size=9.5, align=RIGHT, before=1, after=1),
    "Authority": Look(size=13, bold=True, align=CENTRE, sticky=True),
    "Signing space": Look(size=13, align=CENTRE, after=60, sticky=True),
    "Signer": Look(size=13, bold=True, align=CENTRE),
    "Recipients heading": Look(size=12, bold=True, italic=True, sticky=True),
    "Recipients": Look(size=11, sticky=True),
    "Annex": Look(size=14, bold=True, align=CENTRE, sticky=True),
    "Annex title": Look(size=14, bold=True, align=CENTRE, after=6, sticky=True, base="Heading 1"),
    "Annex of": Look(size=13, italic=True, align=CENTRE, after=6),
}


def style_id(name: str) -> str:
    """Return what a style is called within the file."""
    return name.replace(" ", "")


def set_page(made: Any, landscape: bool) -> None:
    """Set A4 with the margins of an administrative document; all pages but the first have their number at the head."""
    section = made.sections[0]
    width, height = Cm(21), Cm(29.7)
    section.page_width, section.page_height = (height, width) if landscape else (width, height)
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.left_margin, section.right_margin = Cm(3), Cm(1.5)
    section.top_margin = section.bottom_margin = Cm(2)
    section.header_distance = Cm(1)
    section.different_first_page_header_footer = True


def set_styles(made: Any, language: str) -> None:
    """Define every style that a report uses."""
    known = {each.name for each in made.styles}
    for name, look in STYLES.items():
        style = made.styles[name] if name in known else made.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        if look.base:
            style.base_style = made.styles[look.base]
        style.quick_style, style.hidden = True, False
        _set_letters(style, look)
        lines = style.paragraph_format
        lines.alignment, lines.keep_with_next = look.align, look.sticky
        lines.space_before, lines.space_after = Pt(look.before), Pt(look.after)
        lines.first_line_indent, lines.left_indent = Cm(look.first), Cm(look.left)
        lines.line_spacing = 1.0
    # What the template draws below a title is no part of this form.
    border = made.styles["Title"].element.pPr.find(qn("w:pBdr"))
    if border is not None:
        made.styles["Title"].element.pPr.remove(border)
    spoken = OxmlElement("w:lang")
    spoken.set(qn("w:val"), LANGUAGES[language])
    made.styles["Normal"].element.get_or_add_rPr().append(spoken)


def _set_letters(style: Any, look: Look) -> None:
    style.font.name, style.font.size = FONT_FAMILY, Pt(look.size)
    style.font.bold, style.font.italic = look.bold, look.italic
    style.font.color.rgb = RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(script), FONT_FAMILY)
    for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:cstheme", "w:eastAsiaTheme"):
        fonts.attrib.pop(qn(theme), None)
