"""Background work of statistics."""

from oer.core.clock import today
from oer.core.engines import Engines
from oer.core.months import first_of_month
from oer.jobs import every
from oer.statistics.services.catalogue_month import record_catalogue


@every(3600, "statistics.record_catalogue")
def record_what_is_in_service(engines: Engines) -> None:
    """Record what is in service: what stands when the month ends is the month's."""
    with engines.database.transaction() as session:
        record_catalogue(session, first_of_month(today()))
