"""Entry points of this package: extract a file, render a page of a PDF, convert an office file to PDF."""

import logging
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from oer.backends.extraction import media_types as types
from oer.backends.extraction.encodings import guess_language
from oer.backends.extraction.isolation import Outcome, readers, run_reader
from oer.backends.extraction.media_types import PDF
from oer.backends.extraction.messages import BadMessage, end_of, ocr_text_of, page_of, picture_of, read_message
from oer.backends.extraction.programs import find_libreoffice, has_ocr
from oer.backends.extraction.protocol import (
    MIB,
    Damaged,
    Extraction,
    ExtractionError,
    LimitReached,
    Limits,
    State,
    Unsupported,
)
from oer.backends.extraction.reader_folders import private_folder, taken_from
from oer.backends.extraction.worker import CONVERTED

log = logging.getLogger(__name__)

EXTRACTOR_VERSION = 9
"""Raise it when extraction finds more or does better: everything extracted before is then extracted again."""

MOST_CONVERTED_BYTES = 100 * 1024**2
_MODERN_TYPES = {types.DOC: types.DOCX, types.RTF: types.DOCX, types.PPT: types.PPTX, types.XLS: types.XLSX}
_CONVERTIBLE = {types.Family.DOCUMENT, types.Family.SLIDES}
# LibreOffice reserves far more address space than it uses, and starts slowly.
_LIBREOFFICE_MEMORY_BYTES, _LIBREOFFICE_CPU_SECONDS, _LIBREOFFICE_WALL_SECONDS = 4096 * MIB, 60, 120.0
# What it says of damaged files. When it ends without a result and without this, it did not start properly.
_NOT_LOADED = "source file could not be loaded"
_MEMBER = re.compile(r'<img src="member:[^>]*>')
_OUT_OF_RESOURCES = {
    signal.SIGXCPU,
    signal.SIGKILL,
    signal.SIGABRT,
    signal.SIGTRAP,
    signal.SIGILL,
    signal.SIGXFSZ,
}


class NotRendered(Exception):
    """A page could not be rendered; `state` says why."""

    def __init__(self, state: State, detail: str) -> None:
        super().__init__(f"{state}: {detail}")
        self.state = state


def extract(path: Path, media_type: str, limits: Limits = Limits()) -> Extraction:  # noqa: B008 (frozen)
    """Read a file in an isolated process. Never raises because of what the file holds: the state says how it ended."""
    modern = _MODERN_TYPES.get(media_type)
    if modern is None:
        return _read_with_cover(path, media_type, limits)
    # What LibreOffice makes of it has its pictures, the tables of slides and a cover; our own readers have the words.
    if find_libreoffice() is not None:
        with suppress(ExtractionError), converted(path, media_type, modern, limits) as made:
            found = _read_with_cover(made, modern, limits)
            if found.state in {State.OK, State.NO_TEXT}:
                return _without_members(found)
    return _read(path, media_type, limits)


def _read_with_cover(path: Path, media_type: str, limits: Limits) -> Extraction:
    """Read a file; where it brings no cover of its own, its first page becomes one, if LibreOffice is installed."""
    found = _read(path, media_type, limits)
    if found.cover or found.state is not State.OK or not can_convert_to_pdf(media_type):
        return found
    with suppress(ExtractionError), converted(path, media_type, PDF, limits) as pdf:
        first = _ReaderOutput(run_reader("cover", pdf, limits), limits).extraction
        found.cover = first.cover
        found.facts.pages = found.facts.pages or first.facts.pages
    return found


def _read(path: Path, media_type: str, limits: Limits) -> Extraction:
    found = _ReaderOutput(run_reader("extract", path, limits, media_type=media_type), limits)
    for _ in range(limits.processes - 1):
        if not found.ran_out_of_time or media_type != PDF:
            break
        done = len(found.extraction.pages)
        more = run_reader("extract", path, limits, media_type=media_type, pages_done=done)
        found.append(_ReaderOutput(more, limits, done))
    if found.needs_ocr and has_ocr():
        wall, pages = limits.ocr_wall_seconds, found.needs_ocr
        found.add_ocr_texts(
            _ReaderOutput(run_reader("ocr", path, limits, wall, media_type=media_type, pages=pages), limits)
        )
    return found.extraction


def _without_members(extraction: Extraction) -> Extraction:
    # Its pictures are members of the converted file, which is not kept.
    pages = [replace(page, html=_MEMBER.sub("", page.html)) for page in extraction.pages]
    return replace(extraction, pages=pages)


def render_page(path: Path, page: int, width: int, limits: Limits = Limits()) -> bytes:  # noqa: B008 (frozen)
    """Return a page of a PDF, counted from 1, as a WebP picture `width` pixels wide. Raises NotRendered."""
    found = _ReaderOutput(run_reader("render", path, limits, page=page, width=width), limits).extraction
    if found.cover is None:
        raise NotRendered(found.state, found.detail)
    return found.cover


def can_convert_to_pdf(media_type: str) -> bool:
    """Whether files of a type can be converted to PDF here: documents and slides, if LibreOffice is installed."""
    known = types.MEDIA_TYPES.get(media_type)
    return known is not None and known.family in _CONVERTIBLE and find_libreoffice() is not None


