"""Styles of a DOCX: which paragraphs are headings or items of lists, and in which fonts they are set."""

from dataclasses import dataclass, field

from oer.backends.extraction.formats.docx_lists import MAIN, Lists, child_of, read_lists, w_val
from oer.backends.extraction.formats.ooxml import Package
from oer.backends.extraction.markup import Element

_MOST_ANCESTORS = 100


@dataclass
class Styles:
    """What the styles and lists of a document mean.

    By style: `levels` of headings, `fonts`, `numbered` (its list and the level in it).
    """

    levels: dict[str, int] = field(default_factory=dict)
    fonts: dict[str, str] = field(default_factory=dict)
    numbered: dict[str, tuple[str, int]] = field(default_factory=dict)
    lists: Lists = field(default_factory=Lists)


def font_name(properties: Element | None) -> str:
    """Return the font named in run properties, "" if there is none."""
    fonts = child_of(properties, "rFonts")
    return "" if fonts is None else fonts.get(f"{{{MAIN}}}ascii") or fonts.get(f"{{{MAIN}}}hAnsi") or ""


def outline_level(properties: Element | None) -> int:
    """Return the heading level (from 1) in paragraph properties, 0 if there is none."""
    level = w_val(child_of(properties, "outlineLvl"))
    return int(level) + 1 if level.isdecimal() and int(level) < 6 else 0


def read_styles(package: Package, part: str) -> Styles:
    """Read the styles and lists of a document."""
    styles = Styles()
    listing = package.related(part, "styles")
    if listing:
        root = package.parse(listing)
        styles.fonts[""] = next((font_name(each) for each in root.iterfind("{*}docDefaults/{*}rPrDefault/{*}rPr")), "")
        elements = {each.get(f"{{{MAIN}}}styleId") or "": each for each in root.iterfind("{*}style")}
        for name in elements:
            _read_style(name, elements, styles)
    numbering = package.related(part, "numbering")
    if numbering:
        links = {name: number for name, (number, _) in styles.numbered.items()}
        styles.lists = read_lists(package.parse(numbering), links)
    return styles


def _read_style(name: str, elements: dict[str, Element], styles: Styles) -> None:
    """Read a style, with what it inherits from the styles it is based on."""
    current, seen = name, set[str]()
    while current in elements and current not in seen and len(seen) < _MOST_ANCESTORS:
        seen.add(current)
        element = elements[current]
        properties = child_of(element, "pPr")
        called = w_val(child_of(element, "name")).lower()
        level = outline_level(properties) or _level_of_name(called)
        if level:
            styles.levels.setdefault(name, level)
        font = font_name(child_of(element, "rPr"))
        if font:
            styles.fonts.setdefault(name, font)
        number = w_val(child_of(child_of(properties, "numPr"), "numId"))
        if number:
            level_in_list = w_val(child_of(child_of(properties, "numPr"), "ilvl"))
            styles.numbered.setdefault(name, (number, int(level_in_list) if level_in_list.isdecimal() else -1))
        current = w_val(child_of(element, "basedOn"))


def _level_of_name(name: str) -> int:
    if name == "title":
        return 1
    word, _, number = name.partition(" ")
    return int(number) if word == "heading" and number.isdecimal() and 0 < int(number) < 7 else 0
