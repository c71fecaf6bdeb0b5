"""HTML and Markdown, split into sections. Only pictures embedded in the page itself are kept."""

import io
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from markdown_it import MarkdownIt

from oer.backends.extraction.blocks import add_sections
from oer.backends.extraction.encodings import decode_text
from oer.backends.extraction.formats.image import decode_data_uri, find_data_uris, open_picture
from oer.backends.extraction.markup import (
    Element,
    html_body,
    html_title,
    html_to_blocks,
    parse_html,
    rewrite_attribute,
    split_url,
)
from oer.backends.extraction.protocol import ExtractionError
from oer.backends.extraction.result import ExtractionResult, read_bytes

_SCHEMES = frozenset({"http", "https", "mailto"})


def read_html(path: Path, result: ExtractionResult) -> None:
    """Note a page as sections."""
    content = read_bytes(path, result.limits)
    root = parse_html(decode_text(content))
    result.set_title(html_title(root))
    for author in root.iterfind(".//meta[@name='author']"):
        result.set_creator(author.get("content"))
    _note(root, content, result)


def read_markdown(path: Path, result: ExtractionResult) -> None:
    """Note a Markdown text (CommonMark with tables) as sections; HTML in it stays text."""
    content = read_bytes(path, result.limits)
    text = decode_text(content)
    html = (
        MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).render(_without_front_matter(text))
    )
    _note(parse_html(html), content, result)


def _note(root: Element, content: bytes, result: ExtractionResult) -> None:
    body = html_body(root)
    rewrite_attribute(body, "src", _picture_names(content, result))
    rewrite_attribute(body, "href", lambda address: address if _may_stay(address) else None)
    add_sections(html_to_blocks(body), result)


def _picture_names(content: bytes, result: ExtractionResult) -> Callable[[str], str | None]:
    """Return what gives the member that stands for a picture's address: those that lie in the page and can be shown."""
    names: dict[str, str] = {}
    for address, name in find_data_uris(content):
        if address not in names and _can_be_shown(address, result):
            names[address] = f"member:{name}"
    return names.get


def _can_be_shown(address: str, result: ExtractionResult) -> bool:
    found = decode_data_uri(address.encode())
    with suppress(ExtractionError), open_picture(io.BytesIO(found[1] if found else b""), result.limits):
        return True
    return False


def _may_stay(address: str) -> bool:
    parts = split_url(address)
    return address.startswith("#") or (parts is not None and parts.scheme.lower() in _SCHEMES)


def _without_front_matter(text: str) -> str:
    if not text.startswith("---\n"):
        return text
    end = text.find("\n---\n", 4)
    return text if end < 0 else text[end + 5 :]
