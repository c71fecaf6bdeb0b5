"""What the styles and lists of a DOCX mean: which paragraph is a heading, which list is numbered, in which font."""

from dataclasses import dataclass, field

from oer.backends.extraction.ooxml import Package
from oer.backends.extraction.xml import Element

MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_MOST_ANCESTORS = 100


@dataclass
class Styles:
    """What the styles and lists of a document mean."""

    levels: dict[str, int] = field(default_factory=dict)
    fonts: dict[str, str] = field(default_factory=dict)
    numbered: dict[str, str] = field(default_factory=dict)
    ordered: set[tuple[str, int]] = field(default_factory=set)


def child(element: Element | None, name: str) -> Element | None:
    """Return the first child of a name, in whatever namespace."""
    return None if element is None else element.find(f"{{*}}{name}")


def value(element: Element | None) -> str:
    """Return an element's w:val; "" where there is none."""
    if element is None:
        return ""
    return element.get(f"{{{MAIN}}}val") or element.get(f"{{{STRICT}}}val") or ""


def font_of(properties: Element | None) -> str:
    """Return the font that run properties name; "" for none."""
    fonts = child(properties, "rFonts")
    return "" if fonts is None else fonts.get(f"{{{MAIN}}}ascii") or fonts.get(f"{{{MAIN}}}hAnsi") or ""


def outline_level(properties: Element | None) -> int:
    """Return the level of a heading that paragraph properties name, counted from 1; 0 for none."""
    level = value(child(properties, "outlineLvl"))
    return int(level) + 1 if level.isdecimal() and int(level) < 6 else 0


def read_styles(package: Package, part: str) -> Styles:
    """Return what the styles and lists of a document mean."""
    styles = Styles()
    listing = package.related(part, "styles")
    if listing:
        root = package.parse(listing)
        styles.fonts[""] = next((font_of(each) for each in root.iterfind("{*}docDefaults/{*}rPrDefault/{*}rPr")), "")
        elements = {each.get(f"{{{MAIN}}}styleId") or "": each for each in root.iterfind("{*}style")}
        for name in elements:
            _read_style(name, elements, styles)
    numbering = package.related(part, "numbering")
    if numbering:
        _read_numbering(package.parse(numbering), styles)
    return styles


def _read_style(name: str, elements: dict[str, Element], styles: Styles) -> None:
    """Note what a style is, by itself or by those that it is based on."""
    current, seen = name, set[str]()
    while current in elements and current not in seen and len(seen) < _MOST_ANCESTORS:
        seen.add(current)
        element = elements[current]
        properties = child(element, "pPr")
        called = value(child(element, "name")).lower()
        level = outline_level(properties) or _level_of_name(called)
        if level:
            styles.levels.setdefault(name, level)
        font = font_of(child(element, "rPr"))
        if font:
            styles.fonts.setdefault(name, font)
        number = value(child(child(properties, "numPr"), "numId"))
        if number:
            styles.numbered.setdefault(name, number)
        current = value(child(element, "basedOn"))


def _level_of_name(name: str) -> int:
    if name == "title":
        return 1
    word, _, number = name.partition(" ")
    return int(number) if word == "heading" and number.isdecimal() and 0 < int(number) < 7 else 0


def _read_numbering(root: Element, styles: Styles) -> None:
    kinds: dict[str, set[int]] = {}
    for abstract in root.iterfind("{*}abstractNum"):
        ordered = {
            place
            for place, level in enumerate(abstract.iterfind("{*}lvl"))
            if value(child(level, "numFmt")) not in {"bullet", "none", ""}
        }
        kinds[abstract.get(f"{{{MAIN}}}abstractNumId") or ""] = ordered
    for number in root.iterfind("{*}num"):
        name = number.get(f"{{{MAIN}}}numId") or ""
        for place in kinds.get(value(child(number, "abstractNumId")), ()):
            styles.ordered.add((name, place))
