"""The health of an installation: what a check of its integrity can find."""

from dataclasses import dataclass


@dataclass(frozen=True)
class IntegrityIssue:
    """A finding: the invariant that it breaks (docs/architecture.md), and what was found."""

    invariant: str
    what: str
