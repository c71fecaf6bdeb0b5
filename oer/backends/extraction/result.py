"""Where format readers report what they find. Each finding is written out at once, so a crash loses nothing."""

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from oer.backends.extraction.encodings import guess_language
from oer.backends.extraction.protocol import Facts, LimitReached, Limits, OutlineEntry, State
from oer.vietnamese.marks import usual_letters

_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff\u00ad]")
_BLANKS = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\n\s*\n\s*")
_SAMPLE_CHARACTERS = 20_000
_LONGEST_TITLE = 300
_MOST_OUTLINE = 2000
_PROGRAM_PREFIX = re.compile(r"^Microsoft (?:Word|PowerPoint|Excel) - ")
_PLACEHOLDER_TITLES = frozenset(
    {"untitled", "untitled document", "powerpoint presentation", "slide 1", "document1", "document"}
)


def read_bytes(path: Path, limits: Limits) -> bytes:
    """Return the content of a text file. Raises LimitReached if it is too large to be within `text_characters`."""
    most = 4 * limits.text_characters
    if path.stat().st_size > most:
        raise LimitReached(f"a text of {path.stat().st_size} bytes")
    return path.read_bytes()


def without_controls(text: str) -> str:
    """Return a text without characters that no text has and that some databases refuse."""
    return _NOT_TEXT.sub("", text)


def clean_text(text: str) -> str:
    """Return a text in NFC and usual letters, without control characters, runs of blanks and blank lines collapsed."""
    text = _NOT_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _BLANKS.sub(" ", usual_letters(text))
    return _BLANK_LINES.sub("\n\n", text.replace(" \n", "\n").replace("\n ", "\n")).strip()


class ExtractionResult:
    """Pages, facts and cover of one file, passed to `write` as JSON values as soon as they are found.

    `pages_done` pages were already written by an earlier process that ran out of CPU time.
    """

    def __init__(self, limits: Limits, write: Callable[[dict[str, Any]], None], pages_done: int = 0) -> None:
        self.limits = limits
        self.pages_done = pages_done
        self.facts = Facts()
        self.needs_ocr: list[int] = []
        """Numbers of pages that are pictures without text: OCR may find some."""
        self._write = write
        self._pages, self._characters = pages_done, 0
        self._sample = ""

    def add_page(self, text: str, label: str = "", html: str = "") -> None:
        """Write the next page. Raises LimitReached at too many pages or too much text."""
        text = clean_text(text)
        self._characters += len(text) + len(html)
        if self._pages >= self.limits.pages or self._characters > self.limits.text_characters:
            raise LimitReached(f"{self._pages} pages, {self._characters} characters")
        self._pages += 1
        self._add_to_sample(text)
        page = {"number": self._pages, "label": clean_text(label)[:200], "text": text, "html": without_controls(html)}
        self._write({"page": page})

    def add_ocr_text(self, number: int, text: str) -> None:
        """Write the text that OCR found on a page that was written before without any."""
        text = clean_text(text)
        self._add_to_sample(text)
        self._write({"ocr_text": {"number": number, "text": text}})

    def _add_to_sample(self, text: str) -> None:
        left = _SAMPLE_CHARACTERS - len(self._sample)
        if left > 0:
            self._sample += text[:left] + "\n"

    def set_title(self, text: str | None) -> None:
        """Set the title if there is none yet; placeholders that programs write by themselves do not count."""
        title = _PROGRAM_PREFIX.sub("", clean_text(text or "").replace("\n", " "))
        if not self.facts.title and title.lower() not in _PLACEHOLDER_TITLES:
            self.facts.title = title[:_LONGEST_TITLE]

    def set_creator(self, text: str | None) -> None:
        """Set the creator if there is none yet."""
        self.facts.creator = self.facts.creator or clean_text(text or "").replace("\n", " ")[:_LONGEST_TITLE]

    def add_outline_entry(self, title: str, level: int, page: int) -> None:
        """Add an entry to the table of contents; past the most, entries are dropped."""
        title = clean_text(title).replace("\n", " ")[:_LONGEST_TITLE]
        if title and len(self.facts.outline) < _MOST_OUTLINE:
            self.facts.outline.append(OutlineEntry(title, level, page))

    def set_cover(self, webp: bytes) -> None:
        """Write the cover, a WebP picture."""
        self._write({"cover": base64.b64encode(webp).decode("ascii")})

    @property
    def has_text(self) -> bool:
        """Whether any word was found so far."""
        return any(character.isalnum() for character in self._sample)

    def finish(self, state: State, detail: str = "") -> None:
        """Write the facts and how extraction ended."""
        self.facts.language = self.facts.language or guess_language(self._sample)
        facts = self.facts.as_json()
        self._write({"facts": facts, "needs_ocr": self.needs_ocr, "state": state.value, "detail": detail[:2000]})


def message_line(message: dict[str, Any]) -> bytes:
    """Return a message as a line of JSON, the form in which it is sent to the waiting process."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
