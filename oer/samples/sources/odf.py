"""OpenDocument files (ISO/IEC 26300): texts (ODT) out of Markdown blocks, presentations (ODP) out of slides."""

from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from oer.samples.sources import figures
from oer.samples.sources.archives import LANGUAGE_TAGS, filled, write_archive
from oer.samples.sources.docx import shares
from oer.samples.sources.pages import PUBLISHER, RIGHTS, Text
from oer.samples.sources.slides import Slide
from oer.samples.sources.texts import Block, Run, to_blocks

ODT = "application/vnd.oasis.opendocument.text"
ODP = "application/vnd.oasis.opendocument.presentation"
TEXT_WIDTH = 17.0  # cm between the margins of an A4 page
CM_PER_UNIT = 2.54 / 96


def write_odt(text: Text, target: Path, workshop: Path) -> None:
    """Writes a text as an OpenDocument text; `---` in it begins a new page."""
    blocks = to_blocks(text.markdown, text.folder)
    document = _TextDocument(workshop)
    rights = f"{PUBLISHER[text.language]}. {RIGHTS[text.language]}"
    opening = (("Title", text.title), ("Subtitle", text.subtitle), ("Rights", rights))
    head = "".join(f'<text:p text:style-name="{style}">{escape(line)}</text:p>' for style, line in opening)
    content = filled("odf/text-content.xml", body=head + document.body(blocks), styles="".join(document.styles))
    _write(target, ODT, "text", content, document.pictures, text.title, text.language)


def write_odp(slides: list[Slide], target: Path, workshop: Path, title: str, language: str = "vi") -> None:
    """Writes slides as an OpenDocument presentation with notes and alt texts."""
    show = _Show(workshop)
    body = "".join(show.page(number, slide) for number, slide in enumerate(slides, 1))
    content = filled("odf/slide-content.xml", body=body, styles="".join(show.styles))
    _write(target, ODP, "slide", content, show.pictures, title, language)


def _write(
    target: Path, kind: str, part: str, content: str, pictures: dict[str, Path], title: str, language: str
) -> None:
    tag, creator = LANGUAGE_TAGS[language], escape(PUBLISHER[language])
    short, _, country = tag.partition("-")
    entry = '<manifest:file-entry manifest:full-path="{}" manifest:media-type="image/png"/>'
    members: dict[str, bytes | str] = {
        "mimetype": kind,
        "META-INF/manifest.xml": filled("odf/manifest.xml", kind=kind, pictures="".join(map(entry.format, pictures))),
        "meta.xml": filled("odf/meta.xml", title=escape(title), creator=creator, language=tag),
        "styles.xml": filled(f"odf/{part}-styles.xml", short=short, country=country, creator=creator),
        "content.xml": content,
    }
    media: dict[str, bytes | str] = {name: png.read_bytes() for name, png in pictures.items()}
    write_archive(target, members | media, first_stored="mimetype")


def _frame(png: str, alt: str, place: str) -> str:
    image = f'<draw:image xlink:href="{png}" xlink:type="simple" xlink:show="embed" xlink:actuate="onLoad"/>'
    return f"<draw:frame {place}>{image}<svg:desc>{escape(alt)}</svg:desc></draw:frame>"


