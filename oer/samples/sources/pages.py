"""HTML pages made from Markdown, printed as tagged PDF or kept as pages; posters and covers as pictures.

Chromium takes the titles of PDF bookmarks from the lines as painted: wrapped headings lose a space, framed ones come
twice. So the outline is rewritten in an incremental update (ISO 32000-1, 7.5.6). Chromium's PDFs are 1.4 with a
classic cross-reference table, so that their objects can be read as they stand.
"""

import html
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from PIL import Image

from oer.samples.sources import figures, texts
from oer.samples.sources.archives import filled

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


# Whole HTML pages out of Markdown: to be printed as PDF, or to be read as they are.

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
        figures.print_pdf(page, draft)
        numbers = pages_of_entries(draft)[1:]
    name_entries(draft, [text.title, *(title for _, _, title in entries)], PUBLISHER[text.language])
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


# Posters and covers: words and figures set on one page, as a picture.

POSTER_WIDTH = 1080
COVER_WIDTH = 480


def write_poster(words_file: Path, language: str, target: Path, workshop: Path) -> None:
    """Writes a poster in one language as a picture."""
    words: dict[str, Any] = yaml.safe_load(words_file.read_text("utf-8"))[language]
    _print_picture(_poster_page(words, language), target, workshop, POSTER_WIDTH)


def write_cover(title: str, figure: Path, target: Path, workshop: Path) -> None:
    """Writes a cover (3:4) for what has no first page of its own: sound, video, spreadsheets, plain text."""
    values = {"title": html.escape(title), "picture": figures.as_address(figure), "publisher": PUBLISHER["vi"]}
    _print_picture(filled("cover.html", language="vi", **values), target, workshop, COVER_WIDTH)


def _print_picture(page: str, target: Path, workshop: Path, width: int) -> None:
    source, pdf = workshop / "poster.html", workshop / "poster.pdf"
    source.write_text(page, "utf-8")
    figures.print_pdf(source, pdf)
    with Image.open(figures.take_pictures(pdf, workshop / "poster", width)[0]) as picture:
        picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(target, optimize=True)


def _poster_page(words: dict[str, Any], language: str) -> str:
    steps = "".join(_step(step) for step in words["steps"])
    numbers = "".join(f"<p><b>{number}</b>{html.escape(what)}</p>" for number, what in words["numbers"])
    return filled(
        "poster.html",
        language=language,
        shared=filled("poster-signs.svg"),
        title=html.escape(words["title"]),
        lead=html.escape(words["lead"]),
        steps=steps,
        firehead=html.escape(words["fire_head"]),
        fire=html.escape(words["fire"]),
        beforehead=html.escape(words["before_head"]),
        before="".join(f"<li>{html.escape(line)}</li>" for line in words["before"]),
        numbers=numbers,
        publisher=PUBLISHER[language],
    )


def _step(step: dict[str, Any]) -> str:
    sign = f'<svg role="presentation" aria-hidden="true"><use href="#{step["sign"]}" width="120" height="104"/></svg>'
    lines = "".join(f"<p>{html.escape(line)}</p>" for line in step["lines"])
    return f'<section class="step">{sign}<h2>{html.escape(step["head"])}</h2>{lines}</section>'
