"""What a check of an installation finds."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """A finding: the invariant that it breaks (docs/architecture.md), and what was found."""

    invariant: str
    what: str