class _TextDocument:
    """Collects pictures and column styles while the body of a text is written."""

    def __init__(self, workshop: Path) -> None:
        self.workshop = workshop
        self.pictures: dict[str, Path] = {}
        self.styles: list[str] = []

    def body(self, blocks: list[Block]) -> str:
        parts: list[str] = []
        for is_list, group in groupby(blocks, lambda block: block.kind == "item"):
            members = list(group)
            parts += self._lists(members) if is_list else [self._block(block) for block in members]
        return "".join(parts)

    def _lists(self, items: list[Block]) -> list[str]:
        """Lists that follow each other; deeper items go into the item before them."""
        found: list[str] = []
        for _, group in groupby(items, lambda item: item.list_number if item.level == 1 else None):
            members = list(group)
            if members[0].level == 1:
                found.append(self._list(members))
            else:
                inner = self._list(members) + "</text:list-item></text:list>"
                found[-1] = found[-1].removesuffix("</text:list-item></text:list>") + inner
        return found

    def _list(self, items: list[Block]) -> str:
        style = "Numbers" if items[0].ordered else "Bullets"
        lines = "".join(
            f'<text:list-item><text:p text:style-name="{"Box" if item.box else "Standard"}">{runs(item.runs)}</text:p>'
            "</text:list-item>"
            for item in items
        )
        return f'<text:list text:style-name="{style}">{lines}</text:list>'

    def _block(self, block: Block) -> str:
        makers: dict[str, Callable[[Block], str]] = {"picture": self._picture, "table": self._table}
        if block.kind in makers:
            return makers[block.kind](block)
        if block.kind == "break":
            return '<text:p text:style-name="Break"/>'
        if block.kind == "heading":
            level = block.level - 1
            head = f'text:style-name="Heading_20_{level}" text:outline-level="{level}"'
            return f"<text:h {head}>{runs(block.runs)}</text:h>"
        return f'<text:p text:style-name="{"Box" if block.box else "Standard"}">{runs(block.runs)}</text:p>'

    def _picture(self, block: Block) -> str:
        assert block.picture is not None
        png = figures.as_png(block.picture, self.workshop)
        name = f"Pictures/{png.name}"
        self.pictures[name] = png
        across, down = (side * CM_PER_UNIT for side in figures.size(block.picture))
        scale = min(1.0, TEXT_WIDTH / across)
        size = f'svg:width="{across * scale:.2f}cm" svg:height="{down * scale:.2f}cm"'
        place = f'draw:style-name="Picture" draw:name="{png.stem}" text:anchor-type="as-char" {size}'
        caption = f'<text:p text:style-name="Caption">{runs(block.runs)}</text:p>' if block.runs[0].text else ""
        return f'<text:p text:style-name="Figure">{_frame(name, block.alt, place)}</text:p>{caption}'

    def _table(self, block: Block) -> str:
        columns = ""
        for share in shares(block):
            name = f"Column{len(self.styles) + 1}"
            width = f'<style:table-column-properties style:column-width="{share * TEXT_WIDTH:.2f}cm"/>'
            self.styles.append(f'<style:style style:name="{name}" style:family="table-column">{width}</style:style>')
            columns += f'<table:table-column table:style-name="{name}"/>'
        head, *rows = [self._row(row, head=number == 0) for number, row in enumerate(block.rows)]
        head = f"<table:table-header-rows>{head}</table:table-header-rows>"
        space = '<text:p text:style-name="Standard"/>'
        return f'<table:table table:style-name="Grid">{columns}{head}{"".join(rows)}</table:table>{space}'

    def _row(self, row: list[list[Run]], *, head: bool) -> str:
        cell, style = ("HeadCell", "Table_20_Heading") if head else ("Cell", "Table_20_Contents")
        cells = "".join(
            f'<table:table-cell table:style-name="{cell}" office:value-type="string">'
            f'<text:p text:style-name="{style}">{runs(each)}</text:p></table:table-cell>'
            for each in row
        )
        return f"<table:table-row>{cells}</table:table-row>"


def runs(pieces: list[Run]) -> str:
    """The pieces of a line in OpenDocument's words."""
    return "".join(_run(piece) for piece in pieces)


def _run(run: Run) -> str:
    if run.text == "\n":
        return "<text:line-break/>"
    style = ("Bold" if run.bold else "") + ("Italic" if run.italic else "")
    text = escape(run.text)
    text = f'<text:span text:style-name="{style}">{text}</text:span>' if style else text
    return f'<text:a xlink:type="simple" xlink:href={quoteattr(run.address)}>{text}</text:a>' if run.address else text


