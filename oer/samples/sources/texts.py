"""Markdown of the sample texts: to HTML, and to plain blocks for the office formats."""

import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.attrs import attrs_block_plugin, attrs_plugin
from mdit_py_plugins.container import container_plugin

from oer.samples.sources import figures

BOXES = ("note", "example", "task", "warning", "answers")


@dataclass(frozen=True)
class Run:
    """A piece of a line with its looks and, for a link, its address."""

    text: str
    bold: bool = False
    italic: bool = False
    address: str = ""


@dataclass
class Block:
    """One block of a document: heading, paragraph, item, picture, table or page break."""

    kind: str
    runs: list[Run] = field(default_factory=list)
    level: int = 0
    ordered: bool = False
    list_number: int = 0
    box: str = ""
    rows: list[list[list[Run]]] = field(default_factory=list)
    picture: Path | None = None
    alt: str = ""


def parser() -> MarkdownIt:
    """The Markdown that the samples are written in: CommonMark, tables, attributes and boxes (`::: note`)."""
    markdown = MarkdownIt("commonmark", {"typographer": False}).enable("table")
    markdown.use(attrs_plugin).use(attrs_block_plugin)
    for box in BOXES:
        markdown.use(container_plugin, box, render=_render_box)
    return markdown


def _render_box(_renderer: object, tokens: Sequence[Token], index: int, *_rest: object) -> str:
    token = tokens[index]
    if token.nesting != 1:
        return "</div>\n"
    name, _, title = token.info.strip().partition(" ")
    head = f'<p class="box-title">{html.escape(title)}</p>\n' if title else ""
    return f'<div class="box {name}">\n{head}'


def to_html(text: str, folder: Path, address: Callable[[Path], str] = figures.as_address) -> str:
    """HTML of a text; a picture that stands alone becomes a figure, with its title as the caption.

    `address` tells where a picture is to be found: in the page itself, unless said otherwise.
    """
    body = str(parser().render(text)).replace("<th>", '<th scope="col">')
    picture = r'(?:<p>)?<img src="([^"]+)" alt="([^"]*)"(?: title="([^"]*)")?\s*/?>(?:</p>)?'
    return re.sub(picture, lambda found: _figure(found, address(folder / found[1])), body)


def _figure(found: re.Match[str], address: str) -> str:
    caption = f"<figcaption>{found[3]}</figcaption>" if found[3] else ""
    return f'<figure><img src="{address}" alt="{found[2]}"/>{caption}</figure>'


def to_blocks(text: str, folder: Path) -> list[Block]:
    """A text as a flat list of blocks; lists keep their level and number, boxes their name."""
    return list(_Walk(folder).blocks(parser().parse(text)))


class _Walk:
    """Walks the tokens of a text once, remembering the lists and boxes that it is in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lists: list[tuple[bool, int]] = []
        self.made = 0
        self.box = ""

    def blocks(self, tokens: Sequence[Token]) -> Iterator[Block]:
        rows: list[list[list[Run]]] = []
        heading = 0
        for index, token in enumerate(tokens):
            if token.type in ("bullet_list_open", "ordered_list_open"):
                self.made += 1
                self.lists.append((token.type.startswith("ordered"), self.made))
            elif token.type in ("bullet_list_close", "ordered_list_close"):
                self.lists.pop()
            elif token.type.startswith("container_"):
                yield from self._box(token)
            elif token.type in ("heading_open", "heading_close"):
                heading = int(token.tag[1]) if token.nesting == 1 else 0
            elif token.type == "tr_open":
                rows.append([])
            elif token.type == "table_close":
                yield Block("table", rows=rows)
                rows = []
            elif token.type == "hr":
                yield Block("break")
            elif token.type == "inline" and tokens[index - 1].tag in ("td", "th"):
                rows[-1].append(runs(token))
            elif token.type == "inline":
                yield self._line(token, heading, tokens[index - 2].type if index > 1 else "")

    def _box(self, token: Token) -> Iterator[Block]:
        if token.nesting != 1:
            self.box = ""
            return
        self.box, _, title = token.info.strip().partition(" ")
        if title:
            yield Block("paragraph", [Run(title, bold=True)], box=self.box)

    def _line(self, token: Token, heading: int, before: str) -> Block:
        children = token.children or []
        if len(children) == 1 and children[0].type == "image":
            image = children[0]
            caption = [Run(str(image.attrs.get("title", "")))]
            return Block("picture", caption, picture=self.folder / str(image.attrs["src"]), alt=image.content)
        if heading:
            return Block("heading", runs(token), level=heading)
        if self.lists and before == "list_item_open":
            ordered, number = self.lists[-1]
            return Block("item", runs(token), len(self.lists), ordered, number, self.box)
        return Block("paragraph", runs(token), level=len(self.lists), box=self.box)


def runs(token: Token) -> list[Run]:
    """The pieces of one line."""
    found: list[Run] = []
    bold = italic = False
    address = ""
    for child in token.children or []:
        if child.type in ("strong_open", "strong_close"):
            bold = child.nesting == 1
        elif child.type in ("em_open", "em_close"):
            italic = child.nesting == 1
        elif child.type in ("link_open", "link_close"):
            address = str(child.attrs.get("href", "")) if child.nesting == 1 else ""
        elif child.type in ("softbreak", "hardbreak"):
            found.append(Run(" " if child.type == "softbreak" else "\n", bold, italic, address))
        elif child.content:
            found.append(Run(child.content, bold, italic, address))
    return found
