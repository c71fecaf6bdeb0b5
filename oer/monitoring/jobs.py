"""The round that looks after the installation: notes what is wrong, and tells administrators."""

import logging

from oer.core.clock import now
from oer.core.installation import Installation
from oer.core.watching import glance
from oer.jobs.queue import every
from oer.monitoring.services.alarms import note_alarms, tell_administrators

log = logging.getLogger(__name__)


@every(60, "monitoring.alarms")
def look_around(installation: Installation) -> None:
    """Look at every part, and note and tell what is wrong."""
    seen = glance(installation)
    with installation.database.transaction() as session:
        note_alarms(session, seen)
        told = tell_administrators(session, now())
    if told:
        log.error("%s alarms are open and are told to administrators: see the operations page", told)
