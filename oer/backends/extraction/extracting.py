"""Text, facts and cover out of a file; a page as a picture: what the rest of the house asks for."""

import base64
import json
import logging
import signal
from pathlib import Path

from oer.backends.extraction.isolation import Outcome, run_reader
from oer.backends.extraction.protocol import Extraction, Facts, Limits, Page, State

log = logging.getLogger(__name__)

EXTRACTOR_VERSION = 1
"""Raised when extraction finds more or finds it better, so that what was extracted before is extracted again."""

_OUT_OF_ROOM = {signal.SIGXCPU, signal.SIGKILL, signal.SIGABRT, signal.SIGTRAP, signal.SIGILL, signal.SIGXFSZ}


class NotRendered(Exception):
    """There is no picture of the page; `state` says why."""

    def __init__(self, state: State, detail: str) -> None:
        super().__init__(f"{state}: {detail}")
        self.state = state


def extract(path: Path, media_type: str, limits: Limits = Limits()) -> Extraction:  # noqa: B008 (frozen)
    """Read a file in an isolated process. Never raises for what the file holds: the state says how it ended."""
    found = _Found(run_reader("extract", {"path": str(path.absolute()), "media_type": media_type}, limits))
    return found.extraction


def render_page(path: Path, page: int, width: int, limits: Limits = Limits()) -> bytes:  # noqa: B008 (frozen)
    """Return a page of a PDF, counted from 1, as a WebP picture `width` pixels wide. Raises NotRendered."""
    request = {"path": str(path.absolute()), "page": page, "width": width}
    found = _Found(run_reader("render", request, limits)).extraction
    if found.cover is None:
        raise NotRendered(found.state, found.detail)
    return found.cover


class _Found:
    """What a reader's messages say, up to where it ended or was ended."""

    def __init__(self, outcome: Outcome) -> None:
        self.extraction = Extraction(State.FAILED)
        self.wanting: list[int] = []
        self.is_whole = False
        for line in outcome.output.splitlines():
            self._take(line)
        if not self.is_whole:
            self.extraction.state, self.extraction.detail = _how_it_died(outcome)
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
        elif "state" in message:
            found.facts = Facts.from_json(message["facts"])
            found.state, found.detail = State(message["state"]), message["detail"]
            self.wanting, self.is_whole = message["wanting"], True


def _how_it_died(outcome: Outcome) -> tuple[State, str]:
    if outcome.stopped:
        return State.LIMIT, f"stopped: {outcome.stopped}"
    if outcome.returncode < 0:
        killer = signal.Signals(-outcome.returncode)
        return State.LIMIT if killer in _OUT_OF_ROOM else State.FAILED, f"{killer.name} {outcome.log}"
    return State.LIMIT if "MemoryError" in outcome.log else State.FAILED, outcome.log
