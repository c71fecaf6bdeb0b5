"""The outline (bookmarks) of a PDF that chromium printed: read in order, and given its true titles.

Chromium takes an entry's title from the lines as painted, so that wrapped headings lose a space and framed ones
come twice. The entries are written anew in an incremental update (ISO 32000-1, 7.5.6); chromium's PDFs are 1.4 with
a classic cross-reference table, so that their objects can be read as they stand.
"""

import re
from pathlib import Path

REFERENCE = rb"/%s (\d+) 0 R"


def pages_of_entries(pdf: Path) -> list[int]:
    """The page (from 1) of each outline entry, in reading order."""
    data = pdf.read_bytes()
    sheets = _sheets(data, _follow(_object(data, _root(data)), b"Pages") or 0)
    numbers = {sheet: position for position, sheet in enumerate(sheets, 1)}
    return [numbers[_destination(_object(data, entry))] for entry in _entries(data)]


def name_entries(pdf: Path, titles: list[str], author: str) -> None:
    """Gives each outline entry its title, in reading order, and the document its author."""
    data = pdf.read_bytes()
    entries = _entries(data)
    if len(entries) != len(titles):
        raise ValueError(f"{pdf.name}: {len(titles)} titles for {len(entries)} outline entries")
    changed = {
        entry: _with_string(_object(data, entry), b"Title", title) for entry, title in zip(entries, titles, strict=True)
    }
    facts = int(_found(rb"/Info (\d+) 0 R", data))
    plain = re.sub(rb"/Creator \((?:\\.|[^()\\])*\)\n", b"", _object(data, facts))
    changed[facts] = _with_string(_with_string(plain, b"Title", titles[0]), b"Author", author)
    pdf.write_bytes(data + _update(data, changed))


def _found(pattern: bytes, data: bytes) -> bytes:
    found = re.search(pattern, data)
    if not found:
        raise ValueError(f"no {pattern!r}")
    return found[1]


def _root(data: bytes) -> int:
    return int(_found(rb"trailer\s*<<.*?/Root (\d+) 0 R", data.replace(b"\n", b" ")))


def _object(data: bytes, number: int) -> bytes:
    found = re.search(rb"(?:^|\n)%d 0 obj\s*(.*?)\s*endobj" % number, data, re.S)
    if not found:
        raise ValueError(f"no object {number}")
    return found[1]


def _follow(content: bytes, key: bytes) -> int | None:
    found = re.search(REFERENCE % key, content)
    return int(found[1]) if found else None


def _entries(data: bytes) -> list[int]:
    outlines = _follow(_object(data, _root(data)), b"Outlines")
    return _below(data, outlines) if outlines else []


def _below(data: bytes, parent: int) -> list[int]:
    found: list[int] = []
    entry = _follow(_object(data, parent), b"First")
    while entry:
        found += [entry, *_below(data, entry)]
        entry = _follow(_object(data, entry), b"Next")
    return found


def _sheets(data: bytes, node: int) -> list[int]:
    content = _object(data, node)
    kids = re.search(rb"/Kids \[(.*?)\]", content, re.S)
    if not kids:
        return [node]
    return [sheet for kid in re.findall(rb"(\d+) 0 R", kids[1]) for sheet in _sheets(data, int(kid))]


def _destination(content: bytes) -> int:
    return int(_found(rb"/Dest \[(\d+) 0 R", content))


def _with_string(content: bytes, key: bytes, value: str) -> bytes:
    written = b"/%s <FEFF%s>" % (key, value.encode("utf-16-be").hex().upper().encode())
    content = re.sub(rb"/%s (?:<[0-9A-Fa-f]*>|\((?:\\.|[^()\\])*\))\s*" % key, b"", content)
    return content.replace(b"<<", b"<<" + written + b"\n", 1)


def _update(data: bytes, changed: dict[int, bytes]) -> bytes:
    before = int(re.findall(rb"startxref\s+(\d+)", data)[-1])
    size, root = int(_found(rb"/Size (\d+)", data[before:])), _root(data)
    facts = int(_found(rb"/Info (\d+) 0 R", data[before:]))
    body, table = b"\n", b"xref\n"
    for number, content in sorted(changed.items()):
        table += b"%d 1\n%010d 00000 n \n" % (number, len(data) + len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    trailer = b"trailer\n<</Size %d /Root %d 0 R /Info %d 0 R /Prev %d>>\n" % (size, root, facts, before)
    return body + table + trailer + b"startxref\n%d\n%%%%EOF\n" % (len(data) + len(body))
