"""Forgetting what need not be remembered."""

from oer.catalogue.services import forget_forms
from oer.core.engines import Engines
from oer.jobs import every

HOUR = 3600


@every(HOUR, "catalogue.forget_forms")
def forget_old_forms(engines: Engines) -> None:
    """Drop the keys of forms that nobody sends again."""
    with engines.database.transaction() as session:
        forget_forms(session)
