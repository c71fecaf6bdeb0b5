"""Where format readers report what they find. Each finding is written out at once, so a crash loses nothing."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from oer.backends.extraction.encodings import guess_language, undo_double_encoding
from oer.backends.extraction.legacy_lines import legacy_reading, line_to_unicode, to_unicode
from oer.backends.extraction.protocol import Facts, LimitReached, Limits, OutlineEntry, State
from oer.backends.extraction.titles import without_program
from oer.vietnamese.marks import usual_letters

_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff\u00ad]")
_BLANKS = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\n\s*\n\s*")
_SAMPLE_CHARACTERS = 20_000
_LONGEST_TITLE = 300
_MOST_OUTLINE = 2000
_LONGEST_ANCHOR = 200
_TEXT_BETWEEN_TAGS = re.compile(r"[^<>]+(?=<|$)")
# Vertical tab and form feed end lines; without them words would run together.
_ENDS_OF_LINES = str.maketrans("\x0b\x0c", "\n\n")


def read_bytes(path: Path, limits: Limits) -> bytes:
    """Return the content of a text file. Raises LimitReached if it is too large to be within `text_characters`."""
    most = 4 * limits.text_characters
    if path.stat().st_size > most:
        raise LimitReached(f"a text of {path.stat().st_size} bytes")
    return path.read_bytes()


def without_controls(text: str) -> str:
    """Return a text without characters that no text has and that some databases refuse."""
    return _NOT_TEXT.sub("", text.translate(_ENDS_OF_LINES))


def clean_text(text: str) -> str:
    """Return a text in NFC and usual letters, without control characters, runs of blanks and blank lines collapsed."""
    text = without_controls(text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _BLANKS.sub(" ", usual_letters(text))
    return _BLANK_LINES.sub("\n\n", text.replace(" \n", "\n").replace("\n ", "\n")).strip()


def _one_line(text: str | None) -> str:
    return clean_text(undo_double_encoding(text or "")).replace("\n", " ")


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
        self._pages, self._characters, self._html_characters = pages_done, 0, 0
        self._sample = ""
        self._legacy: Callable[[str], str] | None = None

    def add_page(self, text: str, label: str = "", html: str = "") -> None:
        """Write the next page. Raises LimitReached at too many pages or too much text.

        Lines that are of before Unicode, as fonts without a telling name leave them, are converted.
        """
        text, html = self._to_unicode(text, html)
        text = clean_text(text)
        self._characters += len(text)
        self._html_characters += len(html)
        is_too_long = self._characters > self.limits.text_characters
        if is_too_long or self._pages >= self.limits.pages or self._html_characters > self.limits.html_characters:
            raise LimitReached(f"{self._pages} pages, {self._characters} characters")
        self._pages += 1
        self._add_to_sample(text)
        label = clean_text(self._as_the_text(label))[:200]
        page = {"number": self._pages, "label": label, "text": text, "html": without_controls(html)}
        self._write({"page": page})

    def _to_unicode(self, text: str, html: str) -> tuple[str, str]:
        reading = legacy_reading(text)
        if reading is None:
            return text, html
        self._legacy = reading
        text = "\n".join(line_to_unicode(line, reading) for line in text.split("\n"))
        return text, _TEXT_BETWEEN_TAGS.sub(lambda found: line_to_unicode(found[0], reading), html)

    def _as_the_text(self, line: str) -> str:
        return line_to_unicode(line, self._legacy) if self._legacy else to_unicode(line)

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
        """Set the title if there is none yet; what programs write by themselves, as names of files, does not count."""
        self.facts.title = self.facts.title or without_program(_one_line(text))[:_LONGEST_TITLE]

    def set_creator(self, text: str | None) -> None:
        """Set the creator if there is none yet."""
        self.facts.creator = self.facts.creator or _one_line(text)[:_LONGEST_TITLE]

    def add_outline_entry(self, title: str, level: int, page: int, anchor: str = "") -> None:
        """Add an entry to the table of contents; past the most, entries are dropped."""
        title = _one_line(title)[:_LONGEST_TITLE]
        if title and len(self.facts.outline) < _MOST_OUTLINE:
            self.facts.outline.append(OutlineEntry(title, level, page, without_controls(anchor)[:_LONGEST_ANCHOR]))

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
        self.facts.title, self.facts.creator = map(self._as_the_text, (self.facts.title, self.facts.creator))
        self.facts.outline = [replace(each, title=self._as_the_text(each.title)) for each in self.facts.outline]
        facts = self.facts.as_json()
        self._write({"facts": facts, "needs_ocr": self.needs_ocr, "state": state.value, "detail": detail[:2000]})


def message_line(message: dict[str, Any]) -> bytes:
    """Return a message as a line of JSON, the form in which it is sent to the waiting process."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
