"""Changing what home and the pages of groups show: parts of the day, the week, courses for groups, pictures."""

from collections.abc import Collection as Some
from datetime import date

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.accounts.permissions import Action, require
from oer.backends.extraction.media_types import JPEG, PNG, SVG, WEBP
from oer.catalogue.home_models import CollectionPicture, GroupCourse, PartOfDay, WeekChoice
from oer.catalogue.models import Collection, Material
from oer.catalogue.queries.home import LATELY
from oer.catalogue.services.changes import bump_catalogue, collection_changed
from oer.core import audit
from oer.core.clock import today
from oer.core.errors import Conflict, Invalid, NotFound, TooLarge, UnsupportedType
from oer.core.i18n import N_, size_texts
from oer.vocabularies import vocabularies

_PAST = N_("A week that is over cannot be chosen for: give today or a later day.")
_TAKEN = N_("Something is chosen from %(day)s already: remove that first.")
_HIDDEN = N_("Only what is published can be chosen.")
_THERE = N_("This course is on the page of the group already.")
_NO_GROUP = N_("The city names no such group.")
_NO_PICTURE = N_("Choose an SVG, PNG, JPEG or WebP file.")
_HEAVY = N_("A picture has at most %(limit)s, so that home opens fast on a phone.")
PICTURE_TYPES = frozenset({SVG, PNG, JPEG, WEBP})
MOST_PICTURE_BYTES = 40 * 1024
_NO_CHOICE = N_("There is no such choice.")


def keep_parts(session: Session, day: date, parts: Some[PartOfDay]) -> None:
    """Have home show these parts on a day, instead of those that it had for their slots."""
    slots = [part.slot for part in parts]
    replaced = sa.and_(PartOfDay.day == day, PartOfDay.slot.in_(slots))
    session.execute(sa.delete(PartOfDay).where(sa.or_(replaced, PartOfDay.day < day - LATELY)))
    session.add_all(parts)
    session.flush()
    bump_catalogue(session)


def choose_for_week(session: Session, actor: Account, target: Material | Collection, starts_on: date) -> WeekChoice:
    """Show a material or course on home for a week from a day on. Raises Forbidden, Invalid, Conflict."""
    require(actor, Action.MATERIAL_ADMINISTER)
    if starts_on < today():
        raise Invalid(_PAST, field="starts_on")
    if not target.is_public:
        raise Invalid(_HIDDEN, field="what")
    taken = Conflict(_TAKEN, code="chosen_already", day=f"{starts_on:%d/%m/%Y}")
    if session.scalar(sa.select(WeekChoice.id).where(WeekChoice.starts_on == starts_on)) is not None:
        raise taken
    choice = WeekChoice(
        starts_on=starts_on,
        material_id=target.id if isinstance(target, Material) else None,
        collection_id=target.id if isinstance(target, Collection) else None,
    )
    try:
        with session.begin_nested():
            session.add(choice)
    except IntegrityError:  # somebody else has just chosen for the same day
        raise taken from None
    audit.record(session, actor.id, "week.chosen", "week", starts_on.isoformat(), what=target.public_id)
    bump_catalogue(session)
    return choice


def forget_choice(session: Session, actor: Account, choice_id: int) -> None:
    """Show for the week of a choice what the rule says. Raises Forbidden, NotFound."""
    require(actor, Action.MATERIAL_ADMINISTER)
    choice = session.get(WeekChoice, choice_id)
    if choice is None:
        raise NotFound(_NO_CHOICE)
    session.delete(choice)
    session.flush()
    audit.record(session, actor.id, "week.forgotten", "week", choice.starts_on.isoformat())
    bump_catalogue(session)


def choose_for_group(session: Session, actor: Account, audience: str, course: Collection) -> None:
    """Put a published course at the end of those on the page of one of the city's groups.

    Raises Forbidden, NotFound for what is no such group, Invalid, or Conflict if it is there already.
    """
    require(actor, Action.MATERIAL_ADMINISTER)
    _require_group(audience)
    if not course.is_public:
        raise Invalid(_HIDDEN, field="what")
    last = sa.select(sa.func.coalesce(sa.func.max(GroupCourse.position), 0)).where(GroupCourse.audience == audience)
    row = GroupCourse(audience=audience, collection_id=course.id, position=(session.scalar(last) or 0) + 1)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise Conflict(_THERE, field="what") from None
    audit.record(session, actor.id, "group.course_chosen", "collection", course.public_id, what=audience)
    bump_catalogue(session)


def change_group_course(session: Session, actor: Account, audience: str, course_id: int, action: str) -> None:
    """Move a course on the page of a group one place up, or remove it. Raises Forbidden, NotFound, Invalid."""
    require(actor, Action.MATERIAL_ADMINISTER)
    rows = list(
        session.scalars(
            sa.select(GroupCourse)
            .where(GroupCourse.audience == audience)
            .order_by(GroupCourse.position, GroupCourse.collection_id)
            .with_for_update()
        )
    )
    at = next((place for place, row in enumerate(rows) if row.collection_id == course_id), None)
    if at is None:
        raise NotFound(_NO_CHOICE)
    if action == "remove":
        session.delete(rows.pop(at))
        audit.record(session, actor.id, "group.course_removed", "group", audience, number=course_id)
    elif action == "up":
        rows.insert(max(0, at - 1), rows.pop(at))
    else:
        raise Invalid(_NO_CHOICE)
    for place, row in enumerate(rows, 1):
        row.position = place
    session.flush()
    bump_catalogue(session)


def _require_group(audience: str) -> None:
    term = vocabularies().audiences.get(audience)
    if term is None or not term.facts.get("chosen_courses"):
        raise NotFound(_NO_GROUP)


def require_picture(media_type: str, size: int) -> None:
    """Raise UnsupportedType or TooLarge for what pages cannot show, or what would make home heavy."""
    if media_type not in PICTURE_TYPES:
        raise UnsupportedType(_NO_PICTURE, code="no_picture")
    if size > MOST_PICTURE_BYTES:
        raise TooLarge(_HEAVY, limit=size_texts(MOST_PICTURE_BYTES))


def set_picture(session: Session, collection: Collection, blob_sha256: str | None) -> None:
    """Give a collection a picture, or take it away."""
    picture = session.get(CollectionPicture, collection.id)
    if picture is not None:
        session.delete(picture)
        session.flush()
    if blob_sha256 is not None:
        session.add(CollectionPicture(collection_id=collection.id, blob_sha256=blob_sha256))
    collection_changed(session, collection)
