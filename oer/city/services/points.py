"""Learning points added, changed, checked by their ward, removed."""

from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.city.models import LearningPoint, PointCheck, PointKind
from oer.core.audit import record
from oer.core.clock import now, today
from oer.core.errors import Conflict, Invalid
from oer.core.i18n import N_
from oer.vocabularies import vocabularies

NAME_NEEDED = N_("Enter the name of the place in Vietnamese.")
WARD_NEEDED = N_("Choose the ward or commune.")
NOT_A_LINK = N_("A link begins with https:// or http://.")
NOT_IN_THE_CITY = N_("This place on the map is not in the city. Latitude is about 10.8, longitude about 106.7.")
CHANGED_MEANWHILE = N_(
    "Somebody else has changed this in the meantime. Below is what you typed: save again to replace theirs."
)
WRONG_COUNT = N_("The number of sessions is between 0 and 10,000.")
SOUTH, NORTH, WEST, EAST = 8.5, 11.7, 106.0, 107.8  # with the special zone of Côn Đảo
MOST_SESSIONS = 10_000


@dataclass(frozen=True)
class PointValues:
    """What its ward says of a learning point."""

    name: dict[str, str]
    kind: PointKind
    ward_code: str
    address: str = ""
    hours: dict[str, str] = field(default_factory=dict)
    offers: dict[str, str] = field(default_factory=dict)
    phone: str = ""
    email: str = ""
    website: str = ""
    latitude: float | None = None
    longitude: float | None = None


def add_point(session: Session, actor_id: int | None, values: PointValues) -> LearningPoint:
    """Add a learning point, checked today. Raises Invalid with the field."""
    _check(values)
    made = LearningPoint(**vars(values))
    session.add(made)
    session.flush()
    record(session, actor_id, "point.added", "learning_point", made.public_id, ward=made.ward_code)
    check_point(session, actor_id, made, is_open=True, sessions=0)
    return made


def change_point(
    session: Session, actor_id: int | None, found: LearningPoint, values: PointValues, revision: int
) -> None:
    """Change a point that was read at `revision`. Raises Invalid with the field, Conflict if it has changed since."""
    _check(values)
    session.refresh(found, with_for_update=True)
    if found.revision != revision:
        raise Conflict(CHANGED_MEANWHILE, code="changed_meanwhile")
    changed = [name for name, value in vars(values).items() if getattr(found, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(found, name, getattr(values, name))
    found.revision += 1
    found.changed_at = now()
    session.flush()
    record(session, actor_id, "point.changed", "learning_point", found.public_id, changes=changed)


def _check(values: PointValues) -> None:
    if not values.name.get("vi"):
        raise Invalid(NAME_NEEDED, field="name_vi")
    if values.ward_code not in vocabularies().places:
        raise Invalid(WARD_NEEDED, field="ward_code")
    if values.website and not values.website.startswith(("https://", "http://")):
        raise Invalid(NOT_A_LINK, field="website")
    given = (values.latitude, values.longitude)
    if given == (None, None):
        return
    latitude, longitude = given
    if latitude is None or longitude is None or not (SOUTH <= latitude <= NORTH and WEST <= longitude <= EAST):
        raise Invalid(NOT_IN_THE_CITY, field="latitude")


def check_point(
    session: Session, actor_id: int | None, found: LearningPoint, *, is_open: bool, sessions: int
) -> PointCheck:
    """Say that a point was checked today: whether it is open, its assisted sessions in the last half year.

    A second check on a day takes the place of the first. Raises Invalid.
    """
    if not 0 <= sessions <= MOST_SESSIONS:
        raise Invalid(WRONG_COUNT, field="sessions")
    session.refresh(found, with_for_update=True)
    of_today = sa.select(PointCheck).where(PointCheck.point_id == found.id, PointCheck.checked_on == today())
    made = session.scalars(of_today.limit(1)).first() or PointCheck(point_id=found.id, checked_on=today())
    made.is_open, made.sessions, made.checked_by_id = is_open, sessions, actor_id
    session.add(made)
    found.is_open, found.checked_on = is_open, today()
    found.revision += 1
    session.flush()
    record(session, actor_id, "point.checked", "learning_point", found.public_id, open=is_open, sessions=sessions)
    return made


def remove_point(session: Session, actor_id: int | None, found: LearningPoint) -> None:
    """Take a point off the public pages; its past figures stay."""
    if found.removed_on is None:
        found.removed_on = today()
        found.revision += 1
        session.flush()
        record(session, actor_id, "point.removed", "learning_point", found.public_id, ward=found.ward_code)
