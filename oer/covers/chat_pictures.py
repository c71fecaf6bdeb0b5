"""The picture of a material or course that chats show beside a link: PNG, 1200 by 630, its title readable.

It is drawn as SVG and made a picture by Typst with the heading font; nothing that somebody typed is markup in it. The
font is `static/alegreya-800-vi.woff2` with another wrapping, which Typst needs:
`fontTools.ttLib.TTFont(path)`, `font.flavor = None`, `font.save(...)`.
"""

import hashlib
import html
import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import typst
from PIL import Image, ImageDraw, ImageOps

from oer.core.i18n import DEFAULT_LANGUAGE, in_language, language_shown
from oer.covers.covers import Cover, draw, printable
from oer.covers.drawing import Drawing, area, brief
from oer.covers.forms import FORMS
from oer.covers.lettering import can_be_set, fit
from oer.covers.palettes import palette_of
from oer.covers.spines import Volume, draw_spines
from oer.covers.tiles import pattern
from oer.vocabularies import vocabularies

WIDTH, HEIGHT = 1200, 630
_DRAWING = 1
"""Raised with each change of the drawing, so that kept pictures are made anew."""
_FONTS, _TEMPLATE = Path(__file__).parent / "fonts", Path(__file__).parent / "chat_picture.typ"
_PAPER, _STAGE, _INK, _ACCENT, _EDGE, _SHADE = "#FBF5E6", "#F3E9D0", "#10352F", "#B5174F", "#8C7A4C", "#D8C9A3"
_STAGE_WIDTH, _BOARD = 470, 560
_ROOM_WIDE, _ROOM_HIGH, _FRAME = 370, 490, 10
_LEFT, _TOP, _WIDE, _HIGH = 520, 60, 630, 440
_SIZES = (92, 84, 76, 68, 62, 56, 50, 46, 42)
_KIND_HIGH = 62
_PLANKS, _ON_A_PLANK, _PLANK_HIGH, _PLANK_GAP = 3, 7, 240, 24
_MARK = (
    ("#10352f", "M0 0h40v40H0z"),
    ("#fbf5e6", "M20 20Q20 6 4 4 6 20 20 20 34 20 36 4 20 6 20 20 20 34 36 36 34 20 20 20 6 20 4 36 20 34 20 20Z"),
    ("#b5174f", "M20 14l6 6-6 6-6-6z"),
)


class ChatPicture(NamedTuple):
    """All that the picture is drawn from. `picture` is the hash of the material's own cover, if it has one.

    `volumes` are those of a course, which stands there as planks of spines.
    """

    cover: Cover
    picture: str | None
    site: str
    volumes: tuple[Volume, ...] = ()

    @property
    def key(self) -> str:
        """What tells this drawing from every other."""
        drawn_from = (self.cover, self.picture, self.site, *([self.volumes] if self.volumes else ()))
        return hashlib.sha256(repr((_DRAWING, *drawn_from)).encode()).hexdigest()


def picture_of_course(
    public_id: str, title: Mapping[str, str], kind: str, volumes: Sequence[Volume], site: str
) -> ChatPicture:
    """Return what the picture of a course is drawn from: its first volumes, in the colour of the first one."""
    shown = tuple(volumes[: _PLANKS * _ON_A_PLANK])
    subject = next((each.subject.partition(".")[0] for each in shown if each.subject), "")
    own = language_shown(title, DEFAULT_LANGUAGE)
    label = in_language(vocabularies().collection_kinds.labels(kind), own)
    cover = Cover(public_id, "book", subject, printable(in_language(title, own)), label)
    return ChatPicture(cover, None, site, shown)


def draw_chat_picture(wanted: ChatPicture, own: bytes | None) -> bytes:
    """Return the picture as PNG. `own` is the material's own cover, which stands there instead of one by rule."""
    framed = _opened(own) if own is not None else None
    drawn = typst.compile(
        _TEMPLATE,
        format="png",
        ppi=144.0,  # twice as large: made smaller, tiles have no seams
        ignore_system_fonts=True,
        font_paths=[_FONTS],
        sys_inputs={"drawing": _svg(wanted, with_object=framed is None)},
    )
    with Image.open(io.BytesIO(drawn)) as twice:
        image = twice.convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    if framed is not None:
        _frame(image, framed)
    target = io.BytesIO()
    image.quantize(256).save(target, "PNG", optimize=True)
    return target.getvalue()


def _opened(own: bytes) -> Image.Image | None:
    """Return a cover that extraction made as large as it has room, None if it cannot be decoded any more."""
    try:
        with Image.open(io.BytesIO(own), formats=["WEBP"]) as read:
            return ImageOps.contain(read.convert("RGB"), (_ROOM_WIDE - 2 * _FRAME, _ROOM_HIGH - 2 * _FRAME))
    except (OSError, ValueError):
        return None