def convert_to_pdf(path: Path, media_type: str, limits: Limits = Limits()) -> bytes:  # noqa: B008 (frozen)
    """Return slides or a document as a PDF for `render_page`. LibreOffice needs some seconds for it.

    Slides keep the numbers that they have among the extracted pages. Raises NotRendered, also wherever
    `can_convert_to_pdf` is false.
    """
    if not can_convert_to_pdf(media_type):
        raise NotRendered(State.UNSUPPORTED, media_type)
    try:
        with converted(path, media_type, PDF, limits) as pdf:
            return pdf.read_bytes()
    except ExtractionError as error:
        raise NotRendered(error.state, str(error)) from error


@contextmanager
def converted(path: Path, media_type: str, target: str, limits: Limits) -> Iterator[Path]:
    """Yield the file converted to type `target`. Raises Unsupported without LibreOffice, LimitReached, Damaged."""
    if find_libreoffice() is None:
        raise Unsupported("LibreOffice is not installed")
    limits = replace(limits, memory_bytes=_LIBREOFFICE_MEMORY_BYTES, cpu_seconds=_LIBREOFFICE_CPU_SECONDS)
    given, made = (types.MEDIA_TYPES[each].endings[0] for each in (media_type, target))
    for is_last in (False, True):
        with private_folder() as folder:
            outcome = readers.run(
                "convert", path, limits, wall=_LIBREOFFICE_WALL_SECONDS, folder=folder, ending=given, target=made
            )
            with taken_from(folder, CONVERTED, f"file.{made}", most=MOST_CONVERTED_BYTES) as copy:
                if copy is not None:
                    yield copy
                    return
        if is_last or outcome.stopped or _NOT_LOADED in outcome.log:
            break
        log.warning("LibreOffice ended without a result, tried again: %s", outcome.log[:500])
    if outcome.stopped or outcome.returncode < 0:
        raise LimitReached(f"conversion: {outcome.stopped or outcome.returncode}")
    raise Damaged(f"conversion: {outcome.log[:500]}")


class _ReaderOutput:
    """The messages of a reader, as far as it got. `pages_done` pages were written by an earlier one."""

    def __init__(self, outcome: Outcome, limits: Limits, pages_done: int = 0) -> None:
        self.extraction = Extraction(State.FAILED)
        self.needs_ocr: list[int] = []
        self.ocr_texts: dict[int, str] = {}
        self.is_complete = False
        self._limits, self._pages_done = limits, pages_done
        self._characters = self._html_characters = 0
        self._cpu_time_was_over = outcome.returncode == -signal.SIGXCPU
        try:
            for line in outcome.output.splitlines():
                self._take(read_message(line) or {})
        except BadMessage as error:
            self.extraction = Extraction(State.FAILED, detail=f"not a reader's message: {error}")
            log.error("a reader wrote what no reader writes: it may have been taken over by its file (%s)", error)
            return
        if not self.is_complete:
            self.extraction.state, self.extraction.detail = _state_after_crash(outcome)
            log.warning("a reader ended early: %s", self.extraction.detail)

    def _take(self, message: dict[str, Any]) -> None:
        found = self.extraction
        if "page" in message:
            page = page_of(message["page"], self._pages_done + len(found.pages) + 1)
            self._characters += len(page.text)
            self._html_characters += len(page.html)
            is_too_long = self._characters > self._limits.text_characters
            if is_too_long or self._html_characters > self._limits.html_characters or page.number > self._limits.pages:
                raise BadMessage("too much text")
            found.pages.append(page)
        elif "cover" in message:
            found.cover = picture_of(message["cover"])
        elif "ocr_text" in message:
            number, text = ocr_text_of(message["ocr_text"])
            self.ocr_texts[number] = text
        elif "state" in message:
            found.state, found.detail, found.facts, self.needs_ocr = end_of(message, self._limits)
            self.is_complete = True

    @property
    def ran_out_of_time(self) -> bool:
        """Whether it was making progress when its CPU time was over."""
        return self._cpu_time_was_over and bool(self.extraction.pages)

    def append(self, other: "_ReaderOutput") -> None:
        """Add what a second process found from where the first one ran out of CPU time."""
        found, more = self.extraction, other.extraction
        self.extraction = replace(more, pages=found.pages + more.pages, cover=found.cover)
        self.extraction.facts.language = guess_language("\n".join(page.text for page in found.pages[:20]))
        self.needs_ocr += other.needs_ocr
        self._cpu_time_was_over = other._cpu_time_was_over and bool(more.pages)
        if more.state is State.NO_TEXT and any(page.text for page in found.pages):
            self.extraction.state = State.OK

    def add_ocr_texts(self, other: "_ReaderOutput") -> None:
        """Fill in the text that OCR found on pages that had none."""
        found, texts = self.extraction, {number: text for number, text in other.ocr_texts.items() if text}
        if not texts:
            return
        found.pages = [replace(page, text=texts.get(page.number, page.text)) for page in found.pages]
        with_text = sum(bool(page.text) for page in found.pages)
        # A picture on the first page does not make the whole book a scan.
        found.facts.recognised = 2 * len(texts) >= with_text
        found.facts.language = found.facts.language or guess_language("\n".join(texts.values()))
        if found.state is State.NO_TEXT:
            found.state = State.LIMIT if other.extraction.state is State.LIMIT else State.OK


def _state_after_crash(outcome: Outcome) -> tuple[State, str]:
    if outcome.stopped:
        return State.LIMIT, f"stopped: {outcome.stopped}"
    if outcome.returncode < 0:
        killer = signal.Signals(-outcome.returncode)
        return State.LIMIT if killer in _OUT_OF_RESOURCES else State.FAILED, f"{killer.name} {outcome.log}"
    return State.LIMIT if "MemoryError" in outcome.log else State.FAILED, outcome.log
