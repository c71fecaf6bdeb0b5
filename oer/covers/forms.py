"""The forms of covers, one for each kind of material, 240 wide: what stands on a shelf is known by its outline."""

from collections.abc import Callable
from typing import NamedTuple

from oer.covers.drawing import LARGE, PAPER, WHITE, Drawing, area, brief, line

_SIZES = (46, 42, 38, 35, 32, 29, 26, 24, 22, 20)
_NARROW = (40, 36, 33, 30, 27, 24, 22, 20)
_SLIM = (36, 33, 30, 27, 24, 22, 20)
_TINY = (31, 28, 26, 24, 22, 20, 18, 16)
_POSTER = (60, 54, 48, 44, 40, 36, 32, 28, 25, 22, 20)
_PAGES, _PAGE_EDGES, _TAPE = "#F8F0DC", "#CDBE9A", "#F5E7BD"


def _book(its: Drawing) -> str:
    ground, deep, light, ink = its.palette
    words = its.words(22, 16, 204, 166, ink, LARGE) if its.small else its.words(26, 44, 196, 138, ink, _SIZES)
    return "".join(
        (
            area(deep, "M4 4h234v316H8a4 4 0 0 1-4-4z"),
            area(_PAGES, "M8 6h228v310H8z"),
            line(_PAGE_EDGES, 1, "M10 315.5h226M10 313.5h226M235.5 8v306"),
            area(ground, "M0 3a3 3 0 0 1 3-3h230v311H3a3 3 0 0 1-3-3z"),
            area(its.tile, "M14 196h219v115H14z"),
            area(light, "M14 190h219v4H14zM14 186h219v1.5H14z"),
            area(deep, "M0 3a3 3 0 0 1 3-3h8v311H3a3 3 0 0 1-3-3zM13 0h1.5v311H13z", ' opacity=".32"'),
            its.kind(26, 30, 196, ink),
            words.svg,
        )
    )


def _booklet(its: Drawing) -> str:
    ground, deep, light, _ = its.palette
    if its.small:
        words = its.words(26, 38, 192, 222, deep, LARGE)
        label = area(light, f"M16 28h208v{brief(words.height + 20)}H16z")
    else:
        words = its.words(38, 70, 168, 150, deep, _NARROW)
        label = area(light, f"M24 34h194v{brief(words.height + 52)}H24z")
        label += line(ground, 1.5, f"M29 39h184v{brief(words.height + 42)}H29z")
    return "".join(
        (
            area(deep, "M8 6h231v288a6 6 0 0 1-6 6H8z"),
            area(its.tile, "M0 0h229a8 8 0 0 1 8 8v282a8 8 0 0 1-8 8H0z"),
            area(deep, "M0 0h9v298H0z", ' opacity=".3"'),
            line(light, 3, "M4.5 70v34M4.5 194v34"),
            label,
            its.kind(38, 60, 168, deep),
            words.svg,
        )
    )


def _exercise(its: Drawing) -> str:
    ground, deep, light, _ = its.palette
    if its.small:
        words = its.words(48, 34, 182, 180, deep, LARGE)
        label = f"M40 26h194v{brief(words.height + 18)}H40z"
    else:
        words = its.words(56, 66, 158, 130, deep, (38, 34, 31, 28, 25, 22, 20))
        label = f"M46 30h178v{brief(words.height + 44)}H46z"
    squares = "".join(f"M34 {y}h202" for y in range(15, 300, 15)) + "".join(f"M{x} 0v302" for x in range(49, 236, 15))
    return "".join(
        (
            area(deep, "M6 5h234v295a6 6 0 0 1-6 6H6z"),
            area(light, "M0 0h230a6 6 0 0 1 6 6v290a6 6 0 0 1-6 6H0z"),
            line(ground, 0.8, squares, ' opacity=".38"'),
            area(its.tile, "M0 0h34v302H0z"),
            line(deep, 1.5, "M34 0v302"),
            area(WHITE, label, f' stroke="{ground}" stroke-width="2"'),
            its.kind(56, 54, 158, deep),
            words.svg,
            area(WHITE, "M46 232h178v52H46z"),
            line(deep, 1.2, "M58 250h154M58 270h154", ' stroke-dasharray="1.5 3"'),
        )
    )


