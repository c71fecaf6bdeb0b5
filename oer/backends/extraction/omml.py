"""Formulas of Office (OMML, ECMA-376 part 1, 22.1) as MathML."""

import re
from collections.abc import Callable
from html import escape

from lxml import etree

from oer.backends.extraction.formulas import Element, draw_roots, math_text
from oer.backends.extraction.markup import local_name, parse_xml

_PIECE = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|\s+|.", re.DOTALL)
_FUNCTION_NAMES = """
sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh log ln lg exp lim max min
"""
_FUNCTIONS = frozenset(_FUNCTION_NAMES.split())
_VIETNAMESE = re.compile("[\u00c0-\u01b0\u1ea0-\u1ef9]")
_ACCENTS = {"": "\u0302", "\u20d7": "→", "\u0305": "¯"}


def formula(element: Element) -> tuple[str, str]:
    """Return the text and the MathML of an m:oMath or m:oMathPara; what has no MathML stays as its letters."""
    written = "".join(each.text or "" for each in element.iter("{*}t"))
    try:
        inside = _children(element)
        math = parse_xml(f"<math>{inside}</math>".encode())
    except RecursionError:
        return f" {written} ", f" {escape(written)} "
    text = math_text(math)
    if not text:
        return written, escape(written)
    if local_name(element) == "oMathPara":
        math.set("display", "block")
    math.set("alttext", text)
    draw_roots(math)
    html = etree.tostring(math, encoding="unicode")
    return (f"\n{text}\n", html) if math.get("display") else (text, html)


def _children(element: Element | None) -> str:
    return "" if element is None else "".join(_mathml(each) for each in element)


def _part(element: Element, name: str) -> str:
    """Return a part of a structure as one element."""
    return f"<mrow>{_children(element.find(f'{{*}}{name}'))}</mrow>"


def _value(element: Element, name: str) -> str | None:
    """Return a property of a structure: "" if it is there without a value, None if it is not there."""
    properties = element.find(f"{{*}}{local_name(element)}Pr")
    found = None if properties is None else properties.find(f"{{*}}{name}")
    if found is None:
        return None
    return next((str(value) for key, value in found.attrib.items() if str(key).endswith("val")), "")


def _is_on(element: Element, name: str) -> bool:
    return _value(element, name) not in {None, "0", "off", "false"}


def _mathml(element: Element) -> str:
    kind = local_name(element)
    if not kind or kind.endswith("Pr"):
        return ""
    return _READERS.get(kind, _children)(element)


def _run(run: Element) -> str:
    text = "".join(each.text or "" for each in run.iter("{*}t"))
    properties = run.find("{*}rPr")
    if properties is not None and properties.find("{*}nor") is not None:
        return f"<mtext>{escape(text)}</mtext>"
    return "".join(_piece(found[0]) for found in _PIECE.finditer(text))


def _piece(piece: str) -> str:
    if piece.isspace():
        return ""
    if piece[0].isdigit():
        return f"<mn>{piece}</mn>"
    if not piece[0].isalpha():
        return f"<mo>{escape(piece)}</mo>"
    if piece in _FUNCTIONS or len(piece) == 1:
        return f"<mi>{piece}</mi>"
    if not piece.isascii() and any(
        "\u00c0" <= letter <= "\u01b0" or "\u1ea0" <= letter <= "\u1ef9" for letter in piece
    ):
        return f"<mtext>{piece}</mtext>"  # a word of Vietnamese, not a product of its letters
    return "".join(f"<mi>{letter}</mi>" for letter in piece)


def _fraction(element: Element) -> str:
    line = ' linethickness="0"' if _value(element, "type") == "noBar" else ""
    return f"<mfrac{line}>{_part(element, 'num')}{_part(element, 'den')}</mfrac>"


def _root(element: Element) -> str:
    degree = element.find("{*}deg")
    if _is_on(element, "degHide") or degree is None or not len(degree):
        return f"<msqrt>{_part(element, 'e')}</msqrt>"
    return f"<mroot>{_part(element, 'e')}{_part(element, 'deg')}</mroot>"


def _scripts(tag: str, *names: str) -> Callable[[Element], str]:
    return lambda element: f"<{tag}>{''.join(_part(element, name) for name in names)}</{tag}>"


def _before(element: Element) -> str:
    lower, upper = _part(element, "sub"), _part(element, "sup")
    return f"<mmultiscripts>{_part(element, 'e')}<mprescripts/>{lower}{upper}</mmultiscripts>"


def _sum(element: Element) -> str:
    sign = f"<mo>{escape(_value(element, 'chr') or '∫')}</mo>"
    has = {name: not _is_on(element, f"{name}Hide") for name in ("sub", "sup")}
    over = "munder mover munderover" if _value(element, "limLoc") == "undOvr" else "msub msup msubsup"
    under, above, both = over.split()
    parts = "".join(_part(element, name) for name in ("sub", "sup") if has[name])
    tag = both if all(has.values()) else under if has["sub"] else above
    return (f"<{tag}>{sign}{parts}</{tag}>" if parts else sign) + _part(element, "e")


def _brackets(element: Element) -> str:
    begin, end, between = (_value(element, name) for name in ("begChr", "endChr", "sepChr"))
    separator = f"<mo>{escape('|' if between is None else between)}</mo>"
    inner = separator.join(f"<mrow>{_children(each)}</mrow>" for each in element.iterfind("{*}e"))
    signs = ("(" if begin is None else begin, ")" if end is None else end)
    first, last = (f"<mo>{escape(sign)}</mo>" if sign else "" for sign in signs)
    return f"<mrow>{first}{inner}{last}</mrow>"


def _accent(element: Element) -> str:
    sign = _value(element, "chr") or ""
    return f'<mover accent="true">{_part(element, "e")}<mo>{escape(_ACCENTS.get(sign, sign))}</mo></mover>'


def _bar(element: Element) -> str:
    tag = "mover" if _value(element, "pos") == "top" else "munder"
    return f"<{tag}>{_part(element, 'e')}<mo>¯</mo></{tag}>"


def _matrix(element: Element) -> str:
    rows = (
        "".join(f"<mtd>{_children(each)}</mtd>" for each in row.iterfind("{*}e")) for row in element.iterfind("{*}mr")
    )
    return f"<mtable>{''.join(f'<mtr>{row}</mtr>' for row in rows)}</mtable>"


def _lines(element: Element) -> str:
    rows = (f"<mtr><mtd>{_children(each)}</mtd></mtr>" for each in element.iterfind("{*}e"))
    return f"<mtable>{''.join(rows)}</mtable>"


_READERS: dict[str, Callable[[Element], str]] = {
    "r": _run,
    "f": _fraction,
    "rad": _root,
    "sSup": _scripts("msup", "e", "sup"),
    "sSub": _scripts("msub", "e", "sub"),
    "sSubSup": _scripts("msubsup", "e", "sub", "sup"),
    "sPre": _before,
    "nary": _sum,
    "d": _brackets,
    "func": lambda element: f"{_part(element, 'fName')}{_part(element, 'e')}",
    "limLow": _scripts("munder", "e", "lim"),
    "limUpp": _scripts("mover", "e", "lim"),
    "acc": _accent,
    "bar": _bar,
    "groupChr": lambda element: _part(element, "e"),
    "m": _matrix,
    "eqArr": _lines,
    "del": lambda _element: "",
}
