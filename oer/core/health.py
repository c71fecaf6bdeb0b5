"""The health of an installation: the invariants that the doctor checks at rest, and whether it is ready to serve."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import sqlalchemy as sa

from oer.backends.search import Health
from oer.core.installation import Installation
from oer.core.recent import Recent

log = logging.getLogger(__name__)


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
    """Return for each part why it is not ready, in words for everybody; "" for those that are."""
    return {part: _reason(part, installation) for part in sorted(_checks)}


# What is not ready is asked again each time: whoever waits for it must not hear of the past.
recent_readiness = Recent(readiness, 1.0, keeps=lambda reasons: not any(reasons.values()))


def _reason(part: str, installation: Installation) -> str:
    try:
        return _checks[part](installation)
    except Exception:  # whatever a backend raises; what it says may name paths and hosts, which is for the log alone
        log.warning("the readiness check of %s failed", part, exc_info=True)
        return "does not answer"


@readiness_check("database")
def _database(installation: Installation) -> str:
    with installation.database.reading() as session:
        session.execute(sa.text("SELECT 1"))
    return ""


@readiness_check("storage")
def _storage(installation: Installation) -> str:
    return "" if installation.storage.owner() else "belongs to no database yet"


@readiness_check("search")
def _search(installation: Installation) -> str:
    state = installation.search_index.state()
    if state.health is not Health.READY:
        return "the index is not built yet"
    return "the index is being rebuilt" if state.incomplete else ""
