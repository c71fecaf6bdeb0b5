"""Jupyter notebooks (nbformat 3 and 4): texts, code, and what the code wrote, drew or showed as a table."""

import json
import re
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import Any

from oer.backends.extraction.blocks import Block, add_sections
from oer.backends.extraction.encodings import decode_text, guess_language
from oer.backends.extraction.formats.web import blocks_of_page, picture_names
from oer.backends.extraction.markdown import markdown_to_html
from oer.backends.extraction.markup import parse_html
from oer.backends.extraction.protocol import Damaged
from oer.backends.extraction.result import ExtractionResult, read_bytes

_LONGEST_OUTPUT = 20_000
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")  # of a terminal
_PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_SPACE = re.compile(r"\s+")


def read(path: Path, result: ExtractionResult) -> None:
    """Add a notebook as sections. Raises Damaged, LimitReached."""
    content = read_bytes(path, result.limits)
    try:
        notebook = json.loads(decode_text(content))
    except (ValueError, RecursionError) as error:
        raise Damaged(str(error)) from error
    cells = list(_cells(notebook))
    metadata = notebook.get("metadata")
    if isinstance(metadata, dict):
        result.set_title(_text(metadata.get("title")))
    language = guess_language("\n".join(_source(cell) for cell in cells if cell.get("cell_type") == "markdown")) or ""
    names = picture_names(content, result)

    def blocks() -> Iterator[Block]:
        for html in filter(None, (piece for cell in cells for piece in _pieces(cell, language))):
            yield from blocks_of_page(parse_html(html), names)

    add_sections(blocks(), result)


def _cells(notebook: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(notebook, dict):
        raise Damaged(f"a notebook that is {type(notebook).__name__}")
    sheets = [notebook, *_list(notebook.get("worksheets"))]
    for sheet in sheets:
        cells = _list(sheet.get("cells")) if isinstance(sheet, dict) else []
        yield from (cell for cell in cells if isinstance(cell, dict))


def _pieces(cell: dict[str, Any], language: str) -> Iterator[str]:
    """Yield a cell as pieces of HTML, each by itself so that a tag left open ends with it."""
    kind, source = cell.get("cell_type"), _source(cell)
    if kind == "markdown":
        yield _with_attachments(markdown_to_html(source, language), cell.get("attachments"))
    elif kind == "heading":
        level = cell.get("level")
        level = level if isinstance(level, int) and 1 <= level <= 6 else 1
        yield f"<h{level}>{escape(source)}</h{level}>"
    elif source.strip():
        yield f"<pre><code>{escape(source)}</code></pre>"
    for output in _list(cell.get("outputs")):
        if isinstance(output, dict):
            yield from _output(output)


def _output(output: dict[str, Any]) -> Iterator[str]:
    if output.get("output_type") in {"error", "pyerr"}:
        yield _written(f"{_text(output.get('ename'))}: {_text(output.get('evalue'))}")
        return
    if "text" in output:
        yield _written(_text(output["text"]))
    data = output.get("data")
    if not isinstance(data, dict):
        return
    picture = next((kind for kind in _PICTURES if kind in data), None)
    if picture:
        yield f'<p><img src="{_data_uri(picture, data[picture])}" alt="{escape(_text(data.get("text/plain")))}"></p>'
    elif "text/html" in data:
        yield _text(data["text/html"])
    elif "text/markdown" in data:
        yield markdown_to_html(_text(data["text/markdown"]))
    elif "text/latex" in data:
        yield markdown_to_html(_text(data["text/latex"]))
    else:
        yield _written(_text(data.get("text/plain")))


def _written(text: str) -> str:
    text = _COLOURS.sub("", text).rstrip()
    return f"<pre>{escape(text[:_LONGEST_OUTPUT])}</pre>" if text else ""


def _with_attachments(html: str, attachments: Any) -> str:
    for name, kinds in attachments.items() if isinstance(attachments, dict) else ():
        kind = next((each for each in _PICTURES if isinstance(kinds, dict) and each in kinds), None)
        if kind:
            html = html.replace(f'src="attachment:{escape(name)}"', f'src="{_data_uri(kind, kinds[kind])}"')
    return html


def _data_uri(kind: str, value: Any) -> str:
    return escape(f"data:{kind};base64,{_SPACE.sub('', _text(value))}")


def _source(cell: dict[str, Any]) -> str:
    return _text(cell.get("source", cell.get("input")))


def _text(value: Any) -> str:
    """Return a text that may be written as a list of lines."""
    lines: Iterable[Any] = value if isinstance(value, list) else [value]
    return "".join(each for each in lines if isinstance(each, str))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
