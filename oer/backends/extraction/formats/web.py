"""HTML and Markdown, split into sections, and the words of SVG drawings.

Of the pictures of a web page only those embedded in it as `data:` URIs are shown.
"""

import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from oer.backends.extraction.blocks import Block, add_sections
from oer.backends.extraction.encodings import decode_text, guess_language
from oer.backends.extraction.formats.image import decode_data_uri, find_data_uris, open_picture
from oer.backends.extraction.markdown import markdown_to_html
from oer.backends.extraction.markup import (
    Element,
    html_body,
    html_title,
    html_to_blocks,
    local_name,
    parse_html,
    parse_xml,
    rewrite_attribute,
    split_url,
)
from oer.backends.extraction.protocol import ExtractionError
from oer.backends.extraction.result import ExtractionResult, read_bytes

_SCHEMES = frozenset({"http", "https", "mailto"})
_SVG_TEXT = frozenset({"title", "desc", "text"})


def read_html(path: Path, result: ExtractionResult) -> None:
    """Add a web page as sections."""
    content = read_bytes(path, result.limits)
    root = parse_html(decode_text(content))
    result.set_title(html_title(root))
    for author in root.iterfind(".//meta[@name='author']"):
        result.set_creator(author.get("content"))
    _add(root, content, result)


def read_markdown(path: Path, result: ExtractionResult) -> None:
    """Add a Markdown text (CommonMark with tables, formulas, boxes) as sections; HTML in it is shown as text."""
    content = read_bytes(path, result.limits)
    text = _without_front_matter(decode_text(content))
    _add(parse_html(markdown_to_html(text, guess_language(text) or "")), content, result)


def _add(root: Element, content: bytes, result: ExtractionResult) -> None:
    add_sections(blocks_of_page(root, picture_names(content, result)), result)


def blocks_of_page(root: Element, pictures: Callable[[str], str | None]) -> Iterator[Block]:
    """Return a page as blocks; of its pictures those stay to whose URL `pictures` has a member's name."""
    body = html_body(root)
    rewrite_attribute(body, "src", pictures)
    rewrite_attribute(body, "href", lambda address: address if _may_stay(address) else None)
    return html_to_blocks(body)


def picture_names(content: bytes, result: ExtractionResult) -> Callable[[str], str | None]:
    """Return a function from the URL of a picture to its member name: None unless it is embedded and can be decoded."""
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


def read_svg(path: Path, result: ExtractionResult) -> None:
    """Add the words of a drawing as a page."""
    root = parse_xml(read_bytes(path, result.limits))
    result.set_title(next((each.text for each in root if local_name(each) == "title"), None))
    lines = [
        " ".join("".join(map(str, each.itertext())).split()) for each in root.iter() if local_name(each) in _SVG_TEXT
    ]
    result.add_page("\n".join(line for line in lines if line))
