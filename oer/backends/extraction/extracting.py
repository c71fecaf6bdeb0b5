"""Entry points of this package: extract a file, render a page of a PDF, convert an office file to PDF."""

import base64
import json
import logging
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from oer.backends.extraction import media_types as types
from oer.backends.extraction.confinement import find_libreoffice, has_ocr
from oer.backends.extraction.encodings import guess_language
from oer.backends.extraction.isolation import FOLDER_PREFIXES, Outcome, run_reader
from oer.backends.extraction.media_types import PDF
from oer.backends.extraction.protocol import (
    MIB,
    Damaged,
    Extraction,
    ExtractionError,
    Facts,
    LimitReached,
    Limits,
    Page,
    State,
    Unsupported,
)

_MODERN_TYPES = {types.DOC: types.DOCX, types.PPT: types.PPTX, types.XLS: types.XLSX}
_CONVERTIBLE = {types.Family.DOCUMENT, types.Family.SLIDES}
# It reserves far more memory than it uses, and starts slowly.
_MEMORY_BYTES, _CPU, _WALL = 4096 * MIB, 60, 120.0


@contextmanager
def converted(path: Path, media_type: str, target: str, limits: Limits) -> Iterator[Path]:
    """Give the file as one of type `target`. Raises Unsupported without LibreOffice, LimitReached, Damaged."""
    if find_libreoffice() is None:
        raise Unsupported("LibreOffice is not installed")
    with TemporaryDirectory(prefix=FOLDER_PREFIXES[1]) as folder:
        # Its ending tells the program what it is.
        named = Path(folder) / f"file.{types.MEDIA_TYPES[media_type].endings[0]}"
        named.symlink_to(path.absolute())
        made = Path(folder) / "made" / f"file.{types.MEDIA_TYPES[target].endings[0]}"
        request = {"path": str(named), "target": made.suffix[1:], "folder": str(made.parent)}
        outcome = run_reader("convert", request, replace(limits, memory_bytes=_MEMORY_BYTES, cpu=_CPU), _WALL)
        if outcome.stopped or outcome.returncode < 0:
            raise LimitReached(f"conversion: {outcome.stopped or outcome.returncode}")
        if not made.is_file():
            raise Damaged(f"conversion: {outcome.log[:500]}")
        yield made


def can_convert_to_pdf(media_type: str) -> bool:
    """Tell whether files of a type can be made a PDF here: texts and slides, where LibreOffice is installed."""
    known = types.MEDIA_TYPES.get(media_type)
    return known is not None and known.family in _CONVERTIBLE and find_libreoffice() is not None


# Text, facts and cover out of a file; a page as a picture: what the rest of the house asks for.

log = logging.getLogger(__name__)

EXTRACTOR_VERSION = 4
"""Raised when extraction finds more or finds it better, so that what was extracted before is extracted again."""

MOST_CONVERTED_BYTES = 100 * 1024**2
COVER_WIDTH = 480
_MEMBER = re.compile(r'<img src="member:[^>]*>')
_OUT_OF_ROOM = {signal.SIGXCPU, signal.SIGKILL, signal.SIGABRT, signal.SIGTRAP, signal.SIGILL, signal.SIGXFSZ}


class NotRendered(Exception):
    """There is no picture of the page; `state` says why."""

    def __init__(self, state: State, detail: str) -> None:
        super().__init__(f"{state}: {detail}")
        self.state = state


def extract(path: Path, media_type: str, limits: Limits = Limits()) -> Extraction:  # noqa: B008 (frozen)
    """Read a file in an isolated process. Never raises for what the file holds: the state says how it ended."""
    newer = _MODERN_TYPES.get(media_type)
    if newer is None:
        return _read_with_cover(path, media_type, limits)
    try:
        with converted(path, media_type, newer, limits) as made:
            return _without_members(_read_with_cover(made, newer, limits))
    except ExtractionError as stop:
        return Extraction(stop.state, detail=str(stop))


def _read_with_cover(path: Path, media_type: str, limits: Limits) -> Extraction:
    found = _read(path, media_type, limits)
    if found.cover or found.state is not State.OK or not can_convert_to_pdf(media_type):
        return found
    with suppress(ExtractionError), converted(path, media_type, PDF, limits) as drawn:
        first = _ReaderOutput(run_reader("render", _page_request(drawn, 1, COVER_WIDTH), limits)).extraction
        found.cover = first.cover
        found.facts.pages = found.facts.pages or first.facts.pages
    return found


def _read(path: Path, media_type: str, limits: Limits) -> Extraction:
    request: dict[str, Any] = {"path": str(path.absolute()), "media_type": media_type}
    found = _ReaderOutput(run_reader("extract", request, limits))
    for _ in range(limits.turns - 1):
        if not found.wants_more_time or media_type != PDF:
            break
        found.go_on(_ReaderOutput(run_reader("extract", {**request, "done": len(found.extraction.pages)}, limits)))
    if found.wanting and has_ocr():
        request = {**request, "pages": found.wanting}
        found.add_recognised(_ReaderOutput(run_reader("recognise", request, limits, limits.recognition_wall)))
    return found.extraction