def _frame(image: Image.Image, shown: Image.Image) -> None:
    """Put a picture onto the shelf, in a frame."""
    left, top = (_STAGE_WIDTH - shown.width) // 2, _BOARD - shown.height - _FRAME
    box = (left - _FRAME, top - _FRAME, left + shown.width + _FRAME - 1, _BOARD - 1)
    pen = ImageDraw.Draw(image)
    pen.rectangle((box[0] + 8, box[1] + 8, box[2] + 8, box[3]), fill=_SHADE)
    pen.rectangle(box, fill="#FFFFFF", outline=_EDGE)
    image.paste(shown, (left, top))


def _svg(wanted: ChatPicture, *, with_object: bool) -> str:
    cover = wanted.cover if can_be_set(wanted.cover.title) else wanted.cover._replace(title="")
    palette, seed = palette_of(cover.subject), crc32(cover.public_id.encode())
    parts = (
        pattern("band", seed, palette, 1.0),
        area(_PAPER, f"M0 0h{WIDTH}v{HEIGHT}H0z"),
        area(_STAGE, f"M0 0h{_STAGE_WIDTH}v{HEIGHT}H0z"),
        _planks(wanted.volumes) if wanted.volumes else _object(cover) if with_object else "",
        area(_EDGE, f"M0 {_BOARD}h{_STAGE_WIDTH}v4H0z"),
        _words(cover),
        _site(wanted.site),
        area("url(#band)", f"M0 606h{WIDTH}v24H0z"),
    )
    font = 'font-family="Alegreya" font-weight="800"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {font}>{"".join(parts)}</svg>'


def _object(cover: Cover) -> str:
    """Return the cover by rule, as large as it goes, standing on the board."""
    _, _, wide, high = map(float, FORMS[cover.form].small_box.split())
    scale = min(_ROOM_WIDE / wide, _ROOM_HIGH / high)
    left, top = (_STAGE_WIDTH - wide * scale) / 2, _BOARD - high * scale
    place = f'x="{brief(left)}" y="{brief(top)}" width="{brief(wide * scale)}" height="{brief(high * scale)}"'
    return draw(cover, small=True).replace("<svg ", f"<svg {place} ", 1)


def _planks(volumes: tuple[Volume, ...]) -> str:
    """Return the volumes of a course on planks, one above the other, each as large as it goes."""
    rows = [volumes[begin : begin + _ON_A_PLANK] for begin in range(0, len(volumes), _ON_A_PLANK)]
    each_high, drawn = min(_ROOM_HIGH // len(rows), _PLANK_HIGH), ""
    for number, row in enumerate(reversed(rows)):
        spines = draw_spines(tuple(row))
        wide, high = map(float, re.findall(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', spines)[0])
        scale = min(_ROOM_WIDE / wide, (each_high - _PLANK_GAP) / high)
        board = _BOARD - number * each_high
        left, top = (_STAGE_WIDTH - wide * scale) / 2, board - high * scale
        place = f'x="{brief(left)}" y="{brief(top)}" width="{brief(wide * scale)}" height="{brief(high * scale)}"'
        drawn += re.sub(r'width="[\d.]+" height="[\d.]+"', place, spines, count=1)
        drawn += area(_EDGE, f"M50 {board}h{_STAGE_WIDTH - 100}v4H50z")
    return drawn


def _words(cover: Cover) -> str:
    """Return kind and title; where no letters are there for the title, the kind alone, and large."""
    kind = cover.label if can_be_set(cover.label) else ""
    title, kind = (cover.title, kind) if cover.title else (kind, "")
    its = Drawing(palette_of(cover.subject), 0, "", title, "", small=False)
    room = _HIGH - _KIND_HIGH * bool(kind)
    block = its.words(_LEFT, 0, _WIDE, room, _INK, _SIZES)
    top = _TOP + (room - block.height) / 2
    drawn = f'<g transform="translate(0 {brief(top + _KIND_HIGH * bool(kind))})">{block.svg}</g>'
    if not kind:
        return drawn
    small = fit(kind, _WIDE, 60, (34, 30, 26))
    return _text(small.lines[0], _LEFT, top + 34, small.size, _ACCENT) + drawn


def _site(name: str) -> str:
    mark = "".join(area(colour, path) for colour, path in _MARK)
    drawn = f'<g transform="translate({_LEFT} 542) scale(.9)">{mark}</g>'
    if not can_be_set(name):
        return drawn
    setting = fit(name, _WIDE - 52, 40, (30, 26, 22))
    return drawn + _text(setting.lines[0], _LEFT + 52, 570, setting.size, _INK)


def _text(words: str, x: float, y: float, size: int, colour: str) -> str:
    return f'<text x="{x:g}" y="{brief(y)}" font-size="{size}" fill="{colour}">{html.escape(words)}</text>'
