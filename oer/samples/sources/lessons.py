"""Audio lessons and narrated slides: a script becomes sound or video, with captions and a transcript."""

import re
from pathlib import Path
from typing import Any

from oer.samples.sources import speech
from oer.samples.sources.pages import PUBLISHER, RIGHTS

TURN = re.compile(r"\*\*(.+?):\*\*\s*(.+)", re.S)


def write_audio(script: str, material: dict[str, Any], target: Path, workshop: Path) -> None:
    """Reads a Markdown script aloud (`**Name:** words` in their voice), with captions and transcript beside it."""
    title = material["metadata"]["title"]["vi"]
    recording = speech.Recording(workshop / "track.wav", material["voices"][""], material["speed"], material["spoken"])
    transcript: list[str] = []
    for paragraph in re.split(r"\n{2,}", script.strip()):
        start = recording.seconds
        _read(recording, paragraph, material["voices"])
        mark = f"[{int(start) // 60}:{int(start) % 60:02}] " if not paragraph.startswith("#") else ""
        transcript.append(mark + paragraph)
    recording.close()
    speech.write_mp3(recording.target, target, title, PUBLISHER["vi"])
    speech.write_captions(recording.said, target.with_suffix(".vi.vtt"))
    words = "\n\n".join([*transcript, f"---\n\n*{PUBLISHER['vi']}. {RIGHTS['vi']}*"]) + "\n"
    target.with_suffix(".transcript.md").write_text(words, "utf-8")


def _read(recording: speech.Recording, paragraph: str, voices: dict[str, str]) -> None:
    turn = TURN.fullmatch(paragraph)
    if turn:
        recording.say(turn[2], voice=voices[turn[1]], speaker=turn[1])
    elif paragraph.startswith("#"):
        recording.rest(0.9)
        recording.say(paragraph.lstrip("# ").strip(), pause=0.8)
    else:
        recording.say(paragraph)
    recording.rest(0.35)
