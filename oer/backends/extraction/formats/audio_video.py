"""Audio and video: duration, size and a still frame, by ffprobe and ffmpeg where they are installed."""

import json
import shutil
from io import BytesIO
from pathlib import Path
from typing import Any

from oer.backends.extraction.formats.image import cover_of, open_picture
from oer.backends.extraction.programs import run_program
from oer.backends.extraction.protocol import Damaged
from oer.backends.extraction.result import ExtractionResult

_TIMEOUT_SECONDS = 20
# A media file may refer to other files, even on other hosts, and a play list is nothing else: nothing is opened but
# this file, and by nothing but the formats that uploads may have.
_FORMATS = "mp3,mov,mp4,m4a,ogg,wav,flac,matroska,webm"
_ONLY_THIS_FILE = ("-protocol_whitelist", "file", "-format_whitelist", _FORMATS)
_LATEST_COVER_SECOND = 30.0


def read(path: Path, result: ExtractionResult) -> None:
    """Add duration, size and cover. Raises Damaged if ffprobe cannot read the file."""
    if shutil.which("ffprobe") is None:
        return
    about = _probe(path)
    container = about.get("format", {})
    tags = _tags(about)
    result.set_title(tags.get("title"))
    result.set_creator(tags.get("artist"))
    result.facts.duration = _number(container.get("duration"))
    for stream in about.get("streams", ()):
        if stream.get("codec_type") == "video":
            result.facts.width, result.facts.height = stream.get("width"), stream.get("height")
            _add_cover(path, result)
            break


def _tags(about: dict[str, Any]) -> dict[str, str]:
    """Return the tags of the file; Ogg has them in its streams."""
    holders = [*reversed(about.get("streams", ())), about.get("format", {})]
    return {str(name).lower(): str(value) for holder in holders for name, value in holder.get("tags", {}).items()}


def _number(text: Any) -> float | None:
    try:
        return round(float(text), 2)
    except (TypeError, ValueError):
        return None


def _probe(path: Path) -> dict[str, Any]:
    command = ["ffprobe", "-v", "error", *_ONLY_THIS_FILE, "-show_format", "-show_streams", "-of", "json", str(path)]
    done = run_program(command, _TIMEOUT_SECONDS, reading=path)
    if done is None or done.returncode:
        raise Damaged(done.stderr.decode("utf-8", "replace")[:500] if done else "took too long")
    about: dict[str, Any] = json.loads(done.stdout)
    if not about.get("streams"):
        raise Damaged(f"no stream in {path.name}")
    return about


def _add_cover(path: Path, result: ExtractionResult) -> None:
    at = min(_LATEST_COVER_SECOND, (result.facts.duration or 0.0) / 10)
    command = ["ffmpeg", "-v", "error", "-nostdin", "-threads", "1", "-ss", f"{at:.2f}", *_ONLY_THIS_FILE]
    command += ["-i", str(path), "-frames:v", "1", "-vf", "scale=480:-2", "-f", "image2pipe", "-c:v", "png", "pipe:1"]
    done = run_program(command, _TIMEOUT_SECONDS, reading=path)
    if done is None or done.returncode or not done.stdout:
        return
    with open_picture(BytesIO(done.stdout), result.limits) as image:
        result.set_cover(cover_of(image))
