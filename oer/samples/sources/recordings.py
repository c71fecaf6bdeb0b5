"""Audio lessons and narrated slides: espeak-ng's voice, captions that follow it, and a transcript."""

import html
import re
import subprocess
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from oer.samples.sources import figures
from oer.samples.sources.archives import filled
from oer.samples.sources.pages import PUBLISHER, RIGHTS
from oer.samples.sources.slides import Slide, read_slides

RATE = 22050


@dataclass(frozen=True)
class Said:
    """A sentence as shown, and when it is heard (seconds)."""

    text: str
    start: float
    end: float
    speaker: str = ""


def split_sentences(paragraph: str) -> list[str]:
    """Splits at the end of sentences; quotation marks stay with theirs."""
    return [part.strip() for part in re.split(r"(?<=[.!?:…])[\"”]?\s+(?=[\"“A-ZÀ-Ỵ0-9Đ])", paragraph) if part.strip()]


class Recording:
    """One track that grows: sentences and silences, in order."""

    def __init__(self, target: Path, voice: str, speed: int, spoken: dict[str, str]) -> None:
        self.target, self.voice, self.speed, self.spoken = target, voice, speed, spoken
        self.frames = bytearray()
        self.said: list[Said] = []

    @property
    def seconds(self) -> float:
        """How long the track is so far."""
        return len(self.frames) / 2 / RATE

    def say(self, paragraph: str, *, voice: str = "", speaker: str = "", pause: float = 0.45) -> None:
        """Reads a paragraph; words with another pronunciation are replaced before they are read."""
        for sentence in split_sentences(paragraph):
            start = self.seconds
            self.frames += self._frames(sentence, voice or self.voice)
            self.said.append(Said(sentence, start, self.seconds, speaker))
            self.rest(pause)

    def rest(self, seconds: float) -> None:
        """Adds a silence."""
        self.frames += bytes(2 * int(RATE * seconds))

    def close(self) -> None:
        """Writes the track as WAV."""
        with wave.open(str(self.target), "wb") as track:
            track.setnchannels(1)
            track.setsampwidth(2)
            track.setframerate(RATE)
            track.writeframes(bytes(self.frames))

    def _frames(self, sentence: str, voice: str) -> bytes:
        for written, heard in self.spoken.items():
            sentence = re.sub(rf"(?<!\w){re.escape(written)}(?!\w)", heard, sentence)
        part = self.target.with_suffix(".part.wav")
        subprocess.run(
            ["espeak-ng", "-v", voice, "-s", str(self.speed), "-g", "2", "-w", str(part), sentence],
            check=True,
            timeout=120,
        )
        with wave.open(str(part), "rb") as track:
            frames = track.readframes(track.getnframes())
        part.unlink()
        return frames


