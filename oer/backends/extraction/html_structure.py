"""Lists, tables and boxes of web pages and books: what their looks say is said by elements, for looks are not kept."""

import re
from collections.abc import Iterator

from lxml import etree

from oer.backends.extraction.tables import is_figure, missing_cells

Element = etree._Element

_KINDS = {
    "lower-alpha": "a",
    "lower-latin": "a",
    "upper-alpha": "A",
    "upper-latin": "A",
    "lower-roman": "i",
    "upper-roman": "I",
    "decimal": "1",
}
_LIST_STYLE = re.compile(r"list-style(?:-type)?\s*:[^;}]*?(" + "|".join(_KINDS) + r")\b", re.IGNORECASE)
_RULE = re.compile(r"([^{}]{1,300})\{([^{}]{1,2000})\}")
_SELECTOR = re.compile(r"(ol|li)?(?:\.([\w-]+))?", re.IGNORECASE)
_LONGEST_STYLES = 100_000
_BOX_NAMES = "callout|admonition|note|notice|warning|caution|tip|hint|infobox|alert|danger|important"
_BOX = re.compile(rf"(?:^|[\s_-])(?:{_BOX_NAMES})(?:$|[\s_-])", re.IGNORECASE)
_MOST_COLUMNS = 500


def list_kinds(root: Element) -> dict[tuple[str, str], str]:
    """Return the kinds of lists that a page's styles give, by (element or "", class or "")."""
    kinds: dict[tuple[str, str], str] = {}
    for style in root.iter("style"):
        for found in _RULE.finditer((style.text or "")[:_LONGEST_STYLES]):
            kind = _kind_of(found[2])
            for selector in found[1].split(",") if kind else ():
                named = _SELECTOR.fullmatch(selector.strip())
                if named and named[0]:
                    kinds[((named[1] or "").lower(), named[2] or "")] = kind
    return kinds


def finish_structure(body: Element, kinds: dict[tuple[str, str], str]) -> None:
    """Give lists their kind, tables their headers and as many cells in every row, and boxes their element."""
    for element in list(body.iter("ol", "table", "div", "section", "blockquote", "p")):
        if element.tag == "ol":
            _finish_list(element, kinds)
        elif element.tag == "table":
            _finish_table(element)
        elif _BOX.search(element.get("class") or "") and not _is_in_box(element):
            _make_box(element)


def _kind_of(styles: str) -> str:
    found = _LIST_STYLE.search(styles)
    return _KINDS[found[1].lower()] if found else ""


def _finish_list(element: Element, kinds: dict[tuple[str, str], str]) -> None:
    first = element.find("li")
    kind = _kind_of(element.get("style") or "") or (_kind_of(first.get("style") or "") if first is not None else "")
    kind = kind or _styled(element, kinds) or (_styled(first, kinds) if first is not None else "")
    if kind and not (kind == "1" and element.get("type") is None):
        element.set("type", kind)


def _styled(element: Element, kinds: dict[tuple[str, str], str]) -> str:
    tag = str(element.tag)
    for name in (element.get("class") or "").split():
        for key in ((tag, name), ("", name)):
            if key in kinds:
                return kinds[key]
    return kinds.get((tag, ""), "")


def _is_in_box(element: Element) -> bool:
    return any(each.tag == "aside" for each in element.iterancestors())


def _make_box(element: Element) -> None:
    """Make an <aside> of what a class names as a box; a paragraph becomes the content of one."""
    if element.tag == "p":
        inner = etree.Element("p")
        inner.text, element.text = element.text, None
        inner.extend(list(element))
        element.append(inner)
    element.tag = "aside"
    first = next(iter(element), None)
    if first is not None and first.tag in {"p", "div"} and "title" in (first.get("class") or "") and not len(first):
        first.tag = "p"
        title = etree.SubElement(first, "strong")
        title.text, first.text = first.text, None


def _finish_table(table: Element) -> None:
    rows = list(_rows(table))
    if not rows or next(iter(table.iterdescendants("table")), None) is not None:
        return
    cells = [[each for each in row if each.tag in {"td", "th"}] for row in rows]
    for row in cells:
        for place, cell in enumerate(row):
            _finish_cell(cell, is_first=place == 0, is_head=all(each.tag == "th" for each in row))
    missing = missing_cells([[(_span(each, "colspan"), _span(each, "rowspan")) for each in row] for row in cells])
    for row_element, row, count in zip(rows, cells, missing, strict=True):
        tag = "th" if row and all(each.tag == "th" for each in row) else "td"
        for _ in range(min(count, _MOST_COLUMNS)):
            etree.SubElement(row_element, tag)
    _make_head(table, rows, cells)


def _rows(table: Element) -> Iterator[Element]:
    for each in table:
        if each.tag == "tr":
            yield each
        elif each.tag in {"thead", "tbody", "tfoot"}:
            yield from each.iterfind("tr")


def _finish_cell(cell: Element, *, is_first: bool, is_head: bool) -> None:
    if cell.tag == "th":
        if cell.get("scope") is None and (is_head or is_first):
            cell.set("scope", "col" if is_head else "row")
    elif is_figure("".join(map(str, cell.itertext()))):
        cell.set("class", "figure")


def _make_head(table: Element, rows: list[Element], cells: list[list[Element]]) -> None:
    """Put a first row of headers into a <thead>, as those who write it by hand forget."""
    if table.find("thead") is not None or len(rows) < 2:
        return
    if not cells[0] or any(each.tag != "th" or _span(each, "rowspan") > 1 for each in cells[0]):
        return
    head = etree.Element("thead")
    place = next((number for number, each in enumerate(table) if each.tag in {"tr", "tbody"}), 0)
    table.insert(place, head)
    head.append(rows[0])


def _span(cell: Element, name: str) -> int:
    written = (cell.get(name) or "").strip()
    return (
        min(max(int(written), 1), _MOST_COLUMNS) if written.isascii() and written.isdigit() and len(written) < 5 else 1
    )
