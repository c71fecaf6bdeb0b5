"""What must always be true (docs/architecture.md), asked of an installation at rest."""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import RoleGrant
from oer.backends.search import Health
from oer.catalogue.models import IndexState, Material, Version, VersionState
from oer.catalogue.queries.indexing import due_for_index, public_material_ids
from oer.core.audit import AuditRecord
from oer.core.health import IntegrityIssue
from oer.core.installation import Installation
from oer.files.queries import integrity_issues
from oer.usage.queries.processing import spool_report


def find_integrity_issues(installation: Installation) -> list[IntegrityIssue]:
    """Check what can be checked at rest, and return what is wrong; an empty list is good health.

    The whole of every file is read. What only waits for the worker (text to extract, materials to index) is no
    finding as long as it is known to be due.
    """
    with installation.database.reading() as session:
        checks = (
            integrity_issues(session, installation.storage, read_contents=True),
            _published(session),
            _index(session, installation),
            _roles(session),
            _usage(session),
        )
        return [finding for check in checks for finding in check]


def _published(session: Session) -> Iterator[IntegrityIssue]:
    wrong_state = (
        sa.select(Material.public_id)
        .join(Version, Version.id == Material.current_version_id)
        .where(sa.or_(Version.state != VersionState.PUBLISHED, Version.material_id != Material.id))
    )
    for public_id in session.scalars(wrong_state):
        yield IntegrityIssue("I8", f"material {public_id} shows a version that is not its published one")
    two_published = (
        sa.select(Material.public_id)
        .join(Version, Version.material_id == Material.id)
        .where(Version.state == VersionState.PUBLISHED)
        .group_by(Material.public_id)
        .having(sa.func.count() > 1)
    )
    for public_id in session.scalars(two_published):
        yield IntegrityIssue("I8", f"material {public_id} has more than one published version")


def _index(session: Session, installation: Installation) -> Iterator[IntegrityIssue]:
    due = due_for_index(session)
    waiting = {material_id for material_id, _signature in due.put}
    public = dict(session.execute(sa.select(Material.public_id, Material.id)).all())
    wanted = {
        public_id for public_id, number in public.items() if number in set(public_material_ids(session)) - waiting
    }
    state = installation.search_index.check()
    if state.health is Health.MISSING:
        if session.scalar(sa.select(sa.func.count()).select_from(IndexState)):
            yield IntegrityIssue("I4", "the index is gone; the worker makes it anew within a minute of running")
        return
    if state.health is Health.DAMAGED:
        yield IntegrityIssue("I4", "the index is damaged; the worker makes it anew within a minute of running")
        return
    held = set(installation.search_index.contents())
    for public_id in sorted(wanted - held):
        yield IntegrityIssue("I4", f"material {public_id} is in service and not in the index")
    for public_id in sorted(held - wanted - set(due.remove)):
        if public.get(public_id) not in waiting:
            yield IntegrityIssue("I4", f"material {public_id} is in the index and not in service")


def _roles(session: Session) -> Iterator[IntegrityIssue]:
    noted = set(session.scalars(sa.select(AuditRecord.subject_id).where(AuditRecord.action == "role.granted")))
    for account_id in session.scalars(sa.select(RoleGrant.account_id).distinct()):
        if str(account_id) not in noted:
            yield IntegrityIssue("I9", f"account {account_id} has a role that no audit record tells of")


def _usage(session: Session) -> Iterator[IntegrityIssue]:
    report = spool_report(session)
    if report.lost:
        yield IntegrityIssue("I5", f"{report.lost} usage events were lost because the disk of the spool was full")
    if report.set_aside:
        yield IntegrityIssue("I5", f"{report.set_aside} lines of the spool are no usage events, and were set aside")