def _sheet(its: Drawing) -> str:
    ground, deep, light, _ = its.palette
    words = its.words(16, 64, 214, 150, deep, LARGE) if its.small else its.words(18, 84, 200, 96, deep, _SLIM)
    top, questions = 96 + words.height, ""
    for number in range(6):
        y = top + number * 28
        if y < 286:
            long = (176, 140, 160, 120, 150, 130)[(its.seed + number) % 6]
            questions += f"M18 {brief(y)}h14v14H18zM42 {brief(y + 12)}h{long}"
    return "".join(
        (
            area(deep, "M7 7h231v305H7z", ' opacity=".28"'),
            area(PAPER, "M.6.6h196l38 38v268H.6z", f' stroke="{ground}" stroke-width="1.2"'),
            area(its.tile, "M.6.6h196l38 38v19H.6z"),
            area(light, "M196.6.6v38h38z", f' stroke="{ground}" stroke-width="1.2"'),
            its.kind(18, 78, 200, deep),
            words.svg,
            line(deep, 1.8, questions) if questions else "",
        )
    )


def _poster(its: Drawing) -> str:
    ground, deep, _, ink = its.palette
    words = its.words(16, 30, 210, 154, ink, LARGE) if its.small else its.words(18, 42, 206, 142, ink, _POSTER)
    return "".join(
        (
            area(deep, "M6 12h233v320H6z", ' opacity=".28"'),
            area(ground, "M0 6h234v320H0z"),
            area(its.tile, "M10 200h214v116H10z"),
            area(ink, "M18 188h198v3H18z"),
            area(_TAPE, "M-6 16L34-6l8 12L4 28zM200-4l40 18-6 13-40-18z", ' opacity=".92"'),
            words.svg,
        )
    )


def _slides(its: Drawing) -> str:
    ground, deep, light, _ = its.palette
    if its.small:
        high, strip, stand = 184, 16, ""
        words = its.words(34, 22, 192, 172, deep, LARGE)
    else:
        high, strip = 144, 46
        words = its.words(70, 28, 152, 112, deep, _TINY[:-1])
        stand = line(deep, 2.5, "M120 166v15a6 6 0 1 0 .1 0")
        stand += line(ground, 5, "M74 148h80", ' stroke-linecap="round" stroke-dasharray="0 10"')
    return "".join(
        (
            area(deep, "M8 0h224a7 7 0 0 1 0 14H8A7 7 0 0 1 8 0z"),
            area(light, f"M10 14h220v{high}H10z"),
            area(its.tile, f"M10 14h{strip}v{high}H10z"),
            area(ground, "M10 14h220v6H10z"),
            area(deep, f"M6 {high + 14}h228v8H6z"),
            stand,
            words.svg,
        )
    )


def _audio(its: Drawing) -> str:
    ground, deep, light, _ = its.palette
    words = its.words(22, 10, 196, 62, deep, LARGE) if its.small else its.words(26, 12, 188, 60, deep, _TINY[1:])
    window = f'<rect x="60" y="70" width="118" height="38" rx="19" fill="{deep}" stroke="{light}" stroke-width="3"/>'
    return "".join(
        (
            area(deep, "M10 4h224a6 6 0 0 1 6 6v138a6 6 0 0 1-6 6H10z"),
            f'<rect width="237" height="150" rx="9" fill="{ground}"/>',
            area(light, "M14 14a4 4 0 0 1 4-4h201a4 4 0 0 1 4 4v92a4 4 0 0 1-4 4H18a4 4 0 0 1-4-4z"),
            area(its.tile, "M14 74h209v30H14z"),
            window,
            line(light, 5, "M73 89a9 9 0 1 1 0 .1zM147 89a9 9 0 1 1 0 .1z", ' stroke-dasharray="6.3 3"'),
            area(ground, "M100 80h38v18h-38z"),
            area(deep, "M52 150l8-30h118l8 30z", ' opacity=".45"'),
            line(light, 7, "M84 137h.1M154 137h.1", ' stroke-linecap="round"'),
            line(deep, 6, "M10 141h.1M227 141h.1", ' stroke-linecap="round"'),
            words.svg,
        )
    )


