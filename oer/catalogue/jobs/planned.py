"""Publications that reviewers have planned: carried out on their day, or refused and told."""

import sqlalchemy as sa

from oer.catalogue.models import Version
from oer.catalogue.review_models import PlannedPublication
from oer.catalogue.services.changes import lock_material
from oer.catalogue.services.review import carry_out_plan, refuse_plan
from oer.core.clock import today
from oer.core.errors import OerError
from oer.core.installation import Installation
from oer.jobs.queue import every


@every(300, "catalogue.publish_planned")
def publish_planned(installation: Installation) -> None:
    """Publish what was planned for today or a day before, each on its own: one that cannot be holds up no other."""
    fault: Exception | None = None
    due = sa.select(PlannedPublication.version_id).where(
        PlannedPublication.day <= today(), PlannedPublication.refusal.is_(None)
    )
    with installation.database.reading() as session:
        ids = session.scalars(due.order_by(PlannedPublication.day, PlannedPublication.version_id)).all()
    for version_id in ids:
        try:
            _publish(installation, version_id)
        except OerError as error:
            _refuse(installation, version_id, error)
        except Exception as error:  # one of ours: the job tells of it once all others had their turn
            fault = error
    if fault is not None:
        raise fault


def _publish(installation: Installation, version_id: int) -> None:
    with installation.database.transaction() as session:
        version = session.get(Version, version_id)
        if version is None:
            return
        lock_material(session, version.material)
        plan = session.get(PlannedPublication, version_id)
        if plan is not None and plan.refusal is None:  # else another worker or a reviewer was faster
            carry_out_plan(session, plan, version)


def _refuse(installation: Installation, version_id: int, error: OerError) -> None:
    with installation.database.transaction() as session:
        version = session.get(Version, version_id)
        if version is None:
            return
        lock_material(session, version.material)
        plan = session.get(PlannedPublication, version_id)
        if plan is not None and plan.refusal is None:
            refuse_plan(session, plan, version, error)
