"""HTML and Markdown, as sections; a page of the web brings no pictures along."""

from pathlib import Path

from markdown_it import MarkdownIt

from oer.backends.extraction.encodings import decode
from oer.backends.extraction.findings import Findings
from oer.backends.extraction.flow import note_flow
from oer.backends.extraction.reading import read_bytes
from oer.backends.extraction.webtext import as_blocks, page_body, page_title, parse_page, parts_of_address, rewrite
from oer.backends.extraction.xml import Element

_SCHEMES = frozenset({"http", "https", "mailto"})


def read_html(path: Path, findings: Findings) -> None:
    """Note a page as sections."""
    root = parse_page(decode(read_bytes(path, findings.limits)))
    findings.title(page_title(root))
    for author in root.iterfind(".//meta[@name='author']"):
        findings.creator(author.get("content"))
    _note(root, findings)


def read_markdown(path: Path, findings: Findings) -> None:
    """Note a Markdown text (CommonMark with tables) as sections; HTML in it stays text."""
    text = decode(read_bytes(path, findings.limits))
    html = (
        MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).render(_without_front_matter(text))
    )
    _note(parse_page(html), findings)


def _note(root: Element, findings: Findings) -> None:
    body = page_body(root)
    rewrite(body, "src", lambda _: None)
    rewrite(body, "href", lambda address: address if _may_stay(address) else None)
    note_flow(as_blocks(body), findings)


def _may_stay(address: str) -> bool:
    parts = parts_of_address(address)
    return address.startswith("#") or (parts is not None and parts.scheme.lower() in _SCHEMES)


def _without_front_matter(text: str) -> str:
    if not text.startswith("---\n"):
        return text
    end = text.find("\n---\n", 4)
    return text if end < 0 else text[end + 5 :]
