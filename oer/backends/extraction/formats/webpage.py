"""HTML and Markdown, as sections; of pictures a page of the web brings those along that are written into it."""

import io
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from markdown_it import MarkdownIt

from oer.backends.extraction.data_pictures import decode_data_picture, find_data_pictures
from oer.backends.extraction.encodings import decode
from oer.backends.extraction.findings import Findings
from oer.backends.extraction.flow import note_flow
from oer.backends.extraction.pictures import open_picture
from oer.backends.extraction.protocol import Stop
from oer.backends.extraction.reading import read_bytes
from oer.backends.extraction.webtext import as_blocks, page_body, page_title, parse_page, parts_of_address, rewrite
from oer.backends.extraction.xml import Element

_SCHEMES = frozenset({"http", "https", "mailto"})


def read_html(path: Path, findings: Findings) -> None:
    """Note a page as sections."""
    content = read_bytes(path, findings.limits)
    root = parse_page(decode(content))
    findings.title(page_title(root))
    for author in root.iterfind(".//meta[@name='author']"):
        findings.creator(author.get("content"))
    _note(root, content, findings)


def read_markdown(path: Path, findings: Findings) -> None:
    """Note a Markdown text (CommonMark with tables) as sections; HTML in it stays text."""
    content = read_bytes(path, findings.limits)
    text = decode(content)
    html = (
        MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).render(_without_front_matter(text))
    )
    _note(parse_page(html), content, findings)


def _note(root: Element, content: bytes, findings: Findings) -> None:
    body = page_body(root)
    rewrite(body, "src", _picture_names(content, findings))
    rewrite(body, "href", lambda address: address if _may_stay(address) else None)
    note_flow(as_blocks(body), findings)


def _picture_names(content: bytes, findings: Findings) -> Callable[[str], str | None]:
    """Return what gives the member that stands for a picture's address: those that lie in the page and can be shown."""
    names: dict[str, str] = {}
    for address, name in find_data_pictures(content):
        if address not in names and _can_be_shown(address, findings):
            names[address] = f"member:{name}"
    return names.get


def _can_be_shown(address: str, findings: Findings) -> bool:
    found = decode_data_picture(address.encode())
    with suppress(Stop), open_picture(io.BytesIO(found[1] if found else b""), findings.limits):
        return True
    return False


def _may_stay(address: str) -> bool:
    parts = parts_of_address(address)
    return address.startswith("#") or (parts is not None and parts.scheme.lower() in _SCHEMES)


def _without_front_matter(text: str) -> str:
    if not text.startswith("---\n"):
        return text
    end = text.find("\n---\n", 4)
    return text if end < 0 else text[end + 5 :]
