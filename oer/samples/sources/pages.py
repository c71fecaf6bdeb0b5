"""Whole HTML pages out of Markdown: to be printed as PDF, or to be read as they are."""

import html
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from oer.samples.sources import chromium, figures, outlines, texts
from oer.samples.sources.parts import filled

HERE = Path(__file__).parent
PUBLISHER = {"vi": "Kho học liệu mở Thành phố Hồ Chí Minh", "en": "Ho Chi Minh City Open Learning Repository"}
RIGHTS = {
    "vi": "Giấy phép CC BY 4.0: bạn được sao chép, sửa và dùng lại, kể cả để bán, chỉ cần ghi nguồn.",
    "en": "Licence CC BY 4.0: you may copy, change and reuse this, even commercially, as long as you name the source.",
}
CONTENTS = {"vi": "Mục lục", "en": "Contents"}


@dataclass(frozen=True)
class Text:
    """A text to be set: its Markdown, where its figures lie, and what its cover says."""

    markdown: str
    folder: Path
    title: str
    subtitle: str
    language: str = "vi"
    style: str = "handbook"
    cover: str = ""


def write_page(text: Text, target: Path, workshop: Path) -> None:
    """A page that stands alone, for reading in a browser: table of contents, figures inside (as PNG), no script."""

    def address(source: Path) -> str:
        return figures.as_address(figures.as_png(source, workshop, 900))

    body, entries = _with_anchors(texts.to_html(text.markdown, text.folder, address))
    cover = address(text.folder / text.cover) if text.cover else ""
    target.write_text(_page(text, "page", _contents(text.language, entries, []), body, cover), "utf-8")


def write_pdf(text: Text, target: Path, workshop: Path) -> None:
    """A tagged PDF with cover, outline and a table of contents with page numbers (found by a first printing)."""
    body, entries = _with_anchors(_framed_plainly(texts.to_html(text.markdown, text.folder)))
    page, draft = workshop / f"{target.stem}.html", workshop / target.name
    cover = figures.as_address(text.folder / text.cover) if text.cover else ""
    numbers: list[int] = []
    for _ in range(2):
        contents = "" if text.style in ("sheet", "large", "label") else _contents(text.language, entries, numbers)
        page.write_text(_page(text, text.style, contents, body, cover), "utf-8")
        chromium.print_pdf(page, draft)
        numbers = outlines.pages_of_entries(draft)[1:]
    outlines.name_entries(draft, [text.title, *(title for _, _, title in entries)], PUBLISHER[text.language])
    shutil.copyfile(draft, target)


def _framed_plainly(body: str) -> str:
    # In a tagged PDF the picture alone is to be the figure: its frame would be a second one, without a description.
    body = re.sub(r"<(/?)figure>", lambda found: "</div>" if found[1] else '<div class="figure">', body)
    return re.sub(r"<(/?)figcaption>", lambda found: "</p>" if found[1] else '<p class="caption">', body)


def _plain(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", text)).split())


def _with_anchors(body: str) -> tuple[str, list[tuple[int, str, str]]]:
    """The body with an id on each heading, and the list of (level, id, title)."""
    entries: list[tuple[int, str, str]] = []

    def anchor(found: re.Match[str]) -> str:
        name = f"muc-{len(entries) + 1}"
        entries.append((int(found[1]), name, _plain(found[3])))
        return f'<h{found[1]} id="{name}"{found[2]}>{found[3]}</h{found[1]}>'

    return re.sub(r"<h([2-4])([^>]*)>(.*?)</h\1>", anchor, body, flags=re.S), entries


def _contents(language: str, entries: list[tuple[int, str, str]], numbers: list[int]) -> str:
    def line(entry: tuple[int, str, str], page: int) -> str:
        level, name, title = entry
        number = f"<span>{page}</span>" if page else ""
        return f'<li class="level-{level}"><a href="#{name}">{html.escape(title)}</a>{number}</li>'

    paged = zip(entries, numbers or [0] * len(entries), strict=True)
    lines = "".join(line(entry, page) for entry, page in paged if entry[0] < 4)
    head = f'<p class="contents-title">{CONTENTS[language]}</p>'
    return f'<nav class="contents" aria-label="{CONTENTS[language]}">{head}<ul>{lines}</ul></nav>'


def _page(text: Text, style: str, contents: str, body: str, cover: str) -> str:
    return filled(
        "page.html",
        language=text.language,
        title=html.escape(text.title),
        subtitle=html.escape(text.subtitle),
        publisher=PUBLISHER[text.language],
        rights=RIGHTS[text.language],
        style="\n".join((HERE / f"{name}.css").read_text("utf-8") for name in ("common", style)),
        picture=f'<img class="cover-picture" src="{cover}" alt="">' if cover else "",
        contents=contents,
        body=body,
    )
