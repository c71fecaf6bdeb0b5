"""The health of an installation: the invariants that the doctor checks at rest, and whether it is ready to serve."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

from oer.core.installation import Installation


class Invariant(IntEnum):
    """What must always be true, by its number in docs/architecture.md."""

    UPLOADS_KEPT = 1
    UNREFERENCED_REMOVED = 2
    INDEX_EQUALS_PUBLISHED = 3
    USAGE_COUNTED_ONCE = 4
    DAMAGED_NEVER_SERVED = 5
    UNPUBLISHED_INVISIBLE = 6
    ROLES_AUDITED = 7
    NO_ACCOUNT_NEEDED = 8

    @property
    def sentence(self) -> str:
        """The invariant in words, as docs/architecture.md has it."""
        return _SENTENCES[self]


_SENTENCES = {
    Invariant.UPLOADS_KEPT: ("An acknowledged upload is retrievable, byte for byte; no row points to a missing blob."),
    Invariant.UNREFERENCED_REMOVED: "An unreferenced blob is removed after 24 hours, and never sooner.",
    Invariant.INDEX_EQUALS_PUBLISHED: (
        "The index equals the published set within 60 s of recovery; until then search says that it is incomplete."
    ),
    Invariant.USAGE_COUNTED_ONCE: "A usage event is counted once, and survives the death of every process.",
    Invariant.DAMAGED_NEVER_SERVED: "A blob known not to match its hash is never served as 200.",
    Invariant.UNPUBLISHED_INVISIBLE: (
        "Nothing unpublished is visible to those who may not see it: pages, counts, facets, feeds, suggestions."
    ),
    Invariant.ROLES_AUDITED: "A change of roles and its audit record happen both or neither.",
    Invariant.NO_ACCOUNT_NEEDED: (
        "Reading, listening, watching, searching and downloading never need an account, JavaScript or a consent."
    ),
}


@dataclass(frozen=True)
class IntegrityIssue:
    """Something that breaks an invariant: which one, and what was found."""

    invariant: Invariant
    what: str


ReadinessCheck = Callable[[Installation], str]
_checks: dict[str, ReadinessCheck] = {}


def readiness_check(part: str) -> Callable[[ReadinessCheck], ReadinessCheck]:
    """Register a function of (installation) that returns why a part cannot serve yet, or "" if it can."""

    def register(check: ReadinessCheck) -> ReadinessCheck:
        _checks[part] = check
        return check

    return register


def readiness(installation: Installation) -> dict[str, str]:
    """Return for each part why it is not ready; "" for those that are. A part that fails is not ready."""
    return {part: _reason(check, installation) for part, check in sorted(_checks.items())}


def _reason(check: ReadinessCheck, installation: Installation) -> str:
    try:
        return check(installation)
    except Exception as error:  # whatever a backend raises, the answer is that it is not ready
        return f"{type(error).__name__}: {error}"
