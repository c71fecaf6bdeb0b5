"""Series that were published elsewhere, as the product brings them."""

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.indicators.formats.shipped import read_data
from oer.indicators.models import SeriesPoint
from oer.indicators.queries.sets import find_indicator


def load_series(session: Session) -> int:
    """Load the published series whose lines are there; return how many points are new. Loading again adds nothing."""
    added = 0
    for series in read_data("published_series.yaml")["series"]:
        for point in series["points"]:
            added += _add(session, series, point)
    session.flush()
    return added


def _add(session: Session, series: dict[str, Any], point: dict[str, Any]) -> int:
    indicator = find_indicator(session, point["set"], point["code"])
    known = sa.select(SeriesPoint.id).where(
        SeriesPoint.series == series["code"],
        SeriesPoint.indicator_id == indicator.id,
        SeriesPoint.as_of == series["as_of"],
    )
    if session.scalar(known) is not None:
        return 0
    session.add(
        SeriesPoint(
            series=series["code"],
            name=series["name"],
            indicator_id=indicator.id,
            as_of=series["as_of"],
            value=_number(point.get("percent")),
            count=_number(point.get("count")),
            source=series["source"],
            caution=series["caution"],
        )
    )
    return 1


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
