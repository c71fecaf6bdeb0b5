"""What a person agreed to and told about themselves; what of that the usage figures may know."""

from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from oer.accounts.models import Account, Consent, Declaration, Dimension, Purpose
from oer.core.clock import CITY_TIME_ZONE, today
from oer.core.ids import keyed_hash
from oer.vocabularies import vocabularies

# Which consent each dimension stands on (privacy: one purpose, one consent).
PURPOSE_OF = {
    Dimension.WARD: Purpose.STATISTICS,
    Dimension.BIRTH_YEAR: Purpose.STATISTICS,
    Dimension.GENDER: Purpose.STATISTICS,
    Dimension.GROUP: Purpose.GROUPS,
    Dimension.DISABILITY: Purpose.DISABILITY,
}
COUNTED_BY = frozenset(PURPOSE_OF.values())
Told = dict[str, list[str]]


def consents_of(session: Session, account_id: int) -> dict[Purpose, Consent]:
    """Return the consents in force, by purpose."""
    query = sa.select(Consent).where(Consent.account_id == account_id, Consent.withdrawn_at.is_(None))
    return {consent.purpose: consent for consent in session.scalars(query.order_by(Consent.id))}


def has_consent(session: Session, account_id: int, purpose: Purpose) -> bool:
    """Tell whether a person's consent to a purpose is in force."""
    return purpose in consents_of(session, account_id)


def declarations_of(session: Session, account_id: int) -> dict[Dimension, list[str]]:
    """Return what a person tells about themselves today, by dimension."""
    query = sa.select(Declaration).where(Declaration.account_id == account_id, Declaration.valid_to.is_(None))
    found: dict[Dimension, list[str]] = {}
    for declaration in session.scalars(query.order_by(Declaration.id)):
        found.setdefault(declaration.dimension, []).append(declaration.value)
    return found


def usage_key(session: Session, account_id: int, day: date) -> str | None:
    """Return the pseudonym under which a person's use is counted on a day, or None without a consent to be counted."""
    if not COUNTED_BY & consents_of(session, account_id).keys():
        return None
    secret = session.scalar(sa.select(Account.pseudonym_secret).where(Account.id == account_id))
    return pseudonym(secret, day.year) if secret else None


def usage_keys(session: Session, account_id: int) -> list[str]:
    """Return the pseudonyms under which events of the last 13 months may still be linked to a person."""
    secret = session.scalar(sa.select(Account.pseudonym_secret).where(Account.id == account_id))
    years = (today().year, today().year - 1)
    return [pseudonym(secret, year) for year in years] if secret else []


def usage_people(session: Session, keys: Collection[str], day: date) -> dict[str, Told]:
    """Return what the people behind pseudonyms told and agreed to be counted by, as it was at the end of a day.

    The inner keys are ward, age_band, gender, group and disability, each only if told and consented to. Who is unknown
    or has withdrawn is missing.
    """
    agreed = _agreed_to_be_counted(session)
    accounts = session.execute(sa.select(Account.id, Account.pseudonym_secret).where(Account.id.in_(agreed)))
    found = {pseudonym(secret, day.year): account_id for account_id, secret in accounts}
    known = {key: found[key] for key in keys if key in found}
    told = _told_on(session, list(known.values()), day)
    return {key: dict(_counted(told.get(account_id, {}), agreed[account_id], day)) for key, account_id in known.items()}


def pseudonym(secret: str, year: int) -> str:
    """Return a person's key in the usage figures of a calendar year: another one each year."""
    return keyed_hash(secret, "usage", str(year))[:32]


def _agreed_to_be_counted(session: Session) -> dict[int, set[Purpose]]:
    rows = session.execute(
        sa.select(Consent.account_id, Consent.purpose).where(
            Consent.purpose.in_(COUNTED_BY), Consent.withdrawn_at.is_(None)
        )
    )
    agreed: dict[int, set[Purpose]] = {}
    for account_id, purpose in rows:
        agreed.setdefault(account_id, set()).add(purpose)
    return agreed


def _told_on(session: Session, account_ids: list[int], day: date) -> dict[int, dict[Dimension, list[str]]]:
    midnight = datetime.combine(day + timedelta(days=1), time(), CITY_TIME_ZONE)
    query = sa.select(Declaration).where(
        Declaration.account_id.in_(account_ids),
        Declaration.valid_from < midnight,
        sa.or_(Declaration.valid_to.is_(None), Declaration.valid_to >= midnight),
    )
    told: dict[int, dict[Dimension, list[str]]] = {}
    for each in session.scalars(query.order_by(Declaration.id)):
        told.setdefault(each.account_id, {}).setdefault(each.dimension, []).append(each.value)
    return told


def _counted(
    told: dict[Dimension, list[str]], agreed: Collection[Purpose], day: date
) -> Iterator[tuple[str, list[str]]]:
    for dimension, values in told.items():
        if PURPOSE_OF[dimension] not in agreed:
            continue
        if dimension is Dimension.BIRTH_YEAR:
            yield "age_band", [age_band(day.year - int(values[0]))]
        else:
            yield dimension.value, values


def age_band(age: int) -> str:
    """Return the age band of the vocabulary (such as 25-34, or 65+) that an age in years falls into."""
    bands = vocabularies().age_bands
    return next(band for band in bands if band.endswith("+") or age <= int(band.partition("-")[2]))
