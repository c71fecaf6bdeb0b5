"""What is asked of a virus scanner, and what it may answer."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class VerdictState(StrEnum):
    """What came of a scan. `unscanned`: nobody will ever look at this file; `unavailable`: ask again later."""

    CLEAN = "clean"
    INFECTED = "infected"
    UNSCANNED = "unscanned"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True)
class Verdict:
    """An answer; `finding` names the malware, or says why there is no answer."""

    state: VerdictState
    finding: str = ""


class Scanner(Protocol):
    """Looks for malware in files."""

    def scan(self, path: Path) -> Verdict:
        """Return the verdict on a file. A scanner that cannot be reached is a verdict too, never an exception."""


class NoScanner:
    """What stands in where no scanner is set up."""

    def scan(self, path: Path) -> Verdict:  # noqa: ARG002
        """Say that nobody looked."""
        return Verdict(VerdictState.UNSCANNED, "no scanner is set up")
