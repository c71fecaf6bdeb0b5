"""EPUB 3 books: a chapter for each `##` of the text, a navigation document, accessibility metadata, figures as PNG."""

import html
import re
import uuid
from pathlib import Path

from lxml import etree
from lxml import html as html_tree

from oer.samples.sources import figures, texts
from oer.samples.sources.archives import filled, write_archive
from oer.samples.sources.pages import CONTENTS, PUBLISHER, RIGHTS, Text

ADDRESS = "https://creativecommons.org/licenses/by/4.0/"
ACCESS = {
    "vi": "Có mục lục và đề mục; mọi hình có mô tả bằng lời; đọc được hết bằng chữ.",
    "en": "Table of contents and headings; every figure is described; all of it can be read as text.",
}


def write_epub(text: Text, target: Path, identifier: str, workshop: Path) -> None:
    """Writes a text as an EPUB 3; the identifier of the material gives the book its (stable) UUID."""
    book = _Book(text, identifier)
    members = book.members()
    images: dict[str, bytes | str] = {
        f"book/{name}": figures.as_png(source, workshop, 900).read_bytes() for name, source in book.pictures.items()
    }
    write_archive(target, members | images, first_stored="mimetype")


class _Book:
    def __init__(self, text: Text, identifier: str) -> None:
        self.text = text
        self.number = uuid.uuid5(uuid.NAMESPACE_URL, f"{ADDRESS}#{identifier}")
        self.pictures: dict[str, Path] = {}
        parts = re.split(r"(?m)^(?=## )", text.markdown.strip())
        self.chapters = [self._chapter(part) for part in parts if part.strip()]

    def members(self) -> dict[str, bytes | str]:
        cover = self._page(self.text.title, self._cover())
        return {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": filled("epub/container.xml"),
            "book/package.opf": self._package(),
            "book/nav.xhtml": self._page(CONTENTS[self.text.language], self._navigation()),
            "book/style.css": filled("epub/style.css"),
            "book/cover.xhtml": cover,
            **{f"book/{name}": self._page(title, body) for name, title, body, _ in self._numbered()},
        }

    def _numbered(self) -> list[tuple[str, str, str, list[tuple[str, str]]]]:
        return [(f"chapter-{number:02}.xhtml", *chapter) for number, chapter in enumerate(self.chapters, 1)]

    def _chapter(self, part: str) -> tuple[str, str, list[tuple[str, str]]]:
        """Title, XHTML body and sections (id, title) of a chapter."""
        root = html_tree.fragment_fromstring(texts.to_html(part, self.text.folder, self._keep), create_parent="section")
        heading = root.find("h2")
        if heading is None:
            raise ValueError("a chapter begins with a heading of level 2")
        sections: list[tuple[str, str]] = []
        for number, section in enumerate(root.iter("h3"), 1):
            section.set("id", f"section-{number}")
            sections.append((f"section-{number}", section.text_content()))
        return heading.text_content(), etree.tostring(root, encoding="unicode", method="xml"), sections

    def _keep(self, source: Path) -> str:
        self.pictures[f"images/{source.stem}.png"] = source
        return f"images/{source.stem}.png"

    def _cover(self) -> str:
        language = self.text.language
        picture = (
            f'<p><img src="{self._keep(self.text.folder / self.text.cover)}" alt=""/></p>' if self.text.cover else ""
        )
        return (
            f'<section class="cover" epub:type="cover"><h1>{html.escape(self.text.title)}</h1>'
            f"<p>{html.escape(self.text.subtitle)}</p>{picture}"
            f"<p><strong>{PUBLISHER[language]}</strong></p><p>{RIGHTS[language]}</p></section>"
        )

    def _navigation(self) -> str:
        lines = []
        for name, title, _, sections in self._numbered():
            inner = "".join(f'<li><a href="{name}#{mark}">{html.escape(label)}</a></li>' for mark, label in sections)
            below = f"<ol>{inner}</ol>" if inner else ""
            lines.append(f'<li><a href="{name}">{html.escape(title)}</a>{below}</li>')
        head = f"<h1>{CONTENTS[self.text.language]}</h1>"
        return f'<nav epub:type="toc" role="doc-toc">{head}<ol>{"".join(lines)}</ol></nav>'

    def _page(self, title: str, body: str) -> str:
        return filled("epub/page.xhtml", language=self.text.language, title=html.escape(title), body=body)

    def _package(self) -> str:
        names = [name for name, *_ in self._numbered()]
        items = [
            f'<item id="chapter-{number}" href="{name}" media-type="application/xhtml+xml"/>'
            for number, name in enumerate(names, 1)
        ]
        items += [
            f'<item id="image-{number}" href="{name}" media-type="image/png"{self._cover_mark(source)}/>'
            for number, (name, source) in enumerate(self.pictures.items(), 1)
        ]
        return filled(
            "epub/package.opf",
            language=self.text.language,
            identifier=self.number.urn,
            title=html.escape(self.text.title),
            subtitle=html.escape(self.text.subtitle),
            publisher=PUBLISHER[self.text.language],
            access=ACCESS[self.text.language],
            items="\n    ".join(items),
            spine="".join(f'<itemref idref="chapter-{number}"/>' for number in range(1, len(names) + 1)),
        )

    def _cover_mark(self, source: Path) -> str:
        return ' properties="cover-image"' if source == self.text.folder / self.text.cover else ""
