"""`oer doctor`: checks the invariants of docs/architecture.md that can be checked on an installation at rest."""

from collections.abc import Callable, Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import RoleGrant
from oer.backends.search import Health
from oer.catalogue.models import IndexState, Material, Version, VersionState
from oer.catalogue.queries.indexing import MOST_TRIES, due_for_index, given_up, public_material_ids
from oer.core.audit import AuditRecord
from oer.core.console import Progress, no_progress
from oer.core.health import IntegrityIssue, Invariant
from oer.core.installation import Installation
from oer.files.queries import integrity_issues
from oer.usage.queries.processing import spool_report, sums_that_differ

Check = Callable[[Session, Installation], Iterator[str]]


def find_integrity_issues(installation: Installation, progress: Progress = no_progress) -> list[IntegrityIssue]:
    """Check what can be checked at rest, and return what is wrong; an empty list is good health.

    Every file is read whole. Work that only waits for the worker (text to extract, materials to index) is no issue as
    long as it is known to be due.
    """
    with installation.database.reading() as session:
        found = integrity_issues(session, installation.storage, read_contents=True, progress=progress)
        for invariant, check in CHECKS.items():
            found += [IntegrityIssue(invariant, what) for what in check(session, installation)]
        return found


def _published(session: Session, _installation: Installation) -> Iterator[str]:
    wrong_state = (
        sa.select(Material.public_id)
        .join(Version, Version.id == Material.current_version_id)
        .where(sa.or_(Version.state != VersionState.PUBLISHED, Version.material_id != Material.id))
    )
    for public_id in session.scalars(wrong_state):
        yield f"material {public_id} shows a version that is not its published one"
    two_published = (
        sa.select(Material.public_id)
        .join(Version, Version.material_id == Material.id)
        .where(Version.state == VersionState.PUBLISHED)
        .group_by(Material.public_id)
        .having(sa.func.count() > 1)
    )
    for public_id in session.scalars(two_published):
        yield f"material {public_id} has more than one published version"


def _index(session: Session, installation: Installation) -> Iterator[str]:
    due = due_for_index(session)
    waiting = {material_id for material_id, _signature in due.put}
    public = dict(session.execute(sa.select(Material.public_id, Material.id)).all())
    in_service = set(public_material_ids(session)) - waiting
    expected = {public_id for public_id, number in public.items() if number in in_service}
    state = installation.search_index.check()
    if state.health is Health.MISSING:
        if session.scalar(sa.select(sa.func.count()).select_from(IndexState)):
            yield "the index is missing; a running worker rebuilds it within a minute"
        return
    if state.health is Health.DAMAGED:
        yield "the index is damaged; a running worker rebuilds it within a minute"
        return
    held, hopeless = set(installation.search_index.contents()), {public_id for public_id, _ in given_up(session)}
    for public_id in sorted(hopeless):
        yield f"material {public_id} could not be indexed {MOST_TRIES} times; the log says why"
    for public_id in sorted(expected - held - hopeless):
        yield f"material {public_id} is published and not in the index"
    for public_id in sorted(held - expected - set(due.remove)):
        if public.get(public_id) not in waiting:
            yield f"material {public_id} is in the index and not published"


def _roles(session: Session, _installation: Installation) -> Iterator[str]:
    noted = set(session.scalars(sa.select(AuditRecord.subject_id).where(AuditRecord.action == "role.granted")))
    for account_id in session.scalars(sa.select(RoleGrant.account_id).distinct()):
        if str(account_id) not in noted:
            yield f"account {account_id} has a role but no audit record says who granted it"


def _usage(session: Session, _installation: Installation) -> Iterator[str]:
    report = spool_report(session)
    if report.lost:
        yield f"{report.lost} usage events were lost because the disk of the spool was full"
    if report.set_aside:
        yield f"{report.set_aside} lines of the spool are no usage events, and were set aside"
    yield from sums_that_differ(session)


CHECKS: dict[Invariant, Check] = {
    Invariant.INDEX_EQUALS_PUBLISHED: _index,
    Invariant.USAGE_COUNTED_ONCE: _usage,
    Invariant.UNPUBLISHED_INVISIBLE: _published,
    Invariant.ROLES_AUDITED: _roles,
}
# With the two that `oer.files` checks. The others are about what happens while the service runs.
CHECKED = sorted({Invariant.UPLOADS_KEPT, Invariant.UNREFERENCED_REMOVED, *CHECKS})