def _without_members(extraction: Extraction) -> Extraction:
    # Its pictures are members of a file that is gone by now.
    pages = [replace(page, html=_MEMBER.sub("", page.html)) for page in extraction.pages]
    return replace(extraction, pages=pages)


def render_page(path: Path, page: int, width: int, limits: Limits = Limits()) -> bytes:  # noqa: B008 (frozen)
    """Return a page of a PDF, counted from 1, as a WebP picture `width` pixels wide. Raises NotRendered."""
    found = _ReaderOutput(run_reader("render", _page_request(path, page, width), limits)).extraction
    if found.cover is None:
        raise NotRendered(found.state, found.detail)
    return found.cover


def _page_request(path: Path, page: int, width: int) -> dict[str, Any]:
    return {"path": str(path.absolute()), "page": page, "width": width}


def convert_to_pdf(path: Path, media_type: str, limits: Limits = Limits()) -> bytes:  # noqa: B008 (frozen)
    """Return slides or a text document as a PDF, for `render_page`: LibreOffice takes some seconds for it.

    A slide has the same number there as among the extracted pages. Raises NotRendered; always where `is_drawn` says no.
    """
    if not can_convert_to_pdf(media_type):
        raise NotRendered(State.UNSUPPORTED, media_type)
    try:
        with converted(path, media_type, PDF, limits) as drawn:
            if drawn.stat().st_size > MOST_CONVERTED_BYTES:
                raise NotRendered(State.LIMIT, f"{drawn.stat().st_size} bytes")
            return drawn.read_bytes()
    except ExtractionError as stop:
        raise NotRendered(stop.state, str(stop)) from stop


class _ReaderOutput:
    """What a reader's messages say, up to where it ended or was ended."""

    def __init__(self, outcome: Outcome) -> None:
        self.extraction = Extraction(State.FAILED)
        self.wanting: list[int] = []
        self.recognised: dict[int, str] = {}
        self.is_whole = False
        self._time_was_over = outcome.returncode == -signal.SIGXCPU
        for line in outcome.output.splitlines():
            self._take(line)
        if not self.is_whole:
            self.extraction.state, self.extraction.detail = _state_after_crash(outcome)
            log.warning("a reader ended early: %s", self.extraction.detail)

    def _take(self, line: bytes) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            return  # its last words, cut off
        found = self.extraction
        if "page" in message:
            found.pages.append(Page(**message["page"]))
        elif "cover" in message:
            found.cover = base64.b64decode(message["cover"])
        elif "recognised" in message:
            self.recognised[message["recognised"]["number"]] = message["recognised"]["text"]
        elif "state" in message:
            found.facts = Facts.from_json(message["facts"])
            found.state, found.detail = State(message["state"]), message["detail"]
            self.wanting, self.is_whole = message["wanting"], True

    @property
    def wants_more_time(self) -> bool:
        """Whether only the processor's time kept it from reading on."""
        return self._time_was_over and bool(self.extraction.pages)

    def go_on(self, other: "_ReaderOutput") -> None:
        """Take over what another process found from where this one's time was over."""
        found, more = self.extraction, other.extraction
        self.extraction = replace(more, pages=found.pages + more.pages, cover=found.cover)
        self.extraction.facts.language = guess_language("\n".join(page.text for page in found.pages[:20]))
        self.wanting += other.wanting
        self._time_was_over = other._time_was_over and bool(more.pages)
        if more.state is State.NO_TEXT and any(page.text for page in found.pages):
            self.extraction.state = State.OK

    def add_recognised(self, other: "_ReaderOutput") -> None:
        """Take over the words that were recognised on pages that had none."""
        found, words = self.extraction, {number: text for number, text in other.recognised.items() if text}
        if not words:
            return
        found.pages = [replace(page, text=words.get(page.number, page.text)) for page in found.pages]
        with_text = sum(bool(page.text) for page in found.pages)
        # A picture on the first page does not make the whole book a scan.
        found.facts.recognised = 2 * len(words) >= with_text
        found.facts.language = found.facts.language or guess_language("\n".join(words.values()))
        if found.state is State.NO_TEXT:
            found.state = State.LIMIT if other.extraction.state is State.LIMIT else State.OK


def _state_after_crash(outcome: Outcome) -> tuple[State, str]:
    if outcome.stopped:
        return State.LIMIT, f"stopped: {outcome.stopped}"
    if outcome.returncode < 0:
        killer = signal.Signals(-outcome.returncode)
        return State.LIMIT if killer in _OUT_OF_ROOM else State.FAILED, f"{killer.name} {outcome.log}"
    return State.LIMIT if "MemoryError" in outcome.log else State.FAILED, outcome.log
