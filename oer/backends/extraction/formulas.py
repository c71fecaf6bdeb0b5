"""Formulas: MathML as it is shown, the text by which it is found and heard, and LaTeX turned into it."""

import re
from collections.abc import Callable
from html import escape

from latex2mathml.converter import convert
from lxml import etree

Element = etree._Element

_SIGNS = {"\u2212": "-", "\u2061": "", "\u2062": "", "\u2063": "", "\u2064": "", "\u00a0": " "}
_RELATIONS = frozenset("=<>≤≥≠≈≡∈∉⊂⊆∪∩→⇒⇔←↔∧∨:∼≅∥⊥")
_NOT_SHOWN = frozenset({"annotation", "annotation-xml", "mphantom", "none", "mprescripts"})
_SCRIPTS = {
    "msub": "_",
    "munder": "_",
    "msup": "^",
    "mover": "^",
    "msubsup": "_^",
    "munderover": "_^",
}
# Arrows and bars above a letter are no exponents: the letter alone is said.
_ACCENTS = frozenset("→⃗^ˆ~˜¯‾_̅̂̃˙¨⏞⏟⌢︷︸")
_LONGEST_LATEX = 5000


def _kind(element: Element) -> str:
    return str(element.tag).rpartition("}")[2].rpartition(":")[2] if isinstance(element.tag, str) else ""


def math_text(math: Element) -> str:
    """Return a formula on one line: "x = -b/(2a)", "N(N-1)/2", "∑_(i=1)^n i"."""
    try:
        return " ".join(_text(math).split())
    except RecursionError:
        return " ".join("".join(map(str, math.itertext())).split())


def _text(element: Element) -> str:
    kind, parts = _kind(element), [each for each in element if _kind(each)]
    if not kind or kind in _NOT_SHOWN:
        return ""
    if kind in _SCRIPTS and len(parts) == len(_SCRIPTS[kind]) + 1:
        return _scripted(kind, [_text(each) for each in parts])
    if kind in _PAIRS and len(parts) == 2:
        return _PAIRS[kind](_text(parts[0]), _text(parts[1]))
    if kind in _WRAPPED:
        return _WRAPPED[kind](element, parts)
    return _row(parts) if parts else _leaf(kind, "".join(map(str, element.itertext())))


def _leaf(kind: str, text: str) -> str:
    text = " ".join("".join(_SIGNS.get(letter, letter) for letter in text).split())
    if kind == "mspace":
        return " "
    return f" {text} " if kind == "mo" and text in _RELATIONS else text


def _row(parts: list[Element]) -> str:
    """Join what stands side by side; a blank where two words would run into each other: "sin x", not "sinx"."""
    line, was_word = "", False
    for part in parts:
        text, kind = _text(part), _kind(part)
        is_word = kind == "mtext" or (kind == "mi" and len(text.strip()) > 1)
        if (is_word or was_word) and (line[-1:].isalnum() or line[-1:] == ")") and text[:1].isalnum():
            line += " "
        line += text
        was_word = is_word or kind in {"munder", "munderover"} or (kind in _SCRIPTS and text[:1] in "∑∏∫")
    return line


def _scripted(kind: str, texts: list[str]) -> str:
    base, scripts = texts[0], texts[1:]
    if kind in {"mover", "munder"} and scripts[0].strip() in _ACCENTS:
        return base
    return base + "".join(
        f"{sign}{_lower(text)}" for sign, text in zip(_SCRIPTS[kind], scripts, strict=True) if text.strip()
    )


_SUM = re.compile(r"(?<=[\w)\]])\s*[-+±=<>≤≥]")
_FENCED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")


def _upper(text: str) -> str:
    """Return what is divided: a sum in brackets, a product as it is."""
    text, outside = text.strip(), text.strip()
    while (less := _FENCED.sub("0", outside)) != outside:
        outside = less
    return f"({text})" if _SUM.search(outside) else text


def _lower(text: str) -> str:
    """Return a divisor, an exponent or what a root covers: in brackets unless it is one number or letter."""
    text = text.strip()
    is_one = re.fullmatch(r"\d+(?:[.,]\d+)*|[^\W\d]|[^\s\w]|\([^()]*\)", text)
    return text if is_one else f"({text})"


