"""Events prepared, published, cancelled; registrations from asking to the seat; people counted; people forgotten."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import fold_email
from oer.accounts.services.profile import read_email
from oer.catalogue.queries.browsing import materials_by_public_ids
from oer.city.models import (
    CityEvent,
    EventMaterial,
    EventRegistration,
    EventState,
    RegistrationState,
)
from oer.city.queries import NO_REGISTRATION, seats_taken
from oer.core.audit import record
from oer.core.clock import city_time, now
from oer.core.errors import Conflict, Invalid, NotFound
from oer.core.i18n import N_, in_language
from oer.core.ids import new_token, read_public_id, token_hash
from oer.core.text import clean_line, clean_text
from oer.jobs.mail import send_later
from oer.vocabularies import vocabularies

TITLE_NEEDED = N_("Enter the title in Vietnamese.")
WRONG_ORDER = N_("The end comes after the beginning.")
TOO_LONG = N_("An event lasts 92 days at most.")
NOT_A_LINK = N_("A link begins with https:// or http://.")
NOWHERE = N_("Say where it takes place: a learning point, an address, or a link to the meeting.")
WRONG_SEATS = N_("The number of seats is between 1 and 100,000.")
SEATS_GIVEN = N_("%(count)s people have a seat already: there cannot be fewer seats.")
UNKNOWN_MATERIAL = N_("There is no public material “%(given)s”. Write the ids of materials, one on each line.")
MANY_MATERIALS = N_("An event has at most 30 materials.")
WRONG_CODE = N_("A code has 4 to 12 letters or digits.")
CHANGED_MEANWHILE = N_(
    "Somebody else has changed this in the meantime. Below is what you typed: save again to replace theirs."
)
REASON_NEEDED = N_("Say why the event is cancelled: those who registered are told.")
IS_CANCELLED = N_("This event was cancelled.")
CLOSED = N_("Nobody can register for this event any more.")
NAME_NEEDED = N_("Enter your name, without addresses or links.")
ADDRESS_NEEDED = N_("Enter your e-mail address, such as ten@example.com.")
NOT_THIS_CODE = N_("This is not the code of the event, or it is not being counted now.")
WRONG_COUNT = N_("The number of people is between 0 and 1,000,000.")
MOST_SEATS, MOST_MATERIALS, MOST_PEOPLE, MOST_DAYS = 100_000, 30, 1_000_000, 92
UNCONFIRMED_DAYS = 3
_NO_NAME = re.compile(r"[:/@<>]|\bwww\.|\.\w{2,}\b", re.IGNORECASE)
MOST_ASKED = 5000


@dataclass(frozen=True)
class EventValues:
    """What is said of an event."""

    title: dict[str, str]
    starts_at: datetime
    ends_at: datetime
    unit_id: int
    summary: dict[str, str] = field(default_factory=dict)
    ward_code: str | None = None
    point_id: int | None = None
    place: str = ""
    online_url: str = ""
    audience: str = ""
    takes_registrations: bool = False
    seats: int | None = None
    is_measured: bool = False
    code: str = ""


def save_event(
    session: Session,
    actor_id: int | None,
    found: CityEvent | None,
    values: EventValues,
    materials: list[str],
    revision: int = 0,
) -> CityEvent:
    """Save an event (None: a new draft) that was read at `revision`, with its materials by their public ids.

    More seats are given to those who wait. Raises Invalid with the field, Conflict if it has changed since.
    """
    _check(values)
    kept = _materials(session, materials)
    if found is None:
        found = CityEvent(**vars(values))
        session.add(found)
        session.flush()
        record(session, actor_id, "event.made", "city_event", found.public_id)
    else:
        session.refresh(found, with_for_update={"of": CityEvent})
        if found.revision != revision:
            raise Conflict(CHANGED_MEANWHILE, code="changed_meanwhile")
        taken = seats_taken(session, found).seated
        if values.seats is not None and values.seats < taken:
            raise Invalid(SEATS_GIVEN, field="seats", count=taken)
        changed = [name for name, value in vars(values).items() if getattr(found, name) != value]
        for name in changed:
            setattr(found, name, getattr(values, name))
        found.revision += 1
        found.changed_at = now()
        record(session, actor_id, "event.changed", "city_event", found.public_id, changes=changed)
    session.execute(sa.delete(EventMaterial).where(EventMaterial.event_id == found.id))
    session.add_all(
        EventMaterial(event_id=found.id, material_id=each, position=place) for place, each in enumerate(kept)
    )
    session.flush()
    session.expire(found, ["point", "unit"])
    _seat_waiting(session, found)
    return found


def _check(values: EventValues) -> None:
    if not values.title.get("vi"):
        raise Invalid(TITLE_NEEDED, field="title_vi")
    if values.ends_at <= values.starts_at:
        raise Invalid(WRONG_ORDER, field="ends_on")
    if values.ends_at - values.starts_at > timedelta(days=MOST_DAYS):
        raise Invalid(TOO_LONG, field="ends_on")
    if values.online_url and not values.online_url.startswith(("https://", "http://")):
        raise Invalid(NOT_A_LINK, field="online_url")
    if not (values.point_id or values.place or values.online_url):
        raise Invalid(NOWHERE, field="place")
    if values.seats is not None and not 1 <= values.seats <= MOST_SEATS:
        raise Invalid(WRONG_SEATS, field="seats")
    if values.code and not (4 <= len(values.code) <= 12 and values.code.isalnum()):
        raise Invalid(WRONG_CODE, field="code")
    if values.audience and values.audience not in vocabularies().audiences:
        raise Invalid(UNKNOWN_MATERIAL, field="audience", given=values.audience)


def _materials(session: Session, given: list[str]) -> list[int]:
    if len(given) > MOST_MATERIALS:
        raise Invalid(MANY_MATERIALS, field="materials")
    wanted = {text: read_public_id(text.rstrip("/").rpartition("/")[2]) for text in given}
    found = materials_by_public_ids(session, [each for each in wanted.values() if each])
    for text, public_id in wanted.items():
        if public_id not in found:
            raise Invalid(UNKNOWN_MATERIAL, field="materials", given=text[:60])
    return list(dict.fromkeys(found[public_id].id for public_id in wanted.values() if public_id))


def publish_event(session: Session, actor_id: int | None, found: CityEvent) -> None:
    """Show an event to everybody. Raises Conflict if it was cancelled."""
    session.refresh(found, with_for_update={"of": CityEvent})
    if found.state is EventState.CANCELLED:
        raise Conflict(IS_CANCELLED, code="cancelled")
    if found.state is EventState.DRAFT:
        found.state = EventState.PUBLISHED
        found.revision += 1
        session.flush()
        record(session, actor_id, "event.published", "city_event", found.public_id)


def cancel_event(session: Session, actor_id: int | None, found: CityEvent, reason: str) -> None:
    """Cancel an event and tell those who registered why; a draft is deleted. Raises Invalid without a reason."""
    session.refresh(found, with_for_update={"of": CityEvent})
    if found.state is EventState.DRAFT:
        record(session, actor_id, "event.dropped", "city_event", found.public_id)
        session.delete(found)
        session.flush()
        return
    reason = clean_text(reason)[:2000]
    if not reason:
        raise Invalid(REASON_NEEDED, field="reason")
    if found.state is EventState.CANCELLED:
        return
    found.state, found.cancelled_because = EventState.CANCELLED, reason
    found.revision += 1
    found.changed_at = now()
    row, told = EventRegistration, (RegistrationState.SEATED, RegistrationState.WAITING)
    for each in session.scalars(sa.select(row).where(row.event_id == found.id, row.state.in_(told))).unique().all():
        _tell(session, each, "event_cancelled", reason=reason)
    session.flush()
    record(session, actor_id, "event.cancelled", "city_event", found.public_id, reason=reason)


# Registration.


def register(session: Session, found: CityEvent, name: str, email: str, language: str) -> None:
    """Ask for a seat: a mail goes to the address, and the seat is given when its link is followed.

    Asking again sends another mail and changes nothing else, so nobody learns who has registered. Raises Invalid with
    the field, Conflict if nobody can register any more.
    """
    name, email = clean_line(name)[:120], _address(email)
    if not name or _NO_NAME.search(name):  # the mail greets by it: no message of a stranger may travel in it
        raise Invalid(NAME_NEEDED, field="name")
    _lock(session, found)
    _require_open(found)
    row, token = EventRegistration, new_token()
    here = sa.select(row).where(row.event_id == found.id, row.email_folded == fold_email(email))
    known = session.scalar(here)
    if known is None:
        many = sa.select(sa.func.count()).select_from(row)
        asked = session.scalar(many.where(row.event_id == found.id, row.state == RegistrationState.ASKED))
        if (asked or 0) >= MOST_ASKED:
            raise Conflict(CLOSED, code="closed")
        known = EventRegistration(event_id=found.id, name=name, email=email, language=language)
        session.add(known)
    known.token_hash = token_hash(token)
    session.flush()
    _tell(session, known, "event_registration", token=token)


def _address(typed: str) -> str:
    try:
        return read_email(typed)
    except Invalid:
        raise Invalid(ADDRESS_NEEDED, field="email") from None


def confirm(session: Session, found: EventRegistration) -> RegistrationState:
    """Give a seat to whoever followed the link of the mail, or a place among those who wait; return which.

    Raises Conflict if nobody can register any more.
    """
    _lock_both(session, found)
    if found.state is RegistrationState.ASKED:
        _require_open(found.event)
        found.state = RegistrationState.SEATED if _has_seat(session, found.event) else RegistrationState.WAITING
        found.confirmed_at = now()
        session.flush()
    return found.state


def cancel_registration(session: Session, found: EventRegistration) -> None:
    """Give a seat back: the row is deleted, and who has waited longest gets the seat and a mail."""
    event = found.event
    _lock_both(session, found)
    session.delete(found)
    session.flush()
    if not event.is_over:
        _seat_waiting(session, event)


def _lock(session: Session, found: CityEvent) -> None:
    """Hold an event, so that of two who want the last seat the second sees what the first has got."""
    session.refresh(found, with_for_update={"of": CityEvent})


def _lock_both(session: Session, found: EventRegistration) -> None:
    """Hold a registration with its event, as it is now. Raises NotFound if it was cancelled meanwhile."""
    _lock(session, found.event)
    query = sa.select(EventRegistration).where(EventRegistration.id == found.id).with_for_update(of=EventRegistration)
    if session.scalar(query.execution_options(populate_existing=True)) is None:
        raise NotFound(NO_REGISTRATION)


def _require_open(found: CityEvent) -> None:
    if not found.can_be_registered_for:
        raise Conflict(CLOSED, code="closed")


def _has_seat(session: Session, found: CityEvent) -> bool:
    return found.seats is None or seats_taken(session, found).seated < found.seats


def _seat_waiting(session: Session, found: CityEvent) -> None:
    row = EventRegistration
    waiting = sa.select(row).where(row.event_id == found.id, row.state == RegistrationState.WAITING)
    for each in session.scalars(waiting.order_by(row.confirmed_at, row.id)).all():
        if not _has_seat(session, found):
            return
        each.state = RegistrationState.SEATED
        session.flush()
        _tell(session, each, "event_seat")


def _tell(session: Session, each: EventRegistration, template: str, token: str = "", **values: object) -> None:
    event, language = each.event, each.language
    begins = city_time(event.starts_at)
    about = {
        "name": each.name,
        "title": in_language(event.title, language),
        "begins": f"{begins:%H:%M, %d/%m/%Y}" if language == "vi" else f"{begins:%Y-%m-%d %H:%M}",
        "path": f"/events/{event.public_id}",
    }
    if token:
        about["confirm_path"] = f"/events/registrations/{token}"
    send_later(session, to=each.email, template=template, language=language, values={**about, **values})


# Who came.


def count_by_hand(session: Session, actor_id: int | None, found: CityEvent, people: int | None, came: set[int]) -> None:
    """Keep how many people came as somebody has counted (None: not counted), and which of those registered did."""
    if people is not None and not 0 <= people <= MOST_PEOPLE:
        raise Invalid(WRONG_COUNT, field="people")
    _lock(session, found)
    found.counted_by_hand = people
    row = EventRegistration
    for each in session.scalars(sa.select(row).where(row.event_id == found.id)).unique():
        each.came = each.id in came
    session.flush()
    record(session, actor_id, "event.counted", "city_event", found.public_id, people=people or 0)


def count_by_code(session: Session, found: CityEvent, typed: str) -> None:
    """Count one who is there and typed the event's code. The caller lets a browser do so once. Raises Invalid."""
    if not found.counts_by_code or clean_line(typed).casefold() != found.code.casefold():
        raise Invalid(NOT_THIS_CODE, field="code")
    more = sa.update(CityEvent).where(CityEvent.id == found.id).values(counted_by_code=CityEvent.counted_by_code + 1)
    session.execute(more, execution_options={"synchronize_session": False})
    session.expire(found)


def forget_people(session: Session, keep_days: int, most: int = 200) -> int:
    """Delete the registrations of events that ended so many days ago, and those never confirmed; return how many."""
    row, gone = EventRegistration, 0
    asked = sa.delete(row).where(
        row.state == RegistrationState.ASKED,
        row.asked_at < now() - timedelta(days=UNCONFIRMED_DAYS),
    )
    gone += len(session.scalars(asked.returning(row.id)).all())
    over = sa.select(CityEvent).where(
        CityEvent.ends_at < now() - timedelta(days=keep_days),
        sa.exists().where(row.event_id == CityEvent.id),
    )
    for event in session.scalars(over.order_by(CityEvent.ends_at).limit(most)).unique().all():
        event.registered = seats_taken(session, event).seated
        if event.counted_by_hand is None and not event.counted_by_code:
            came = session.scalar(sa.select(sa.func.count()).select_from(row).where(row.event_id == event.id, row.came))
            event.counted_by_hand = came or None
        gone += len(session.scalars(sa.delete(row).where(row.event_id == event.id).returning(row.id)).all())
    session.flush()
    return gone