class _Show:
    """Collects pictures and column styles while slides are written; lengths are in centimetres, on 28 x 15.75."""

    def __init__(self, workshop: Path) -> None:
        self.workshop = workshop
        self.pictures: dict[str, Path] = {}
        self.styles: list[str] = []

    def page(self, number: int, slide: Slide) -> str:
        frames = self._opening(slide) if slide.subtitle else self._content(slide)
        notes = "".join(f"<text:p>{escape(line)}</text:p>" for line in slide.notes.strip().split("\n"))
        below = (
            '<presentation:notes><draw:page-thumbnail svg:x="3cm" svg:y="2cm" svg:width="15cm" svg:height="8.4cm"'
            f' presentation:class="page" draw:page-number="{number}"/>'
            f"{_text_frame('notes', (2.5, 11.5, 16, 15), notes)}</presentation:notes>"
        )
        head = f'draw:name="{number}. {escape(slide.title, {chr(34): "&quot;"})}" draw:style-name="dp"'
        return f'<draw:page {head} draw:master-page-name="Master">{frames}{below}</draw:page>'

    def _opening(self, slide: Slide) -> str:
        lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in slide.subtitle.split("\n"))
        title = _text_frame("title", (2, 3.2, 24, 4.2), f"<text:p>{escape(slide.title)}</text:p>")
        return title + _text_frame("subtitle", (2, 7.8, 24, 4), lines)

    def _content(self, slide: Slide) -> str:
        frames = [_text_frame("title", (1.4, 0.9, 25.2, 2), f"<text:p>{escape(slide.title)}</text:p>")]
        if slide.points:
            items = "".join(
                f"<text:list-item><text:p>{escape(point)}</text:p></text:list-item>" for point in slide.points
            )
            place = (1.4, 3.3, 12.6 if slide.picture else 25.2, 11.0)
            frames.append(_text_frame("outline", place, f'<text:list text:style-name="Points">{items}</text:list>'))
        if slide.picture:
            frames.append(self._picture(slide))
        if slide.table:
            frames.append(self._table(slide.table))
        return "".join(frames)

    def _picture(self, slide: Slide) -> str:
        assert slide.picture is not None
        png = figures.as_png(slide.picture, self.workshop)
        name = f"Pictures/{png.name}"
        self.pictures[name] = png
        left, room = (14.6, 12.0) if slide.points else (1.4, 25.2)
        across, down = figures.size(slide.picture)
        scale = min(room / across, 11.0 / down)
        x, y = left + (room - across * scale) / 2, 3.3 + (11.0 - down * scale) / 2
        place = f'draw:style-name="Plain" {_box(x, y, across * scale, down * scale)}'
        return _frame(name, slide.alt, place)

    def _table(self, table: list[list[str]]) -> str:
        columns = ""
        weights = [min(40, max(10, *map(len, column))) for column in zip(*table, strict=True)]
        for weight in weights:
            name = f"Column{len(self.styles) + 1}"
            width = f'<style:table-column-properties style:column-width="{25.2 * weight / sum(weights):.2f}cm"/>'
            self.styles.append(f'<style:style style:name="{name}" style:family="table-column">{width}</style:style>')
            columns += f'<table:table-column table:style-name="{name}"/>'
        rows = "".join(self._row(row, "HeadCell" if number == 0 else "Cell") for number, row in enumerate(table))
        whole = f'<table:table table:use-first-row-styles="true">{columns}{rows}</table:table>'
        return f'<draw:frame draw:style-name="Plain" {_box(1.4, 3.3, 25.2, 1.3 * len(table))}>{whole}</draw:frame>'

    def _row(self, row: list[str], style: str) -> str:
        cells = "".join(
            f'<table:table-cell table:style-name="{style}"><text:p>{escape(cell)}</text:p></table:table-cell>'
            for cell in row
        )
        return f"<table:table-row>{cells}</table:table-row>"


def _box(x: float, y: float, width: float, height: float) -> str:
    return f'svg:x="{x:.2f}cm" svg:y="{y:.2f}cm" svg:width="{width:.2f}cm" svg:height="{height:.2f}cm"'


def _text_frame(kind: str, place: tuple[float, float, float, float], content: str) -> str:
    style = "outline1" if kind == "outline" else kind
    head = f'presentation:style-name="Master-{style}" presentation:class="{kind}" {_box(*place)}'
    return f"<draw:frame {head}><draw:text-box>{content}</draw:text-box></draw:frame>"
