"""Who registered for an event is forgotten after it; who this concerns, for the account's own data."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account
from oer.city.models import CityEvent, EventRegistration, PointCheck
from oer.city.services.events import forget_people
from oer.core import personal_data
from oer.core.i18n import N_
from oer.core.installation import Installation
from oer.jobs.queue import every


@every(3600, "city.forget")
def forget_registrations(installation: Installation) -> None:
    """Delete the registrations of events that are over for as long as the settings say, and those never confirmed."""
    with installation.database.transaction() as session:
        forget_people(session, installation.settings.registration_days)


# Registrations need no account: they belong to whoever has their address.


def _theirs(session: Session, account_id: int) -> sa.ColumnElement[bool]:
    address = session.scalar(sa.select(Account.email_folded).where(Account.id == account_id))
    return EventRegistration.email_folded == (address or "")


def _export(session: Session, account_id: int) -> list[dict[str, str]]:
    query = sa.select(EventRegistration).join(CityEvent).where(_theirs(session, account_id))
    return [
        {"event": each.event.title["vi"], "name": each.name, "state": each.state.value, "at": each.asked_at.isoformat()}
        for each in session.scalars(query.order_by(EventRegistration.id)).unique()
    ]


def _erase(session: Session, account_id: int) -> None:
    session.execute(sa.delete(EventRegistration).where(_theirs(session, account_id)))


personal_data.register(
    "registrations",
    tables={"city_event_registration"},
    export=_export,
    erase=_erase,
    basis=personal_data.Basis.OWN_ACT,
    title=N_("Registrations for events"),
    why=N_("So that there is a seat for you, and that we can tell you if the event changes. Deleted after the event."),
)


def _export_checks(session: Session, account_id: int) -> list[dict[str, str]]:
    query = sa.select(PointCheck).where(PointCheck.checked_by_id == account_id).order_by(PointCheck.id)
    return [{"checked_on": each.checked_on.isoformat()} for each in session.scalars(query)]


def _erase_checks(session: Session, account_id: int) -> None:
    theirs = sa.update(PointCheck).where(PointCheck.checked_by_id == account_id)
    session.execute(theirs.values(checked_by_id=None), execution_options={"synchronize_session": False})
    session.expire_all()


personal_data.register(
    "learning_points",
    tables={"learning_point_check"},
    export=_export_checks,
    erase=_erase_checks,
    basis=personal_data.Basis.WORK,
    title=N_("Checks of learning points"),
    why=N_("When you checked a learning point of your ward. The check stays; that it was you is forgotten."),
)