def _fenced(element: Element, parts: list[Element]) -> str:
    inner = (element.get("separators") or ",")[:1].join(_text(each) for each in parts)
    return f"{element.get('open') or '('}{inner}{element.get('close') or ')'}"


def _cells(_row: Element, parts: list[Element]) -> str:
    return ", ".join(_text(each) for each in parts)


_PAIRS: dict[str, Callable[[str, str], str]] = {
    "mfrac": lambda over, under: f"{_upper(over)}/{_lower(under)}",
    "mroot": lambda base, index: f"√[{index}]{_lower(base)}",
}
_WRAPPED: dict[str, Callable[[Element, list[Element]], str]] = {
    "msqrt": lambda _root, parts: f"√{_lower(_row(parts))}",
    "mtable": lambda _table, parts: "[" + "; ".join(_text(each) for each in parts) + "]",
    "mtr": _cells,
    "mlabeledtr": _cells,
    "semantics": lambda _all, parts: _text(parts[0]) if parts else "",
    "mfenced": _fenced,
}


def finish_formulas(body: Element) -> None:
    """Make the formulas of a page ready to be shown: no prefixes, no hidden copies, and a text for the ear."""
    for math in list(body.iter()):
        if _kind(math) == "math":
            for each in math.iter():
                each.tag = _kind(each) or each.tag
            math.attrib.pop("xmlns", "")
            etree.strip_elements(math, "annotation", "annotation-xml", with_tail=False)
            math.set("alttext", math_text(math) or math.get("alttext") or "")
            draw_roots(math)
    _drop_copies(body)


def draw_roots(math: Element) -> None:
    """Replace roots by their sign and a line above: browsers draw <msqrt> only where a font for mathematics is there.

    Phones have none, and would show what is below the root without it.
    """
    for root in [each for each in math.iter() if _kind(each) in {"msqrt", "mroot"}]:
        parts = list(root)
        index = parts.pop() if _kind(root) == "mroot" and len(parts) == 2 else None
        root.tag = "mrow"
        if index is not None:
            script = etree.SubElement(root, "msup")
            etree.SubElement(script, "mrow")
            script.append(index)
        sign = etree.SubElement(root, "mo", stretchy="false")
        sign.text = "√"
        etree.SubElement(root, "mrow", {"class": "root"}).extend(parts)


def _drop_copies(body: Element) -> None:
    # KaTeX draws each formula a second time, in letters; Wikipedia shows browsers of before MathML a picture.
    for element in list(body.iter("span", "img")):
        named = element.get("class") or ""
        if "katex-html" in named.split() or named.startswith("mwe-math-fallback"):
            tail, before, parent = element.tail or "", element.getprevious(), element.getparent()
            if parent is None:
                continue
            if before is not None:
                before.tail = (before.tail or "") + tail
            else:
                parent.text = (parent.text or "") + tail
            parent.remove(element)


def latex_to_mathml(latex: str, *, block: bool = False) -> str:
    """Return LaTeX as a <math>; what cannot be read stays visible as it was written."""
    sign = "$$" if block else "$"
    as_written = f"<code>{escape(sign + latex.strip() + sign)}</code>"
    bare = re.sub(r"\\.", "", latex)
    if len(latex) > _LONGEST_LATEX or bare.count("{") != bare.count("}"):
        return as_written
    try:
        return convert(latex.strip(), display="block" if block else "inline")
    except Exception:
        return as_written


_FORMULA_SIGNS = re.compile(r"[\\^_=+\-*/<>{}|]")
_WORD = re.compile(r"[^\W\d_]{3,}")
_ONE_THING = re.compile(r"[^\W_][\w(),.'!]{0,12}")


def is_formula(between: str) -> bool:
    """Whether what stands between two dollar signs is a formula, and not "$5 to Mai and $" of a text about money."""
    if "\\" in between or "{" in between:
        return True
    if _WORD.search(between) and re.search(r"\s", between):
        return False
    return bool(_FORMULA_SIGNS.search(between) or _ONE_THING.fullmatch(between))
