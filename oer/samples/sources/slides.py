"""Slides as they are written down (YAML): title, points, picture, table, notes; and PowerPoint files made of them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import yaml

from oer.samples.sources import figures
from oer.samples.sources.archives import LANGUAGE_TAGS, filled, write_archive
from oer.samples.sources.docx import CORE, KINDS, relations
from oer.samples.sources.pages import PUBLISHER

SLIDE = "application/vnd.openxmlformats-officedocument.presentationml"
WIDTH = 10972800
LEFT, TOP, HEIGHT = 609600, 1600000, 4500000
HALF = 5300000
SMALLER = '<a:lvl1pPr><a:defRPr sz="2200"/></a:lvl1pPr>'


@dataclass(frozen=True)
class Slide:
    """One slide; `points` that begin with two blanks are of the second level."""

    title: str
    points: list[str] = field(default_factory=list)
    subtitle: str = ""
    picture: Path | None = None
    alt: str = ""
    table: list[list[str]] = field(default_factory=list)
    notes: str = ""
    say: str = ""
    say_en: str = ""


def read_slides(file: Path) -> list[Slide]:
    """The slides of a YAML file, their pictures found beside it."""
    found: list[dict[str, Any]] = yaml.safe_load(file.read_text("utf-8"))["slides"]
    return [
        Slide(**{**each, "picture": file.parent / each["picture"] if "picture" in each else None}) for each in found
    ]


def write_pptx(slides: list[Slide], target: Path, workshop: Path, title: str, language: str = "vi") -> None:
    """Writes slides as a PowerPoint file (ISO/IEC 29500) with notes, alt texts and real placeholders."""
    _Presentation(slides, workshop, title, language).write(target)


class _Presentation:
    def __init__(self, slides: list[Slide], workshop: Path, title: str, language: str) -> None:
        self.slides, self.workshop, self.title, self.language = slides, workshop, title, language
        self.tag = LANGUAGE_TAGS[language]
        self.footer = f"{PUBLISHER[language]} · CC BY 4.0"
        self.media: dict[str, bytes | str] = {}

    def write(self, target: Path) -> None:
        members: dict[str, bytes | str] = {
            "[Content_Types].xml": self._content_types(),
            "_rels/.rels": relations(
                [(f"{KINDS}/officeDocument", "ppt/presentation.xml", False), (CORE, "docProps/core.xml", False)]
            ),
            "docProps/core.xml": filled(
                "docx/core.xml", title=escape(self.title), creator=escape(PUBLISHER[self.language]), language=self.tag
            ),
            "ppt/presentation.xml": self._presentation(),
            "ppt/_rels/presentation.xml.rels": self._presentation_links(),
            **self._masters(),
        }
        for number, slide in enumerate(self.slides, 1):
            members |= self._slide(number, slide)
        write_archive(target, members | self.media)

    def _content_types(self) -> str:
        parts = {
            "presentation": f"{SLIDE}.presentation.main+xml",
            "slideMasters/slideMaster1": f"{SLIDE}.slideMaster+xml",
            "slideLayouts/slideLayout1": f"{SLIDE}.slideLayout+xml",
            "slideLayouts/slideLayout2": f"{SLIDE}.slideLayout+xml",
            "notesMasters/notesMaster1": f"{SLIDE}.notesMaster+xml",
            "theme/theme1": "application/vnd.openxmlformats-officedocument.theme+xml",
            "theme/theme2": "application/vnd.openxmlformats-officedocument.theme+xml",
        }
        for number in range(1, len(self.slides) + 1):
            parts[f"slides/slide{number}"] = f"{SLIDE}.slide+xml"
            parts[f"notesSlides/notesSlide{number}"] = f"{SLIDE}.notesSlide+xml"
        lines = "".join(f'<Override PartName="/ppt/{name}.xml" ContentType="{kind}"/>' for name, kind in parts.items())
        return filled("pptx/content-types.xml", parts=lines)

    def _presentation(self) -> str:
        entries = [
            f'<p:sldId id="{255 + number}" r:id="rId{number + 3}"/>' for number in range(1, len(self.slides) + 1)
        ]
        return filled("pptx/presentation.xml", slides="".join(entries), language=self.tag)

    def _presentation_links(self) -> str:
        slides = [(f"{KINDS}/slide", f"slides/slide{number}.xml", False) for number in range(1, len(self.slides) + 1)]
        return relations(
            [
                (f"{KINDS}/slideMaster", "slideMasters/slideMaster1.xml", False),
                (f"{KINDS}/notesMaster", "notesMasters/notesMaster1.xml", False),
                (f"{KINDS}/theme", "theme/theme1.xml", False),
                *slides,
            ]
        )

    def _masters(self) -> dict[str, bytes | str]:
        footer = escape(self.footer)
        master = (f"{KINDS}/slideMaster", "../slideMasters/slideMaster1.xml", False)
        layouts = [(f"{KINDS}/slideLayout", f"../slideLayouts/slideLayout{number}.xml", False) for number in (1, 2)]
        return {
            "ppt/slideMasters/slideMaster1.xml": filled("pptx/slideMaster1.xml", footer=footer),
            "ppt/slideMasters/_rels/slideMaster1.xml.rels": relations(
                [*layouts, (f"{KINDS}/theme", "../theme/theme1.xml", False)]
            ),
            "ppt/slideLayouts/slideLayout1.xml": filled("pptx/slideLayout1.xml"),
            "ppt/slideLayouts/_rels/slideLayout1.xml.rels": relations([master]),
            "ppt/slideLayouts/slideLayout2.xml": filled("pptx/slideLayout2.xml", footer=footer),
            "ppt/slideLayouts/_rels/slideLayout2.xml.rels": relations([master]),
            "ppt/notesMasters/notesMaster1.xml": filled("pptx/notesMaster1.xml"),
            "ppt/notesMasters/_rels/notesMaster1.xml.rels": relations(
                [(f"{KINDS}/theme", "../theme/theme2.xml", False)]
            ),
            "ppt/theme/theme1.xml": filled("pptx/theme.xml"),
            "ppt/theme/theme2.xml": filled("pptx/theme.xml"),
        }

    def _slide(self, number: int, slide: Slide) -> dict[str, bytes | str]:
        layout = 1 if slide.subtitle else 2
        links = [
            (f"{KINDS}/slideLayout", f"../slideLayouts/slideLayout{layout}.xml", False),
            (f"{KINDS}/notesSlide", f"../notesSlides/notesSlide{number}.xml", False),
        ]
        shapes = self._opening(slide) if slide.subtitle else self._content(slide, links)
        notes = [
            (f"{KINDS}/notesMaster", "../notesMasters/notesMaster1.xml", False),
            (f"{KINDS}/slide", f"../slides/slide{number}.xml", False),
        ]
        paragraphs = "".join(self._paragraph(line) for line in slide.notes.strip().split("\n"))
        return {
            f"ppt/slides/slide{number}.xml": filled("pptx/slide.xml", shapes=shapes),
            f"ppt/slides/_rels/slide{number}.xml.rels": relations(links),
            f"ppt/notesSlides/notesSlide{number}.xml": filled("pptx/notes.xml", paragraphs=paragraphs),
            f"ppt/notesSlides/_rels/notesSlide{number}.xml.rels": relations(notes),
        }

    def _opening(self, slide: Slide) -> str:
        title = self._shape(2, "Title", 'type="ctrTitle"', [slide.title])
        return title + self._shape(3, "Subtitle", 'type="subTitle" idx="1"', slide.subtitle.split("\n"))

    def _content(self, slide: Slide, links: list[tuple[str, str, bool]]) -> str:
        shapes = [self._shape(2, "Title", 'type="title"', [slide.title])]
        if slide.points:
            beside = {"place": _place(LEFT, TOP, HALF, HEIGHT), "style": SMALLER} if slide.picture else {}
            shapes.append(self._shape(3, "Content", 'idx="1"', slide.points, **beside))
        if slide.picture:
            shapes.append(self._picture(slide, links))
        if slide.table:
            shapes.append(self._table(slide))
        footer = self._shape(6, "Footer", 'type="ftr" sz="quarter" idx="3"', [self.footer])
        return "".join([*shapes, footer, filled("pptx/number.xml", tag=self.tag)])

    def _shape(
        self, number: int, name: str, placeholder: str, lines: list[str], place: str = "", style: str = ""
    ) -> str:
        paragraphs = "".join(self._paragraph(line) for line in lines)
        values = {"number": number, "name": name, "placeholder": placeholder, "place": place, "style": style}
        return filled("pptx/shape.xml", fit="<a:normAutofit/>", paragraphs=paragraphs, **values)

    def _paragraph(self, line: str) -> str:
        level = ' lvl="1"' if line.startswith("  ") else ""
        text = f'<a:r><a:rPr lang="{self.tag}"/><a:t>{escape(line.strip())}</a:t></a:r>'
        return f"<a:p><a:pPr{level}/>{text if line.strip() else ''}</a:p>"

    def _picture(self, slide: Slide, links: list[tuple[str, str, bool]]) -> str:
        assert slide.picture is not None
        png = figures.as_png(slide.picture, self.workshop)
        self.media[f"ppt/media/{png.name}"] = png.read_bytes()
        links.append((f"{KINDS}/image", f"../media/{png.name}", False))
        room, left = (HALF, LEFT + WIDTH - HALF) if slide.points else (WIDTH, LEFT)
        place = _place(*_inside(figures.size(slide.picture), left, room))
        values = {"number": 4, "name": png.name, "link": f"rId{len(links)}", "place": place}
        return filled("pptx/picture.xml", alt=quoteattr(slide.alt), **values)

    def _table(self, slide: Slide) -> str:
        height = min(760000, HEIGHT // len(slide.table))
        rows = [self._row(row, height, head=number == 0) for number, row in enumerate(slide.table)]
        columns = zip(*slide.table, strict=True)
        weights = [min(40, max(10, *map(len, column))) for column in columns]
        grid = "".join(f'<a:gridCol w="{WIDTH * weight // sum(weights)}"/>' for weight in weights)
        values = {"number": 5, "height": height * len(rows), "grid": grid, "rows": "".join(rows)}
        return filled("pptx/table.xml", alt=quoteattr(slide.title), **values)

    def _row(self, row: list[str], height: int, *, head: bool) -> str:
        look = 'b="1"' if head else ""
        colour = f'<a:solidFill><a:schemeClr val="{"bg1" if head else "tx1"}"/></a:solidFill>'
        fill = f'<a:solidFill><a:schemeClr val="{"accent1" if head else "bg2"}"/></a:solidFill>'
        properties = f'<a:rPr lang="{self.tag}" sz="2000" {look}>{colour}</a:rPr>'
        cells = "".join(
            f"<a:tc><a:txBody><a:bodyPr/><a:lstStyle/><a:p><a:r>{properties}<a:t>{escape(cell)}</a:t></a:r></a:p>"
            f'</a:txBody><a:tcPr anchor="ctr">{fill}</a:tcPr></a:tc>'
            for cell in row
        )
        return f'<a:tr h="{height}">{cells}</a:tr>'


def _inside(size: tuple[float, float], left: int, room: int) -> tuple[int, int, int, int]:
    """Place and size (EMU) of a picture as large as fits into the room, in its middle."""
    scale = min(room / size[0], HEIGHT / size[1])
    across, down = int(size[0] * scale), int(size[1] * scale)
    return left + (room - across) // 2, TOP + (HEIGHT - down) // 2, across, down


def _place(left: int, top: int, across: int, down: int) -> str:
    return f'<a:xfrm><a:off x="{left}" y="{top}"/><a:ext cx="{across}" cy="{down}"/></a:xfrm>'
