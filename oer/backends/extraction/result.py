"""Where format readers report what they find. Each finding is written out at once, so a crash loses nothing."""

import base64
import json
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

from oer.backends.extraction.encodings import guess_language
from oer.backends.extraction.protocol import Facts, LimitReached, Limits, OutlineEntry, State


def read_bytes(path: Path, limits: Limits) -> bytes:
    """Return the content of a text file. Raises LimitReached where it cannot be within the limit of letters."""
    most = 4 * limits.text_letters
    if path.stat().st_size > most:
        raise LimitReached(f"a text of {path.stat().st_size} bytes")
    return path.read_bytes()


# Where the readers of the formats put what they find: written out at once, so that a reader's death loses nothing.

_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff\u00ad]")
_BLANKS = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\n\s*\n\s*")
_SAMPLE_LETTERS = 20_000
_LONGEST_TITLE = 300
_MOST_OUTLINE = 2000
_PROGRAM_PREFIX = re.compile(r"^Microsoft (?:Word|PowerPoint|Excel) - ")
_NO_TITLES = frozenset({"untitled", "untitled document", "powerpoint presentation", "slide 1", "document1", "document"})


def clean_text(text: str) -> str:
    """Return a text composed (NFC), without control characters, its blanks and blank lines single."""
    text = _NOT_TEXT.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _BLANKS.sub(" ", unicodedata.normalize("NFC", text))
    return _BLANK_LINES.sub("\n\n", text.replace(" \n", "\n").replace("\n ", "\n")).strip()


class ExtractionResult:
    """Pages, facts and cover of one file, handed to `write` as JSON values while they are found.

    `done` pages were noted before, by a process whose time was over.
    """

    def __init__(self, limits: Limits, write: Callable[[dict[str, Any]], None], done: int = 0) -> None:
        self.limits = limits
        self.done = done
        self.facts = Facts()
        self.wanting: list[int] = []
        """Pages without text that are pictures: recognition may find some."""
        self._write = write
        self._pages, self._letters = done, 0
        self._sample = ""

    def page(self, text: str, label: str = "", html: str = "") -> None:
        """Note the next page. Raises LimitReached when there are too many, or too much text."""
        text = clean_text(text)
        self._letters += len(text) + len(html)
        if self._pages >= self.limits.pages or self._letters > self.limits.text_letters:
            raise LimitReached(f"{self._pages} pages, {self._letters} letters")
        self._pages += 1
        self._add_to_sample(text)
        page = {"number": self._pages, "label": clean_text(label)[:200], "text": text, "html": _NOT_TEXT.sub("", html)}
        self._write({"page": page})

    def page_of_its_own(self, number: int, text: str) -> None:
        """Note the text of a page that was noted before, found another way."""
        text = clean_text(text)
        self._add_to_sample(text)
        self._write({"recognised": {"number": number, "text": text}})

    def _add_to_sample(self, text: str) -> None:
        left = _SAMPLE_LETTERS - len(self._sample)
        if left > 0:
            self._sample += text[:left] + "\n"

    def title(self, text: str | None) -> None:
        """Note a title, unless there is one; what programs put there by themselves is none."""
        title = _PROGRAM_PREFIX.sub("", clean_text(text or "").replace("\n", " "))
        if not self.facts.title and title.lower() not in _NO_TITLES:
            self.facts.title = title[:_LONGEST_TITLE]

    def creator(self, text: str | None) -> None:
        """Note who made it, unless that is known."""
        self.facts.creator = self.facts.creator or clean_text(text or "").replace("\n", " ")[:_LONGEST_TITLE]

    def heading(self, title: str, level: int, page: int) -> None:
        """Note a line of the table of contents; of very many only the first ones."""
        title = clean_text(title).replace("\n", " ")[:_LONGEST_TITLE]
        if title and len(self.facts.outline) < _MOST_OUTLINE:
            self.facts.outline.append(OutlineEntry(title, level, page))

    def cover(self, webp: bytes) -> None:
        """Note the cover."""
        self._write({"cover": base64.b64encode(webp).decode("ascii")})

    @property
    def has_text(self) -> bool:
        """Whether any word was found so far."""
        return any(letter.isalnum() for letter in self._sample)

    def end(self, state: State, detail: str = "") -> None:
        """Write the facts and how it ended."""
        self.facts.language = self.facts.language or guess_language(self._sample)
        facts = self.facts.as_json()
        self._write({"facts": facts, "wanting": self.wanting, "state": state.value, "detail": detail[:2000]})


def message_line(message: dict[str, Any]) -> bytes:
    """Return a message as it goes from the isolated process to the one that waits for it."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
