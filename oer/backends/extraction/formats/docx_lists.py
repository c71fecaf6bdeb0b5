"""Lists of a DOCX (ECMA-376 part 1, 17.9): which number or letter each item has."""

import re
from dataclasses import dataclass, field

from oer.backends.extraction.markup import Element

MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"

MOST_LIST_DEPTH = 8
_KINDS = {"lowerLetter": "a", "upperLetter": "A", "lowerRoman": "i", "upperRoman": "I"}
_ROMAN = ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))
# "1.", "1)", "(1)" and a bare "1" are what HTML shows by itself.
_USUAL_LABEL = re.compile(r"\(?%\d[.)]?\s*")


def child_of(element: Element | None, name: str) -> Element | None:
    """Return the first child with a name, in any namespace."""
    return None if element is None else element.find(f"{{*}}{name}")


def w_val(element: Element | None, name: str = "val") -> str:
    """Return an element's w:val (or another attribute of that namespace), "" if it has none."""
    if element is None:
        return ""
    return element.get(f"{{{MAIN}}}{name}") or element.get(f"{{{STRICT}}}{name}") or ""


@dataclass
class Level:
    """A level of a list: `kind` as in HTML, "" for bullets; None if its items have no sign at all."""

    kind: str | None = ""
    start: int = 1
    label: str = ""


@dataclass(frozen=True)
class Item:
    """The place of a paragraph in a list; `label` is its number where HTML cannot show it, such as "Câu 3:"."""

    depth: int
    kind: str
    value: int | None
    label: str = ""

    @property
    def usual_label(self) -> str:
        """The number with a full stop, where no list shows it: before a heading."""
        return f"{in_kind(self.value or 0, self.kind)}."


@dataclass
class Lists:
    """The lists of a document by w:numId, and how far each has been counted."""

    levels: dict[str, dict[int, Level]] = field(default_factory=dict)
    roots: dict[str, str] = field(default_factory=dict)
    """The w:abstractNum of each list: lists of one are counted together."""
    restarts: dict[str, dict[int, int]] = field(default_factory=dict)
    by_style: dict[tuple[str, str], int] = field(default_factory=dict)
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)
    _begun: set[tuple[str, int]] = field(default_factory=set)

    def next_item(self, number: str, depth: int) -> Item | None:
        """Count the next item of a list at a depth (from 0); None if it has no sign at all."""
        levels = self.levels.get(number, {})
        level = levels.get(depth, Level())
        if level.kind is None:
            return None
        if not level.kind:
            return Item(depth + 1, "", None)
        counts = self._counts.setdefault(self.roots.get(number, number), {})
        restart = self.restarts.get(number, {}).get(depth)
        if restart is not None and (number, depth) not in self._begun:
            counts[depth] = restart - 1
        self._begun.add((number, depth))
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [each for each in counts if each > depth]:
            del counts[deeper]
        label = "" if not level.label or _USUAL_LABEL.fullmatch(level.label) else _label(level.label, levels, counts)
        return Item(depth + 1, level.kind, counts[depth], label)


def _label(pattern: str, levels: dict[int, Level], counts: dict[int, int]) -> str:
    def number(found: re.Match[str]) -> str:
        depth = int(found[1]) - 1
        level = levels.get(depth, Level("1"))
        return in_kind(counts.get(depth, level.start), level.kind or "1")

    return re.sub(r"%([1-9])", number, pattern).strip()


def in_kind(value: int, kind: str) -> str:
    """Return a number as a list of a kind shows it: 3 is "c" in a list of letters."""
    if kind in "aA" and value > 0:
        letter = chr(ord(kind) + (value - 1) % 26)
        return letter * min((value - 1) // 26 + 1, 10)
    if kind in "iI" and 0 < value < 400:
        text = ""
        for size, sign in _ROMAN:
            text += sign * (value // size)
            value %= size
        return text.upper() if kind == "I" else text
    return str(value)


def read_lists(root: Element, style_lists: dict[str, str]) -> Lists:
    """Read the part of lists; `style_lists` are the lists of styles, which definitions may refer to."""
    lists, abstract, linked = Lists(), dict[str, dict[int, Level]](), dict[str, str]()
    for each in root.iterfind("{*}abstractNum"):
        name = w_val(each, "abstractNumId")
        abstract[name] = {}
        for place, element in enumerate(each.iterfind("{*}lvl")):
            _read_level(element, place, abstract[name])
            style = w_val(child_of(element, "pStyle"))
            if style:
                lists.by_style[(name, style)] = _depth(element, place)
        linked[name] = w_val(child_of(each, "numStyleLink"))
    of_number = {w_val(each, "numId"): w_val(child_of(each, "abstractNumId")) for each in root.iterfind("{*}num")}
    for each in root.iterfind("{*}num"):
        number = w_val(each, "numId")
        name = of_number[number]
        name = of_number.get(style_lists.get(linked.get(name, ""), ""), name)
        lists.roots[number], lists.levels[number] = name, dict(abstract.get(name, {}))
        for override in each.iterfind("{*}lvlOverride"):
            _override(override, number, lists)
    return lists


def _override(override: Element, number: str, lists: Lists) -> None:
    depth = _depth(override, 0)
    start = w_val(child_of(override, "startOverride"))
    if start.isdecimal():
        lists.restarts.setdefault(number, {})[depth] = int(start)
    level = child_of(override, "lvl")
    if level is not None:
        _read_level(level, depth, lists.levels[number])


def _read_level(element: Element, place: int, levels: dict[int, Level]) -> None:
    name, start = w_val(child_of(element, "numFmt")), w_val(child_of(element, "start"))
    kind = None if name == "none" else "" if name in {"bullet", ""} else _KINDS.get(name, "1")
    levels[_depth(element, place)] = Level(
        kind, int(start) if start.isdecimal() else 1, w_val(child_of(element, "lvlText"))
    )


def _depth(element: Element, place: int) -> int:
    written = w_val(element, "ilvl")
    return min(int(written) if written.isdecimal() else place, MOST_LIST_DEPTH)
