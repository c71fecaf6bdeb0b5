"""The protocol of malware scanners."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class VerdictState(StrEnum):
    """Result of a scan. `unscanned`: this file will never be scanned; `unavailable`: try again later."""

    CLEAN = "clean"
    INFECTED = "infected"
    UNSCANNED = "unscanned"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class Verdict:
    """A result. `finding` names the malware, or says why there is no result."""

    state: VerdictState
    finding: str = ""


class Scanner(Protocol):
    """Scans files for malware."""

    def scan(self, path: Path) -> Verdict:
        """Return the verdict on a file. Never raises: an unreachable scanner is a verdict, `unavailable`."""

    def probe(self) -> str:
        """Return why the scanner does not answer, "" if it does."""


class NoScanner:
    """Used where no scanner is configured."""

    def scan(self, path: Path) -> Verdict:  # noqa: ARG002
        """Return `unscanned`."""
        return Verdict(VerdictState.UNSCANNED, "no scanner is set up")

    def probe(self) -> str:
        """Return "": nothing is to be asked."""
        return ""
