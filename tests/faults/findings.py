"""What is found after a fault: by the doctor, and in the index."""

import time

from oer.core.health import Invariant
from oer.core.installation import Installation
from oer.operations.doctor import find_integrity_issues

WAIT_SECONDS = 60


def issues(installation: Installation) -> list[str]:
    """What the doctor finds, but for roles: those that factories give are in no audit log."""
    found = find_integrity_issues(installation)
    return [issue.what for issue in found if issue.invariant is not Invariant.ROLES_AUDITED]


def index_issues(installation: Installation) -> list[str]:
    """What the doctor says of the index, also where materials are made up and their files have no content."""
    found = find_integrity_issues(installation)
    return [issue.what for issue in found if issue.invariant is Invariant.INDEX_EQUALS_PUBLISHED]


def indexed(installation: Installation, expected: set[str]) -> None:
    """Wait until this process sees what another one committed to the index: that takes up to two seconds."""
    deadline = time.monotonic() + WAIT_SECONDS
    while set(installation.search_index.contents()) != expected:
        assert time.monotonic() < deadline, set(installation.search_index.contents()) ^ expected
        time.sleep(0.1)
