"""Narrated slides as a video: pictures of the slides, espeak-ng's voice, captions that follow it, a transcript."""

import html
from pathlib import Path
from typing import Any

from oer.samples.sources import chromium, figures, speech
from oer.samples.sources.pages import PUBLISHER, RIGHTS
from oer.samples.sources.parts import filled
from oer.samples.sources.slides import Slide, read_slides

WIDTH = 854


def write_video(slides_file: Path, material: dict[str, Any], target: Path, workshop: Path) -> None:
    """Writes the video of slides with what is said over each; captions and transcript stand beside it."""
    slides = read_slides(slides_file)
    pictures = _pictures(slides, workshop)
    recording = speech.Recording(workshop / "track.wav", material["voices"][""], material["speed"], material["spoken"])
    starts: list[float] = []
    for slide in slides:
        starts.append(recording.seconds)
        recording.rest(0.6)
        recording.say(slide.say)
        recording.rest(0.7)
    recording.close()
    ends = [*starts[1:], recording.seconds]
    shown = [(picture, end - start) for picture, start, end in zip(pictures, starts, ends, strict=True)]
    speech.write_video(shown, recording.target, target, material["metadata"]["title"]["vi"])
    speech.write_captions(recording.said, target.with_suffix(".vi.vtt"))
    if all(slide.say_en for slide in slides):
        translated = [_spread(slide.say_en, start, end) for slide, start, end in zip(slides, starts, ends, strict=True)]
        speech.write_captions([said for each in translated for said in each], target.with_suffix(".en.vtt"))
    target.with_suffix(".transcript.md").write_text(_transcript(slides, starts, material), "utf-8")


def _spread(text: str, start: float, end: float) -> list[speech.Said]:
    """Sentences of a translation, shared out by length over the time of their slide."""
    sentences = speech.sentences(text)
    whole, moment, room = sum(map(len, sentences)), start + 0.6, end - start - 1.3
    found: list[speech.Said] = []
    for sentence in sentences:
        until = moment + room * len(sentence) / whole
        found.append(speech.Said(sentence, moment, until))
        moment = until
    return found


def _pictures(slides: list[Slide], workshop: Path) -> list[Path]:
    page, pdf = workshop / "slides.html", workshop / "slides.pdf"
    body = "".join(_slide(slide) for slide in slides)
    style = filled("video.css")
    page.write_text(f'<!doctype html><html lang="vi"><meta charset="utf-8"><style>{style}</style>{body}', "utf-8")
    chromium.print_pdf(page, pdf)
    return chromium.take_pictures(pdf, workshop / "slides", WIDTH)


def _slide(slide: Slide) -> str:
    title = html.escape(slide.title)
    if slide.subtitle:
        return f'<section class="slide opening"><h1>{title}</h1><p>{html.escape(slide.subtitle)}</p></section>'
    points = "".join(f"<li>{html.escape(point)}</li>" for point in slide.points)
    listed = f"<ul>{points}</ul>" if points else ""
    picture = f'<div><img alt="" src="{figures.as_address(slide.picture)}"></div>' if slide.picture else ""
    kind = " with-picture" if slide.picture else ""
    return f'<section class="slide{kind}"><h2>{title}</h2><div class="row">{listed}{picture}</div></section>'


def _transcript(slides: list[Slide], starts: list[float], material: dict[str, Any]) -> str:
    lines = [f"# {material['metadata']['title']['vi']}"]
    for slide, start in zip(slides, starts, strict=True):
        lines.append(f"## [{int(start) // 60}:{int(start) % 60:02}] {slide.title}")
        if slide.alt:
            lines.append(f"*Trên hình: {slide.alt}*")
        lines.append(slide.say.strip())
    lines.append(f"---\n\n*{PUBLISHER['vi']}. {RIGHTS['vi']}*")
    return "\n\n".join(lines) + "\n"
