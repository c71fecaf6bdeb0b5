"""Learning points and events for tests."""

from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from oer.accounts.models import Unit
from oer.city.models import CityEvent, PointKind
from oer.city.services.events import EventValues, publish_event, save_event
from oer.city.services.points import PointValues
from oer.core.clock import now

WARD = "26506"


def point_values(**more: Any) -> PointValues:
    values = {"name": {"vi": "Trung tâm học tập cộng đồng Sài Gòn"}, "kind": PointKind.COMMUNITY_CENTRE}
    return PointValues(**{**values, "ward_code": WARD, **more})


def event_values(unit: Unit, **more: Any) -> EventValues:
    begins = now() + timedelta(days=3)
    values = {"title": {"vi": "Tuần lễ học tập"}, "starts_at": begins, "ends_at": begins + timedelta(hours=2)}
    return EventValues(**{**values, "unit_id": unit.id, "place": "Nhà văn hóa", **more})


def make_event(session: Session, unit: Unit, **more: Any) -> CityEvent:
    """A published event of a unit."""
    made = save_event(session, None, None, event_values(unit, **more), [])
    publish_event(session, None, made)
    session.commit()
    return made
