"""Which function computes which indicator."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from oer.core.errors import NotFound
from oer.core.i18n import N_
from oer.indicators.periods import Period
from oer.indicators.queries.computed import catalogue, people, reporting, taken_in, use
from oer.indicators.queries.computed.shapes import Computation

Compute = Callable[[Session, Period], Computation]

COMPUTATIONS: dict[str, Compute] = {
    "LC-01": people.active_learners,
    "LC-02": use.sessions,
    "LC-03": people.active_per_resident,
    "LC-04": catalogue.in_service,
    "LC-05": catalogue.levels,
    "LC-06": catalogue.accessible,
    "LC-07": catalogue.target_groups,
    "LC-08": catalogue.local_and_sustainable,
    "LC-09": use.requests,
    "LC-10": people.priority_groups,
    "LC-11": people.regular_learners,
    "LC-12": taken_in.path_completions,
    "LC-13": taken_in.satisfaction,
    "LC-14": use.searches_without_result,
    "LC-15": catalogue.organisations,
    "LC-16": reporting.learning_points,
    "LC-17": taken_in.volunteers,
    "LC-18": use.events,
    "LC-19": catalogue.openly_licensed,
    "LC-20": reporting.timely_reports,
}
COMPUTED_CODES = tuple(COMPUTATIONS)
NO_SUCH = N_("There is no computed indicator with this code.")


def compute(session: Session, code: str, period: Period) -> Computation:
    """Return the figures of one computed indicator over a month, quarter or year. Raises NotFound."""
    if code not in COMPUTATIONS:
        raise NotFound(NO_SUCH)
    return COMPUTATIONS[code](session, period)
