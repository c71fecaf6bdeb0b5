"""Background work of statistics."""

from oer.core.clock import first_of_month, today
from oer.core.installation import Installation
from oer.jobs.queue import every
from oer.statistics.services.catalogue_month import record_catalogue


@every(3600, "statistics.record_catalogue")
def record_what_is_in_service(installation: Installation) -> None:
    """Record which materials are available; the last record of a month is kept for it."""
    with installation.database.transaction() as session:
        record_catalogue(session, first_of_month(today()))
