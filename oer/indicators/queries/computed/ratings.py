"""LC-13: what people who rated think."""

from sqlalchemy.orm import Session

from oer.core.i18n import N_
from oer.indicators.periods import Period
from oer.indicators.queries.computed.shapes import Computation, nothing

NO_RATINGS = N_("The repository keeps no ratings yet.")


def satisfaction(_session: Session, _period: Period) -> Computation:
    """LC-13."""
    return nothing(NO_RATINGS)
