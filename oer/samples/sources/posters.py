"""Posters and covers: words and figures set on one page, as a picture."""

import html
from pathlib import Path
from typing import Any

import yaml
from PIL import Image

from oer.samples.sources import chromium, figures
from oer.samples.sources.pages import PUBLISHER
from oer.samples.sources.parts import filled

WIDTH = 1080
COVER_WIDTH = 480


def write_poster(words_file: Path, language: str, target: Path, workshop: Path) -> None:
    """Writes a poster in one language as a picture."""
    words: dict[str, Any] = yaml.safe_load(words_file.read_text("utf-8"))[language]
    _print(_page(words, language), target, workshop, WIDTH)


def write_cover(title: str, figure: Path, target: Path, workshop: Path) -> None:
    """Writes a cover (3:4) for what has no first page of its own: sound, video, spreadsheets, plain text."""
    values = {"title": html.escape(title), "picture": figures.as_address(figure), "publisher": PUBLISHER["vi"]}
    _print(filled("cover.html", language="vi", **values), target, workshop, COVER_WIDTH)


def _print(page: str, target: Path, workshop: Path, width: int) -> None:
    source, pdf = workshop / "poster.html", workshop / "poster.pdf"
    source.write_text(page, "utf-8")
    chromium.print_pdf(source, pdf)
    with Image.open(chromium.take_pictures(pdf, workshop / "poster", width)[0]) as picture:
        picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(target, optimize=True)


def _page(words: dict[str, Any], language: str) -> str:
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