def write_captions(said: list[Said], target: Path, longest: int = 84) -> None:
    """WebVTT cues of at most two short lines; a long sentence is shared out by its length."""
    cues = ["WEBVTT", ""]
    for sentence in said:
        pieces = _pieces(sentence.text, longest)
        whole, start = sum(map(len, pieces)), sentence.start
        for number, piece in enumerate(pieces):
            end = start + (sentence.end - sentence.start) * len(piece) / whole
            speaker = f"<v {sentence.speaker}>" if sentence.speaker and number == 0 else ""
            cues += [f"{clock(start)} --> {clock(end)}", speaker + _two_lines(piece, longest // 2), ""]
            start = end
    target.write_text("\n".join(cues), "utf-8")


def _pieces(text: str, longest: int) -> list[str]:
    parts = -(-len(text) // longest)
    words, pieces = text.split(), [""]
    for word in words:
        if len(pieces[-1]) + len(word) > len(text) / parts and len(pieces) < parts and pieces[-1]:
            pieces.append("")
        pieces[-1] = f"{pieces[-1]} {word}".strip()
    return pieces


def _two_lines(text: str, longest: int) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;")
    if len(text) <= longest:
        return text
    gaps = [place.start() for place in re.finditer(" ", text)]
    middle = min(gaps, key=lambda place: abs(place - len(text) / 2))
    return text[:middle] + "\n" + text[middle + 1 :]


def clock(seconds: float) -> str:
    """A moment as WebVTT writes it."""
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"


def encode_mp3(track: Path, target: Path, title: str, artist: str) -> None:
    """A small mono MP3 with even loudness."""
    named = [
        "-metadata",
        f"title={title}",
        "-metadata",
        f"artist={artist}",
        "-metadata",
        "copyright=CC BY 4.0",
        "-metadata",
        "language=vie",
    ]
    sound = [
        "-af",
        "highpass=f=70,loudnorm=I=-18:TP=-2",
        "-ar",
        str(RATE),
        "-ac",
        "1",
        "-c:a",
        "libmp3lame",
        "-b:a",
        "32k",
    ]
    _ffmpeg(["-i", str(track), *sound, *named, str(target)])


def encode_video(pictures: list[tuple[Path, float]], track: Path, target: Path, title: str) -> None:
    """A video of still pictures, each shown for its seconds, with the track: H.264 and AAC in MP4, ready to stream."""
    lines = [f"file '{picture.resolve()}'\nduration {seconds:.3f}" for picture, seconds in pictures]
    listing = target.with_suffix(".txt") if target.parent == track.parent else track.with_suffix(".list")
    listing.write_text("\n".join([*lines, f"file '{pictures[-1][0].resolve()}'"]) + "\n", "utf-8")
    picture = [
        "-vf",
        "scale=854:480,format=yuv420p",
        "-r",
        "10",
        "-c:v",
        "libx264",
        "-preset",
        "slow",
        "-tune",
        "stillimage",
        "-crf",
        "27",
        "-g",
        "100",
    ]
    sound = ["-af", "highpass=f=70,loudnorm=I=-18:TP=-2", "-ar", "44100", "-ac", "1", "-c:a", "aac", "-b:a", "40k"]
    inputs = ["-f", "concat", "-safe", "0", "-i", str(listing), "-i", str(track)]
    _ffmpeg(
        [
            *inputs,
            *picture,
            *sound,
            "-shortest",
            "-movflags",
            "+faststart",
            "-metadata",
            f"title={title}",
            "-metadata:s:a:0",
            "language=vie",
            str(target),
        ]
    )


def _ffmpeg(arguments: list[str]) -> None:
    subprocess.run(["ffmpeg", "-hide_banner", "-loglevel", "error", "-y", *arguments], check=True, timeout=600)


# Audio lessons and narrated slides: a script becomes sound or video, with captions and a transcript.

TURN = re.compile(r"\*\*(.+?):\*\*\s*(.+)", re.S)


def write_audio(script: str, material: dict[str, Any], target: Path, workshop: Path) -> None:
    """Reads a Markdown script aloud (`**Name:** words` in their voice), with captions and transcript beside it."""
    title = material["metadata"]["title"]["vi"]
    recording = Recording(workshop / "track.wav", material["voices"][""], material["speed"], material["spoken"])
    transcript: list[str] = []
    for paragraph in re.split(r"\n{2,}", script.strip()):
        start = recording.seconds
        _read_aloud(recording, paragraph, material["voices"])
        mark = f"[{int(start) // 60}:{int(start) % 60:02}] " if not paragraph.startswith("#") else ""
        transcript.append(mark + paragraph)
    recording.close()
    encode_mp3(recording.target, target, title, PUBLISHER["vi"])
    write_captions(recording.said, target.with_suffix(".vi.vtt"))
    words = "\n\n".join([*transcript, f"---\n\n*{PUBLISHER['vi']}. {RIGHTS['vi']}*"]) + "\n"
    target.with_suffix(".transcript.md").write_text(words, "utf-8")


def _read_aloud(recording: Recording, paragraph: str, voices: dict[str, str]) -> None:
    turn = TURN.fullmatch(paragraph)
    if turn:
        recording.say(turn[2], voice=voices[turn[1]], speaker=turn[1])
    elif paragraph.startswith("#"):
        recording.rest(0.9)
        recording.say(paragraph.lstrip("# ").strip(), pause=0.8)
    else:
        recording.say(paragraph)
    recording.rest(0.35)


# Narrated slides as a video: pictures of the slides, espeak-ng's voice, captions that follow it, a transcript.

WIDTH = 854


def write_video(slides_file: Path, material: dict[str, Any], target: Path, workshop: Path) -> None:
    """Writes the video of slides with what is said over each; captions and transcript stand beside it."""
    slides = read_slides(slides_file)
    pictures = _pictures(slides, workshop)
    recording = Recording(workshop / "track.wav", material["voices"][""], material["speed"], material["spoken"])
    starts: list[float] = []
    for slide in slides:
        starts.append(recording.seconds)
        recording.rest(0.6)
        recording.say(slide.say)
        recording.rest(0.7)
    recording.close()
    ends = [*starts[1:], recording.seconds]
    shown = [(picture, end - start) for picture, start, end in zip(pictures, starts, ends, strict=True)]
    encode_video(shown, recording.target, target, material["metadata"]["title"]["vi"])
    write_captions(recording.said, target.with_suffix(".vi.vtt"))
    if all(slide.say_en for slide in slides):
        translated = [_spread(slide.say_en, start, end) for slide, start, end in zip(slides, starts, ends, strict=True)]
        write_captions([said for each in translated for said in each], target.with_suffix(".en.vtt"))
    target.with_suffix(".transcript.md").write_text(_transcript(slides, starts, material), "utf-8")


def _spread(text: str, start: float, end: float) -> list[Said]:
    """Sentences of a translation, shared out by length over the time of their slide."""
    sentences = split_sentences(text)
    whole, moment, room = sum(map(len, sentences)), start + 0.6, end - start - 1.3
    found: list[Said] = []
    for sentence in sentences:
        until = moment + room * len(sentence) / whole
        found.append(Said(sentence, moment, until))
        moment = until
    return found


def _pictures(slides: list[Slide], workshop: Path) -> list[Path]:
    page, pdf = workshop / "slides.html", workshop / "slides.pdf"
    body = "".join(_slide(slide) for slide in slides)
    style = filled("video.css")
    page.write_text(f'<!doctype html><html lang="vi"><meta charset="utf-8"><style>{style}</style>{body}', "utf-8")
    figures.print_pdf(page, pdf)
    return figures.take_pictures(pdf, workshop / "slides", WIDTH)


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