def _video(its: Drawing) -> str:
    ground, deep, light, ink = its.palette
    if its.small:
        side, words = 180, its.words(10, 30, 160, 114, ink, LARGE)
    else:
        side, words = 168, its.words(16, 34, 142, 106, ink, _TINY)
    return "".join(
        (
            f'<rect width="240" height="172" rx="5" fill="{deep}"/>',
            line(light, 10, "M9 12h224M9 160h224", ' stroke-dasharray="12 10"'),
            area(ground, "M0 24h240v124H0z"),
            area(its.tile, f"M{side} 24H240v124H{side}z"),
            f'<circle cx="204" cy="86" r="27" fill="{light}"/>',
            area(deep, "M196 73l22 13-22 13z"),
            words.svg,
        )
    )


def _table(its: Drawing) -> str:
    ground, deep, _, ink = its.palette
    words = its.words(16, 30, 208, 100, ink, LARGE) if its.small else its.words(18, 44, 200, 80, ink, _SLIM)
    bars = "".join(f"M{56 + x * 36} 250v-{18 + (its.seed >> (x * 3)) % 8 * 9}h20V250z" for x in range(5))
    cells = "M36 158h200M36 184h200M36 210h200M36 236h200M84 132v132M134 132v132M184 132v132"
    return "".join(
        (
            area(deep, "M6 16h234v254H6z", ' opacity=".3"'),
            area(PAPER, "M0 10h236v254H0z"),
            area(ground, "M0 10h236v122H0z"),
            area(its.tile, "M0 132h36v132H0z"),
            line(ground, 1, cells, ' opacity=".6"'),
            area(deep, bars),
            line(deep, 18, "M14 11h220", ' stroke-dasharray="4 14.1"'),
            words.svg,
        )
    )


def _plan(its: Drawing) -> str:
    ground, deep, _, ink = its.palette
    words = its.words(14, 50, 214, 126, ink, LARGE) if its.small else its.words(18, 60, 204, 108, ink, _SLIM)
    return "".join(
        (
            area(deep, "M0 6a6 6 0 0 1 6-6h80l14 18h140v196H6a6 6 0 0 1-6-6z"),
            area(PAPER, "M14 24h212v40H14z"),
            line(ground, 2, "M24 32h150M24 38h120"),
            area(ground, "M0 46h240v162a6 6 0 0 1-6 6H6a6 6 0 0 1-6-6z"),
            area(its.tile, "M0 178h240v24H0z"),
            words.svg,
        )
    )


class Form(NamedTuple):
    """A form: what draws it, its `viewBox` in the normal and the small size, the scale of its tile if that is fixed."""

    draw: Callable[[Drawing], str]
    box: str
    small_box: str
    tile_scale: float | None = None


def _upright(draw: Callable[[Drawing], str], height: int) -> Form:
    return Form(draw, f"0 0 240 {height}", f"0 0 240 {height}")


FORMS = {
    "book": _upright(_book, 320),
    "booklet": _upright(_booklet, 300),
    "exercise": _upright(_exercise, 306),
    "sheet": _upright(_sheet, 312),
    "poster": Form(_poster, "-7 -7 248 340", "-7 -7 248 340", 3),
    "slides": Form(_slides, "0 0 240 196", "0 0 240 210", 0.7),
    "audio": Form(_audio, "0 0 240 154", "0 0 240 154", 0.7),
    "video": Form(_video, "0 0 240 172", "0 0 240 172", 0.7),
    "table": _upright(_table, 270),
    "plan": _upright(_plan, 214),
}
